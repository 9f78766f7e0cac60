package rootfs

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// settled is the result of settling the claims. It does not change; a Tree makes
// another one after further claims.
type settled struct {
	entries   []*Entry          // sorted by path component
	byPath    map[string]*Entry // the same, and "/"
	mayDangle map[string]*claim // symlinks that may dangle
	places    *places
	errs      []error
	walker    *sysroot.Root // over the entries, made on first use
}

// slot is one path of the settled tree and the claims that met there.
type slot struct {
	path   string
	claims []*claim
	won    *claim
	inWay  bool // a file that was already reported as the parent of another

	one [1]*claim // storage of claims, which mostly holds one
}

// slotTable finds slots by their paths.
type slotTable struct {
	byPath map[string]*slot
	list   []*slot // in the order in which they were added
}

// at returns the slot of a path, a new one if there is none.
func (t *slotTable) at(path string) *slot {
	if at, ok := t.byPath[path]; ok {
		return at
	}
	at := &slot{path: path}
	at.claims = at.one[:0]
	t.byPath[path] = at
	t.list = append(t.list, at)
	return at
}

// settle combines all claims, unless nothing was claimed since the last call.
func (t *Tree) settle() *settled {
	if t.state != nil {
		return t.state
	}
	s := &settled{byPath: make(map[string]*Entry, len(t.claims)), mayDangle: make(map[string]*claim)}
	var err error
	if s.places, err = findPlaces(t.claims); err != nil {
		s.errs = append(s.errs, err)
	}
	slots := s.collect(t.claims)
	sortSlots(slots.list)
	for _, at := range slices.Clone(slots.list) {
		s.decide(at)
		s.imply(slots, at)
	}
	sortSlots(slots.list)
	joinHardLinks(slots.list)
	s.entries = make([]*Entry, 0, len(slots.list))
	for _, at := range slots.list {
		s.enter(at)
	}
	t.state = s
	return s
}

// collect groups the claims by the path that the tree's symlinks lead them to. A
// directory claimed at the path of a symlink is the link's target.
func (s *settled) collect(claims []*claim) *slotTable {
	slots := &slotTable{byPath: make(map[string]*slot, len(claims)), list: make([]*slot, 0, len(claims))}
	for _, c := range claims {
		find := s.places.parent
		if c.Mode.IsDir() {
			find = s.places.follow
		}
		at, err := find(c.Path)
		if err != nil {
			err = fmt.Errorf("%s: claimed by %s below a dangling symlink: %w", c.Path, by(&c.Entry), err)
			s.errs = append(s.errs, err)
			continue
		}
		slot := slots.at(at)
		slot.claims = append(slot.claims, c)
	}
	return slots
}

func sortSlots(list []*slot) {
	slices.SortFunc(list, func(a, b *slot) int { return sysroot.ComparePaths(a.path, b.path) })
}

// decide chooses the claim that a slot's path gets, which does not depend on the
// order of claims, and records the claims that contradict it.
func (s *settled) decide(at *slot) {
	slices.SortStableFunc(at.claims, compareClaims)
	at.won = at.claims[0]
	for _, c := range at.claims[1:] {
		if err := contradiction(at.path, at.won, c); err != nil {
			s.errs = append(s.errs, err)
		}
	}
}

// compareClaims sorts the claim of the highest priority first; claims of equal
// priority are sorted by everything that is visible in an image.
func compareClaims(a, b *claim) int {
	return cmp.Or(
		cmp.Compare(b.priority, a.priority),
		cmp.Compare(a.Mode, b.Mode),
		cmp.Compare(a.UID, b.UID),
		cmp.Compare(a.GID, b.GID),
		cmp.Compare(a.Size, b.Size),
		cmp.Compare(a.Linkname, b.Linkname),
		cmp.Compare(danglingRank(a), danglingRank(b)),
		compareText(a.Claim, b.Claim),
		cmp.Compare(a.Path, b.Path),
	)
}

// danglingRank sorts links that must not dangle before those that may.
func danglingRank(c *claim) int {
	switch {
	case !c.mayDangle:
		return 0
	case c.atSource:
		return 1
	}
	return 2
}

// imply adds the parent directories of a slot that no claim names, and refuses a
// parent that is a file.
func (s *settled) imply(slots *slotTable, at *slot) {
	for dir := parentOf(at.path); dir != "/"; dir = parentOf(dir) {
		up, ok := slots.byPath[dir]
		if !ok {
			up = slots.at(dir)
			e := Entry{Path: dir, Mode: fs.ModeDir | 0o755, Implied: true, Claim: at.won.Claim}
			up.won = &claim{Entry: e, priority: implied}
			up.claims = append(up.claims, up.won)
			continue
		}
		// Sorted order has decided every claimed parent already.
		if !up.won.Mode.IsDir() && !up.inWay {
			up.inWay = true
			s.errs = append(s.errs, &ParentError{up.won.Entry, at.won.Entry})
		}
		return
	}
}

// enter makes the entry of a decided slot.
func (s *settled) enter(at *slot) {
	e := &at.won.Entry
	if e.Path != at.path {
		moved := *e
		moved.Path = at.path
		e = &moved
	}
	s.byPath[at.path] = e
	if at.path != "/" {
		s.entries = append(s.entries, e)
	}
	if at.won.mayDangle {
		s.mayDangle[at.path] = at.won
	}
	if hasWhiteoutName(at.path) {
		s.errs = append(s.errs, fmt.Errorf("%s: a name that begins with .wh. marks a deletion in an image layer", at.path))
	}
}

// compareText compares two claims by their texts.
func compareText(a, b Claim) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return cmp.Compare(a.String(), b.String())
}

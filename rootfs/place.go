package rootfs

import (
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"syscall"
)

// maxLinks is how many symlinks one path may cross: MAXSYMLINKS of the Linux
// kernel (fs/namei.c).
const maxLinks = 40

// maxDepth is how many symlinks may lead to one another before a walk ends: more
// than maxLinks, so that half of a very long chain of symlinks is known to be too
// long after one walk.
const maxDepth = 2 * maxLinks

// maxRounds limits the search for the places of symlinks. Each level of symlinks
// below other symlinks takes one round.
const maxRounds = 16

// places resolves paths by the texts of the tree's symlinks alone. Whether a file
// exists at the result is for Check to find out.
type places struct {
	links map[string]string // canonical path → text
	memo  map[string]place
}

type place struct {
	path  string
	links int // symlinks crossed
	err   error
}

// findPlaces returns the places of every symlink claim, its parents' symlinks
// followed. Each round computes all of them again from the places of the round
// before, until they stay the same, so that the order of claims does not matter.
// It returns an error if the places of symlinks depend on each other in a cycle.
func findPlaces(claims []*claim) (*places, error) {
	p := &places{memo: make(map[string]place)}
	for range maxRounds {
		next := &places{links: make(map[string]string), memo: make(map[string]place)}
		for _, c := range claims {
			if c.Mode.Type() != fs.ModeSymlink {
				continue
			}
			at, err := p.parent(c.Path)
			if err != nil {
				continue // reported for the claim when it is settled
			}
			// Of two contradicting links, which settling reports, take one.
			if have, ok := next.links[at]; !ok || c.Linkname < have {
				next.links[at] = c.Linkname
			}
		}
		if maps.Equal(next.links, p.links) {
			return next, nil
		}
		p = next
	}
	return p, fmt.Errorf("symlinks of the tree form a loop: %w", syscall.ELOOP)
}

// parent returns the clean path name with the symlinks of its parents followed.
func (p *places) parent(name string) (string, error) {
	if name == "/" || len(p.links) == 0 {
		return name, nil
	}
	dir, err := p.follow(parentOf(name))
	return join(dir, baseName(name)), err
}

// follow returns the clean path name with all symlinks followed.
func (p *places) follow(name string) (string, error) {
	at := p.walk(name, 0)
	return at.path, at.err
}

// walk resolves name, an absolute path in which ".." may occur, after depth
// links on the way to it.
func (p *places) walk(name string, depth int) place {
	if at, ok := p.memo[name]; ok {
		return at
	}
	if depth > maxDepth {
		return place{path: name, err: syscall.ELOOP}
	}
	at := place{path: "/"}
	for part := range strings.SplitSeq(name, "/") {
		at = p.step(at, part, depth)
		if at.err != nil {
			break
		}
	}
	if depth == 0 {
		p.memo[name] = at
	}
	return at
}

// step goes from at to its entry part.
func (p *places) step(at place, part string, depth int) place {
	switch part {
	case "", ".":
		return at
	case "..":
		at.path = parentOf(at.path)
		return at
	}
	next := join(at.path, part)
	text, ok := p.links[next]
	if !ok {
		at.path = next
		return at
	}
	if !strings.HasPrefix(text, "/") {
		text = join(at.path, text)
	}
	to := p.behind(next, text, depth)
	if to.links += at.links; to.links > maxLinks && to.err == nil {
		to.err = syscall.ELOOP
	}
	return to
}

// behind returns where the symlink at link with the given text leads. Results are
// remembered, since a text may have thousands of components, unless the walk was
// cut at maxDepth: a walk that starts at link may have a result.
func (p *places) behind(link, text string, depth int) place {
	if to, ok := p.memo[link]; ok {
		return to
	}
	to := p.walk(text, depth+1)
	if to.links++; to.links > maxLinks && to.err == nil {
		to.err = syscall.ELOOP
	}
	if to.err == nil || depth <= maxDepth-maxLinks {
		p.memo[link] = to
	}
	return to
}

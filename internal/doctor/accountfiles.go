package doctor

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/owner"
)

// account is a line of passwd(5).
type account struct {
	name, gecos, home, shell string
	uid, gid                 int
	noHome                   bool // the image needs only the line, not the home directory
}

// groupOfNobody returns the name of group 65534: nogroup on Debian, nobody elsewhere.
func groupOfNobody(group string) string {
	for g := range groupLines(group) {
		if g.gid == 65534 {
			return g.name
		}
	}
	return "nobody"
}

// parseID parses the id of a user or group, and reports whether it is valid.
func parseID(text string) (int, bool) {
	id, err := strconv.ParseUint(text, 10, 32)
	return int(id), err == nil && id <= owner.MaxID //nolint:gosec // 32 bits fit
}

// accountLines yields the accounts of a passwd file.
func accountLines(text string) iter.Seq[account] {
	return func(yield func(account) bool) {
		for line := range strings.Lines(text) {
			f := strings.SplitN(strings.TrimRight(line, "\n"), ":", 8)
			if len(f) != 7 || f[0] == "" {
				continue
			}
			uid, uok := parseID(f[2])
			gid, gok := parseID(f[3])
			if uok && gok && !yield(account{name: f[0], gecos: f[4], home: f[5], shell: f[6], uid: uid, gid: gid}) {
				return
			}
		}
	}
}

// groupLine is a line of group(5).
type groupLine struct {
	name    string
	gid     int
	members []string // the members that are accounts of the image
}

// groupLines yields the groups of a group file, without their members.
func groupLines(text string) iter.Seq[groupLine] {
	return func(yield func(groupLine) bool) {
		for line := range strings.Lines(text) {
			if g, _, ok := parseGroup(line); ok && !yield(g) {
				return
			}
		}
	}
}

// parseGroup parses a line of group(5). members is the list as in the line.
func parseGroup(line string) (g groupLine, members string, ok bool) {
	f := strings.SplitN(strings.TrimRight(line, "\n"), ":", 5)
	if len(f) != 4 || f[0] == "" {
		return g, "", false
	}
	gid, ok := parseID(f[2])
	return groupLine{name: f[0], gid: gid}, f[3], ok
}

// groupList are the groups of the image.
type groupList struct {
	lines []groupLine
	index map[int]int // the index in lines, by id
}

func newGroupList(lines ...groupLine) *groupList {
	l := &groupList{index: map[int]int{}}
	for _, g := range lines {
		l.add(g)
	}
	return l
}

// add adds a group, unless the list has one with its id, and returns the group in the
// list.
func (l *groupList) add(g groupLine) *groupLine {
	i, ok := l.index[g.gid]
	if !ok {
		i = len(l.lines)
		l.index[g.gid] = i
		l.lines = append(l.lines, g)
	}
	return &l.lines[i]
}

// addFrom adds from a group file the groups of the accounts, with only these accounts as
// members, and the groups in asked, which are names or ids.
func (l *groupList) addFrom(text string, accounts []account, asked []string) {
	names, gids, wanted := map[string]bool{}, map[int]bool{}, map[string]bool{}
	for _, a := range accounts {
		names[a.name], gids[a.gid] = true, true
	}
	for _, name := range asked {
		wanted[name] = name != ""
	}
	for line := range strings.Lines(text) {
		g, members, ok := parseGroup(line)
		if !ok {
			continue
		}
		if gids[g.gid] || wanted[g.name] || wanted[strconv.Itoa(g.gid)] {
			l.add(g)
		}
		for name := range strings.SplitSeq(members, ",") {
			if names[name] {
				l.addMember(g, name)
			}
		}
	}
}

// addMember adds a group with a member.
func (l *groupList) addMember(g groupLine, name string) {
	in := l.add(g)
	if i, there := slices.BinarySearch(in.members, name); !there {
		in.members = slices.Insert(in.members, i, name)
	}
}

// accountNames are accounts and groups of the source that the image gets, by name or
// number. Names that the source does not have are ignored.
type accountNames struct {
	own    []string // accounts for the programs, whose home directories they use
	named  []string // other accounts
	groups []string
}

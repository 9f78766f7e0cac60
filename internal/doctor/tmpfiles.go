package doctor

import (
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// maxDeclared is the maximum number of directories that tmpfiles.d may declare.
const maxDeclared = 4096

// declaration is a line of tmpfiles.d: a directory below /run and its owner.
type declaration struct {
	dir         Addition
	user, group string
}

// tmpfiles returns the directories below /run that tmpfiles.d(5) creates at boot, as in
// "d /run/sshd 0755 root root -", by name.
func (m *maker) tmpfiles() map[string]Addition {
	var list []declaration
	const dir = "/usr/lib/tmpfiles.d"
	for _, e := range m.list(dir) {
		for line := range strings.Lines(m.text(path.Join(dir, e.Name()))) {
			if d, ok := parseTmpfiles(line); ok {
				list = append(list, d)
			}
			if len(list) > maxDeclared {
				m.fail(fmt.Errorf("%s: more than %d directories below /run", dir, maxDeclared))
				return nil
			}
		}
	}
	return m.withOwners(list)
}

// parseTmpfiles parses a line, and reports whether it declares a directory below /run.
func parseTmpfiles(line string) (d declaration, ok bool) {
	f := strings.Fields(line)
	if len(f) < 5 || strings.TrimRight(f[0], "!-=~^$") != "d" && f[0] != "D" {
		return d, false
	}
	mode, err := strconv.ParseUint(strings.TrimLeft(f[2], "~:"), 8, 12)
	name := strings.TrimPrefix(path.Clean(f[1]), "/var")
	if err != nil || !strings.HasPrefix(name, "/run/") {
		return d, false
	}
	dir := Addition{Path: name, Kind: Dir, Mode: unixMode(mode), Why: "named by the program"}
	return declaration{dir, f[3], f[4]}, true
}

// withOwners returns the additions for the declared directories, by name. It looks up
// their owners.
func (m *maker) withOwners(list []declaration) map[string]Addition {
	found := map[string]Addition{}
	if len(list) == 0 {
		return found
	}
	const unknown = -1
	users, groups := map[string]int{}, map[string]int{}
	for _, d := range list {
		users[d.user], groups[d.group] = unknown, unknown
	}
	for a := range accountLines(m.accountText("/etc/passwd")) {
		for _, name := range []string{a.name, strconv.Itoa(a.uid)} {
			if id, named := users[name]; named && id == unknown {
				users[name] = a.uid
			}
		}
	}
	for g := range groupLines(m.accountText("/etc/group")) {
		if id, named := groups[g.name]; named && id == unknown {
			groups[g.name] = g.gid
		}
	}
	for _, d := range list {
		d.dir.UID, d.dir.GID = max(users[d.user], 0), max(groups[d.group], 0)
		found[d.dir.Path] = d.dir
	}
	return found
}

// unixMode returns the mode for the bits of chmod(2).
func unixMode(bits uint64) fs.FileMode {
	mode := fs.FileMode(bits) & fs.ModePerm
	if bits&0o2000 != 0 {
		mode |= fs.ModeSetgid
	}
	if bits&0o1000 != 0 {
		mode |= fs.ModeSticky
	}
	return mode
}

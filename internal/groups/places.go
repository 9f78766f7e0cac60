package groups

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// states are the directories of hier(7) below which a service has one of its
// own, made by its package or by tmpfiles.d(5).
var states = []string{"/run/", "/var/run/", "/var/lib/", "/var/cache/", "/var/log/", "/var/spool/"}

// notOwn are directories that programs look into and leave to the system.
var notOwn = []string{"systemd", "udev", "dbus", "user", "lock", "apt", "dpkg", "netns"}

// places makes the directories that the programs name in their strings as the
// places of their sockets, logs and data: "/var/lib/nginx/body" is in
// /var/lib/nginx, "/run/sshd" is one if the source or tmpfiles.d says so. They
// are empty, and have the owners and modes of the source.
func (m *maker) places() {
	declared := m.tmpfiles()
	m.constants(func(_ string, b []byte) {
		if len(b) < len("/run/x") || b[0] != '/' || b[1] != 'r' && b[1] != 'v' {
			return
		}
		name, certain := place(string(b))
		if name == "" {
			return
		}
		const why = "named by the program"
		d := Addition{Path: name, Kind: Dir, Mode: 0o755, Why: why}
		if n := m.walk(name); n != nil {
			if !n.Info.IsDir() {
				return
			}
			d.Path, d.Mode, certain = n.Real, n.Info.Mode()&(fs.ModePerm|fs.ModeSticky|fs.ModeSetgid), true
			if uid, gid, ok := sysroot.Owner(n.Info); ok {
				d.UID, d.GID = uid, gid
			}
		}
		if own, ok := declared[strings.TrimPrefix(name, "/var")]; ok {
			d, certain = own, true
		}
		if certain {
			m.add(d)
		}
	})
}

// place returns the directory of a service that a path lies in, or is; certain
// when something in it is named.
func place(s string) (dir string, certain bool) {
	for _, top := range states {
		rest, ok := strings.CutPrefix(s, top)
		if !ok {
			continue
		}
		name, _, below := strings.Cut(rest, "/")
		if name == "" || strings.ContainsAny(name, "%*$ {\t") || slices.Contains(notOwn, name) {
			return "", false
		}
		return path.Join(top, name), below
	}
	return "", false
}

// declaration is a line of tmpfiles.d: a directory below /run, and who owns it.
type declaration struct {
	dir         Addition
	user, group string
}

// tmpfiles returns the directories below /run that packages have made at boot
// (tmpfiles.d(5)), by name: "d /run/sshd 0755 root root -".
func (m *maker) tmpfiles() map[string]Addition {
	var list []declaration
	const dir = "/usr/lib/tmpfiles.d"
	for _, e := range m.list(dir) {
		for line := range strings.Lines(m.text(path.Join(dir, e.Name()))) {
			if d, ok := parseTmpfiles(line); ok {
				list = append(list, d)
			}
			if len(list) > maxNames {
				m.fail(fmt.Errorf("%s: more than %d directories below /run", dir, maxNames))
				return nil
			}
		}
	}
	return m.withOwners(list)
}

// parseTmpfiles reads a line; false for all but directories below /run.
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
	return declaration{Addition{Path: name, Kind: Dir, Mode: unixMode(mode), Why: "named by the program"}, f[3], f[4]}, true
}

// withOwners looks up who owns the directories, by name.
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

// unixMode turns the bits of chmod(2) into a mode.
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

// merged adds /bin and /sbin where the source has them as links to the
// directory of a program: paths such as /bin/bash are written into settings
// and scripts of all kinds.
func (m *maker) merged() {
	for _, link := range []string{"/bin", "/sbin"} {
		target := m.link(link)
		if target == "" {
			continue
		}
		dir := m.directory(link)
		if dir == nil {
			continue
		}
		for _, prog := range m.Programs {
			if path.Dir(prog) == dir.Real {
				m.dir(dir.Real, 0o755, "programs")
				m.add(Addition{Path: link, Kind: Link, Target: target, Why: "the old name of " + dir.Real})
				break
			}
		}
	}
}

// link returns the text of the symlink name, "" when there is none.
func (m *maker) link(name string) string {
	info, err := m.root.Lstat(name)
	if err == nil && info.Mode()&fs.ModeSymlink == 0 || sysroot.IsAbsent(err) {
		return ""
	}
	var target string
	if err == nil {
		target, err = m.root.ReadLink(name)
	}
	if err != nil {
		m.fail(err)
	}
	return target
}

// constants calls visit with the string constants of the programs, each file
// once. Those of Go are not told apart.
func (m *maker) constants(visit func(program string, b []byte)) {
	if m.Literals == nil || m.Static {
		return
	}
	seen := map[string]bool{}
	for _, prog := range m.Programs {
		n := m.regular(prog)
		if n == nil || seen[identity(n)] {
			continue
		}
		seen[identity(n)] = true
		err := m.Literals(prog, func(b []byte) bool {
			if len(b) <= maxConstant {
				visit(prog, b)
			}
			return !m.done()
		})
		if err != nil {
			m.fail(err)
		}
	}
}

// maxConstant is the longest string constant that is looked at.
const maxConstant = 256

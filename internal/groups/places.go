package groups

import (
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
		if n, err := m.root.Walk(name); err == nil {
			if !n.Info.IsDir() {
				return
			}
			d.Path, d.Mode, certain = n.Real, n.Info.Mode()&(fs.ModePerm|fs.ModeSticky|fs.ModeSetgid), true
			if uid, gid, ok := sysroot.Owner(n.Info); ok {
				d.UID, d.GID = uid, gid
			}
		}
		if own, ok := declared[strings.TrimPrefix(name, "/var")]; ok && strings.Contains(name, "/run/") {
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

// tmpfiles returns the directories below /run that packages have made at boot
// (tmpfiles.d(5)): "d /run/sshd 0755 root root -".
func (m *maker) tmpfiles() map[string]Addition {
	found := map[string]Addition{}
	list, err := m.root.ReadDir("/usr/lib/tmpfiles.d")
	if err != nil {
		return found
	}
	users, groups := parseAccounts(m.text("/etc/passwd")), parseGroups(m.text("/etc/group"))
	for _, d := range list {
		for line := range strings.Lines(m.text(path.Join("/usr/lib/tmpfiles.d", d.Name()))) {
			f := strings.Fields(line)
			if len(f) < 5 || strings.TrimRight(f[0], "!-=~^$") != "d" && f[0] != "D" {
				continue
			}
			mode, err := strconv.ParseUint(strings.TrimLeft(f[2], "~:"), 8, 12)
			if err != nil {
				continue
			}
			a := Addition{Path: strings.TrimPrefix(path.Clean(f[1]), "/var"), Kind: Dir, Mode: unixMode(mode), Why: "named by the program"}
			if u := lookUp(users, f[3]); u != nil {
				a.UID = u.uid
			}
			if i := slices.IndexFunc(groups, func(g groupLine) bool { return g.name == f[4] }); i >= 0 {
				a.GID = groups[i].gid
			}
			found[a.Path] = a
		}
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
		info, err := m.root.Lstat(link)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			continue
		}
		target, err := m.root.ReadLink(link)
		dir, walkErr := m.root.Walk(link)
		if err != nil || walkErr != nil || !dir.Info.IsDir() {
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
			return true
		})
		if err != nil {
			m.fail(err)
		}
	}
}

// maxConstant is the longest string constant that is looked at.
const maxConstant = 256

package doctor

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// stateDirs are the directories of hier(7) in which services have their own directories,
// created by their packages or by tmpfiles.d(5).
var stateDirs = []string{"/run/", "/var/run/", "/var/lib/", "/var/cache/", "/var/log/", "/var/spool/"}

// systemDirs are directories in stateDirs that do not belong to one service.
var systemDirs = []string{"systemd", "udev", "dbus", "user", "lock", "apt", "dpkg", "netns"}

// serviceDirs adds the directories for sockets, logs and data that are strings of the
// programs: "/var/lib/nginx/body" means /var/lib/nginx, and "/run/sshd" is a directory
// if the source or tmpfiles.d has it. They are added empty, with the owners and modes of
// the source.
func (m *maker) serviceDirs() {
	declared := m.tmpfiles()
	m.constants(func(_ string, b []byte) {
		if len(b) < len("/run/x") || b[0] != '/' || b[1] != 'r' && b[1] != 'v' {
			return
		}
		name, certain := serviceDir(string(b))
		if name == "" {
			return
		}
		const why = "named by the program"
		d := Addition{Path: name, Kind: Dir, Mode: 0o755, Why: why}
		if n := m.walk(name); n != nil {
			if !n.Info.IsDir() {
				return
			}
			d, certain = likeSource(d, n), true
			d.Path = n.Real
		}
		if own, ok := declared[strings.TrimPrefix(name, "/var")]; ok {
			d, certain = own, true
		}
		if certain {
			m.add(d)
		}
	})
}

// likeSource returns a directory with the mode and the owner of n.
func likeSource(dir Addition, n *sysroot.Node) Addition {
	dir.Mode = n.Info.Mode() & (fs.ModePerm | fs.ModeSticky | fs.ModeSetgid)
	if uid, gid, ok := sysroot.Owner(n.Info); ok {
		dir.UID, dir.GID = uid, gid
	}
	return dir
}

// serviceDir returns the service directory that contains the path s, or is s. certain is
// true if s is a path inside it, so that it must be a directory.
func serviceDir(s string) (dir string, certain bool) {
	for _, top := range stateDirs {
		rest, ok := strings.CutPrefix(s, top)
		if !ok {
			continue
		}
		name, _, below := strings.Cut(rest, "/")
		if name == "" || strings.ContainsAny(name, "%*$ {\t") || slices.Contains(systemDirs, name) {
			return "", false
		}
		return path.Join(top, name), below
	}
	return "", false
}

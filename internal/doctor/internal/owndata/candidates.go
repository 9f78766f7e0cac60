package owndata

import (
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// maxNames is the maximum number of names that are looked up for one object. Programs
// have a few hundred.
const maxNames = 4096

// Candidates returns the names of files and directories of the source among the strings
// of an object, sorted. A string that is a format, such as "/usr/share/x/%s", names the
// directory before its first verb, and a list of paths, as for a variable, names all of
// them. A path below an unknown directory, such as "%s/x-data" or "/x.dat", is looked up in
// dirs, see Dirs. literals calls yield with each string.
func Candidates(root *sysroot.Root, dirs []string, literals func(yield func(string) bool) error) ([]string, error) {
	seen := map[string]bool{}
	var found []string
	err := literals(func(s string) bool {
		for _, part := range strings.FieldsFunc(s, isListSeparator) {
			for _, name := range dataPaths(part, dirs) {
				if !seen[name] && isNamedData(root, name) {
					found = append(found, name)
				}
				seen[name] = true
			}
		}
		return len(seen) < maxNames
	})
	slices.Sort(found)
	return found, err
}

// Dirs returns the directories in which an object may look for its data, other than
// those that it names: the usual ones, and those with its name. triplet is that of
// Debian's multiarch directories, "" if there is none.
func Dirs(root *sysroot.Root, object, triplet string) []string {
	dirs := []string{"/usr/share", "/usr/lib"}
	if strings.Contains(triplet, "-linux-") {
		dirs = append(dirs, "/usr/lib/"+triplet)
	}
	base, _, _ := strings.Cut(path.Base(object), ".so")
	for _, top := range append(slices.Clone(dirs), "/etc") {
		dir := path.Join(top, base)
		if n, err := root.Walk(dir); err == nil && n.Info.IsDir() {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// dataPaths returns the paths that a string may name.
func dataPaths(s string, dirs []string) []string {
	if name := dataPath(s); name != "" {
		return []string{name}
	}
	tail := strings.TrimPrefix(strings.TrimPrefix(s, "%s"), "/")
	if len(tail) < minTail || len(tail) == len(s) || strings.HasPrefix(tail, "usr/") {
		return nil
	}
	var names []string
	for _, dir := range append([]string{"/usr"}, dirs...) {
		if name := dataPath(path.Join(dir, tail)); name != "" && (dir != "/usr" || isBelowUsr(tail)) {
			names = append(names, name)
		}
	}
	return names
}

// minTail is the minimum length of a path below an unknown directory.
const minTail = 4

// isBelowUsr reports whether a relative path is one below an installation's prefix.
func isBelowUsr(tail string) bool {
	return strings.HasPrefix(tail, "share/") || strings.HasPrefix(tail, "lib/") || strings.HasPrefix(tail, "libexec/")
}

// isListSeparator reports whether c separates the paths in a list: ":" in most, ";" in
// those of Lua and others.
func isListSeparator(c rune) bool { return c == ':' || c == ';' }

// dataPath returns the path that a string names if it may be data, "" otherwise.
func dataPath(s string) string {
	if len(s) > maxPath || !path.IsAbs(s) {
		return ""
	}
	if i := strings.IndexAny(s, "%$*?{<\\"); i >= 0 {
		s = s[:strings.LastIndexByte(s[:i], '/')+1]
	}
	if strings.ContainsAny(s, " ,\"'()|&=") || strings.Contains(s, "//") {
		return "" // several paths, or a command
	}
	if s = path.Clean(s); !isPlace(withoutTriplet(s)) || isCovered(withoutTriplet(s)) {
		return ""
	}
	return s
}

// maxPath is the maximum length of a path in bytes.
const maxPath = 256

// places are the directories with the data of packages (hier(7), FHS), and the least
// number of elements of a path that is not shared by all packages.
var places = []struct {
	dir  string
	deep int
}{
	{"/usr/share", 3},
	{"/usr/lib", 3},
	{"/usr/lib64", 3},
	{"/usr/libexec", 3},
	{"/lib", 2},
	{"/usr/local/share", 4},
	{"/usr/local/lib", 4},
	{"/etc", 2},
	{"/var/lib", 3},
	{"/var/cache", 3},
	{"/opt", 2},
}

// isPlace reports whether name may be the data of one package.
func isPlace(name string) bool {
	for _, p := range places {
		if strings.HasPrefix(name, p.dir+"/") {
			return depth(name) >= p.deep
		}
	}
	return false
}

// covered are files and directories that are no data of one package: those that other
// groups add as far as they are needed, those that describe this machine, and what only
// people, init systems and developers read.
var covered = []string{
	// groups passwd, nss, netbase, ca-certs, openssl, tzdata, locale, gconv, terminfo, pam, sasl, krb5, p11-kit, fonts,
	// magic, gio-modules, gdk-pixbuf
	"/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/shells", "/etc/nsswitch.conf", "/etc/hosts",
	"/etc/host.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols", "/etc/networks", "/etc/rpc", "/etc/ethers",
	"/etc/ssl", "/usr/lib/ssl", "/etc/pki", "/usr/share/ca-certificates", "/etc/ca-certificates", "/usr/share/zoneinfo",
	"/etc/localtime", "/etc/timezone", "/usr/lib/locale", "/usr/share/i18n", "/etc/locale.alias",
	"/etc/terminfo", "/lib/terminfo", "/usr/lib/terminfo", "/usr/share/terminfo", "/usr/share/tabset", "/etc/termcap",
	"/etc/pam.d", "/etc/pam.conf", "/etc/security", "/etc/krb5.conf", "/etc/pkcs11", "/usr/share/p11-kit", "/etc/fonts",
	"/usr/share/fonts", "/usr/share/fontconfig", "/var/cache/fontconfig", "/etc/magic", "/usr/share/misc",
	"/usr/share/file", "/usr/lib/file", "/etc/gss", "/etc/ldap", "/usr/lib/gconv", "/usr/lib/engines-3",
	"/usr/lib/engines-1.1", "/usr/lib/ossl-modules", "/usr/lib/sasl2", "/usr/lib/krb5", "/usr/lib/pkcs11", "/usr/lib/gio",
	"/usr/lib/gdk-pixbuf-2.0", "/usr/lib/security",
	// this machine
	"/etc/hostname", "/etc/machine-id", "/etc/resolv.conf", "/etc/fstab", "/etc/mtab", "/etc/adjtime", "/etc/hostid",
	"/etc/environment", "/etc/profile", "/etc/issue", "/etc/motd", "/etc/os-release", "/usr/lib/os-release", "/etc/hosts.allow", "/etc/hosts.deny",
	"/etc/hosts.equiv", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld.so.preload", "/etc/subuid",
	"/etc/subgid", "/etc/sudoers", "/etc/securetty", "/etc/login.defs", "/etc/nologin", "/var/lib/dpkg", "/var/lib/apt",
	"/var/lib/rpm", "/var/lib/systemd", "/var/lib/dbus",
	// people, init systems, developers
	"/usr/share/doc", "/usr/share/man", "/usr/share/info", "/usr/share/locale", "/usr/share/applications",
	"/usr/share/icons", "/usr/share/pixmaps", "/usr/share/bash-completion", "/usr/share/zsh", "/usr/share/lintian",
	"/usr/share/bug", "/usr/share/common-licenses", "/usr/share/pkgconfig", "/usr/share/aclocal",
	"/usr/share/polkit-1", "/usr/share/metainfo", "/usr/lib/pkgconfig", "/usr/lib/debug", "/usr/lib/systemd",
	"/usr/lib/binfmt.d", "/usr/lib/modules-load.d", "/usr/lib/sysctl.d", "/usr/lib/environment.d", "/usr/lib/kernel",
	"/etc/binfmt.d", "/etc/modules-load.d", "/etc/sysctl.d", "/usr/lib/udev", "/usr/lib/tmpfiles.d", "/usr/lib/sysusers.d", "/usr/lib/modules", "/usr/lib/firmware",
	"/lib/systemd", "/lib/udev", "/lib/modules", "/lib/firmware", "/etc/systemd", "/etc/udev", "/etc/init.d",
	"/etc/rc.local", "/etc/default", "/etc/sysconfig", "/etc/cron.d", "/etc/logrotate.d", "/etc/skel", "/etc/alternatives",
	"/etc/X11", "/etc/xdg", "/usr/share/factory",
}

// withoutTriplet returns a path without the directory of Debian's multiarch libraries:
// /usr/lib/gconv for /usr/lib/x86_64-linux-gnu/gconv.
func withoutTriplet(name string) string {
	for _, top := range []string{"/usr/lib/", "/lib/"} {
		rest, ok := strings.CutPrefix(name, top)
		triplet, rest, _ := strings.Cut(rest, "/")
		if ok && strings.Contains(triplet, "-linux-") {
			return path.Clean("/usr/lib/" + rest)
		}
	}
	return name
}

// coveredSet has the elements of covered.
var coveredSet = sync.OnceValue(func() map[string]bool {
	set := make(map[string]bool, len(covered))
	for _, name := range covered {
		set[name] = true
	}
	return set
})

// isCovered reports whether name is, or is in, one of covered.
func isCovered(name string) bool {
	for set := coveredSet(); name != "/" && name != "."; name = path.Dir(name) {
		if set[name] {
			return true
		}
	}
	return false
}

// isNamedData reports whether name leads to a directory or a data file of the source. A
// program that is named in full is a helper, not data.
func isNamedData(root *sysroot.Root, name string) bool {
	n, err := root.Walk(name)
	return err == nil && isShared(n) && (n.Info.IsDir() || n.Info.Mode()&0o111 == 0 || isLibrary(n.Real))
}

// isShareable reports whether name leads to a directory or a regular file of the source
// that everybody may read. Others, such as private keys, are never taken without being
// named by the user.
func isShareable(root *sysroot.Root, name string) bool {
	n, err := root.Walk(name)
	return err == nil && isShared(n)
}

// isShared reports whether n is a directory or regular file that everybody may read.
func isShared(n *sysroot.Node) bool {
	mode := n.Info.Mode()
	return mode.Perm()&0o004 != 0 && (mode.IsDir() || mode.IsRegular())
}

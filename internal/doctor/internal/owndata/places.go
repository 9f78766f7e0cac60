package owndata

import (
	"path"
	"strings"
	"sync"
)

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

// mayBeData reports whether the path name may be the data of one package.
func mayBeData(name string) bool {
	name = withoutTriplet(name)
	return isPlace(name) && !isCovered(name)
}

// isPlace reports whether name is deep enough in one of places to be of one package.
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
	// groups passwd, nss, netbase, ca-certs, openssl, tzdata, locale, gconv, terminfo, pam,
	// sasl, krb5, p11-kit, fonts, magic, gio-modules, gdk-pixbuf
	"/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/shells", "/etc/nsswitch.conf", "/etc/hosts",
	"/etc/host.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols", "/etc/networks", "/etc/rpc", "/etc/ethers",
	"/etc/ssl", "/usr/lib/ssl", "/etc/pki", "/usr/share/ca-certificates", "/etc/ca-certificates", "/usr/share/zoneinfo",
	"/etc/localtime", "/etc/timezone", "/usr/lib/locale", "/usr/share/i18n", "/etc/locale.alias",
	"/etc/terminfo", "/lib/terminfo", "/usr/lib/terminfo", "/usr/share/terminfo", "/usr/share/tabset", "/etc/termcap",
	"/etc/pam.d", "/etc/pam.conf", "/etc/security", "/etc/krb5.conf", "/etc/pkcs11", "/usr/share/p11-kit", "/etc/fonts",
	"/usr/share/fonts", "/usr/share/fontconfig", "/var/cache/fontconfig", "/etc/magic", "/usr/share/misc",
	"/usr/share/file", "/usr/lib/file", "/etc/gss", "/etc/ldap", "/usr/lib/gconv", "/usr/lib/engines-3",
	"/usr/lib/engines-1.1", "/usr/lib/ossl-modules", "/usr/lib/sasl2", "/usr/lib/krb5", "/usr/lib/pkcs11",
	"/usr/lib/gio", "/usr/lib/gdk-pixbuf-2.0", "/usr/lib/security",
	// this machine
	"/etc/hostname", "/etc/machine-id", "/etc/resolv.conf", "/etc/fstab", "/etc/mtab", "/etc/adjtime", "/etc/hostid",
	"/etc/environment", "/etc/profile", "/etc/issue", "/etc/motd", "/etc/os-release", "/usr/lib/os-release",
	"/etc/hosts.allow", "/etc/hosts.deny", "/etc/hosts.equiv", "/etc/ld.so.cache", "/etc/ld.so.conf",
	"/etc/ld.so.conf.d", "/etc/ld.so.preload", "/etc/subuid",
	"/etc/subgid", "/etc/sudoers", "/etc/securetty", "/etc/login.defs", "/etc/nologin", "/var/lib/dpkg", "/var/lib/apt",
	"/var/lib/rpm", "/var/lib/systemd", "/var/lib/dbus",
	// people, init systems, developers
	"/usr/share/doc", "/usr/share/man", "/usr/share/info", "/usr/share/locale", "/usr/share/applications",
	"/usr/share/icons", "/usr/share/pixmaps", "/usr/share/bash-completion", "/usr/share/zsh", "/usr/share/lintian",
	"/usr/share/bug", "/usr/share/common-licenses", "/usr/share/pkgconfig", "/usr/share/aclocal",
	"/usr/share/polkit-1", "/usr/share/metainfo", "/usr/lib/pkgconfig", "/usr/lib/debug", "/usr/lib/systemd",
	"/usr/lib/binfmt.d", "/usr/lib/modules-load.d", "/usr/lib/sysctl.d", "/usr/lib/environment.d", "/usr/lib/kernel",
	"/etc/binfmt.d", "/etc/modules-load.d", "/etc/sysctl.d", "/usr/lib/udev", "/usr/lib/tmpfiles.d",
	"/usr/lib/sysusers.d", "/usr/lib/modules", "/usr/lib/firmware",
	"/lib/systemd", "/lib/udev", "/lib/modules", "/lib/firmware", "/etc/systemd", "/etc/udev", "/etc/init.d",
	"/etc/rc.local", "/etc/default", "/etc/sysconfig", "/etc/cron.d", "/etc/logrotate.d", "/etc/skel",
	"/etc/alternatives", "/etc/X11", "/etc/xdg", "/usr/share/factory",
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

// topOf returns the directory in one of places that a path is in, or the path itself.
func topOf(name string) string {
	for _, p := range places {
		if !strings.HasPrefix(name, p.dir+"/") {
			continue
		}
		parts := strings.Split(name, "/")
		return strings.Join(parts[:min(len(parts), p.deep+1)], "/")
	}
	return name
}

// depth returns the number of elements of a clean absolute path.
func depth(name string) int { return strings.Count(path.Clean(name), "/") }

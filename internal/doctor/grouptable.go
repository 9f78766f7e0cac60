package doctor

import "slices"

// autoLimit is the maximum size in bytes of a group that is added automatically.
const autoLimit = 1 << 20

// groupRow is a group: its name, a description, and the function that adds its files.
type groupRow struct {
	name     string
	contents string
	fill     func(*maker)
}

// groupTable has all groups, in the order of --help.
var groupTable = []groupRow{
	{"passwd", "users root, nobody, nonroot and --user; their groups and homes", (*maker).users},
	{"tmp", "/tmp, /var/tmp, /run, /var/run, and what programs name in them", (*maker).temporary},
	{"nss", "nsswitch.conf and the modules that it names", (*maker).nss},
	{"netbase", "/etc/hosts, services and protocols", (*maker).netbase},
	{"ca-certs", "certificate authorities", (*maker).certificates},
	{"tzdata", "the zone that TZ names, or all of them", (*maker).zones},
	{"modules", "shared objects that the configuration files name", (*maker).modules},
	{"libgcc", "libgcc_s.so.1, for ending threads and for backtraces", (*maker).libgcc},
	{"locale", "C.UTF-8, or the locales that LANG and LC_* name", (*maker).locales},
	{"gconv", "glibc's character sets", (*maker).gconv},
	{"terminfo", "the common terminals and TERM", (*maker).terminfo},
	{"shell", "/bin/sh", (*maker).shell},
	{"openssl", "openssl.cnf and the modules that it names", (*maker).openssl},
	{"ossl-modules", "OpenSSL's providers", (*maker).providers},
	{"ossl-engines", "OpenSSL's engines", (*maker).engines},
	{"pam", "PAM's configuration and its modules", (*maker).pam},
	{"sasl", "SASL mechanisms", (*maker).sasl},
	{"krb5", "krb5.conf and Kerberos plugins", (*maker).krb5},
	{"p11-kit", "PKCS #11 modules", (*maker).p11kit},
	{"gio-modules", "GIO modules", (*maker).gio},
	{"gdk-pixbuf", "image loaders of GDK-PixBuf", (*maker).pixbuf},
	{"magic", "libmagic's database", (*maker).magic},
	{"fonts", "fontconfig's files and the fonts installed", (*maker).fonts},
}

// GroupNames returns the names of all groups, in the order of --help.
func GroupNames() []string {
	names := make([]string, len(groupTable))
	for i, g := range groupTable {
		names[i] = g.name
	}
	return names
}

// GroupContents returns a short description of a group, "" if there is no such group.
func GroupContents(name string) string {
	if i := groupIndex(name); i >= 0 {
		return groupTable[i].contents
	}
	return ""
}

func groupIndex(name string) int {
	return slices.IndexFunc(groupTable, func(g groupRow) bool { return g.name == name })
}

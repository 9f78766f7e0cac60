package doctor

import "slices"

// groupRow is a group: its name, a description, and the function that adds its files.
type groupRow struct {
	name     string
	contents string
	fill     func(*maker)
}

// groupTable has all groups, in the order of --help.
var groupTable = []groupRow{
	{"data", "the files that programs name and their packages have; standard libraries of interpreters", (*maker).data},
	{"passwd", "root, nobody, nonroot and the accounts that flags, programs and configurations name", (*maker).users},
	{"tmp", "/tmp, /var/tmp, /run, /var/run, and what programs name in them", (*maker).temporary},
	{"nss", "nsswitch.conf, which says where hosts and users are looked up, and its modules", (*maker).nss},
	{"netbase", "/etc/hosts, services and protocols: names of hosts and ports", (*maker).netbase},
	{"ca-certs", "certificate authorities, to verify TLS servers", (*maker).certificates},
	{"tzdata", "time zones: the one that TZ names, or all of them", (*maker).zones},
	{"modules", "shared objects that the configuration files name", (*maker).modules},
	{"libgcc", "libgcc_s.so.1, for ending threads and for backtraces", (*maker).libgcc},
	{"locale", "languages and UTF-8 for C programs: C.UTF-8, or the locales that LANG and LC_* name", (*maker).locales},
	{"gconv", "glibc's character sets, to convert text with iconv", (*maker).gconv},
	{"terminfo", "descriptions of the common terminals and of TERM, for programs such as editors", (*maker).terminfo},
	{"shell", "/bin/sh, for programs that run shell commands", (*maker).shell},
	{"helpers", "programs that programs and scripts start, only if asked for", (*maker).helpers},
	{"openssl", "openssl.cnf and the modules that it names", (*maker).openssl},
	{"ossl-modules", "OpenSSL's providers, such as legacy", (*maker).providers},
	{"ossl-engines", "OpenSSL's engines", (*maker).engines},
	{"pam", "PAM's configuration and its modules, for logins", (*maker).pam},
	{"sasl", "SASL mechanisms, for logins to mail, LDAP and other servers", (*maker).sasl},
	{"krb5", "krb5.conf and Kerberos plugins", (*maker).krb5},
	{"p11-kit", "PKCS #11 modules", (*maker).p11kit},
	{"gio-modules", "GIO modules, such as TLS for programs of GNOME", (*maker).gio},
	{"gdk-pixbuf", "image loaders of GDK-PixBuf", (*maker).pixbuf},
	{"magic", "libmagic's database, to recognise types of files", (*maker).magic},
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

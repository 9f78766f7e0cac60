package doctor

import "strings"

// synonyms are usual words for what is in a group, with the names of the groups.
var synonyms = map[string]string{
	"ssl": "ca-certs openssl", "tls": "ca-certs openssl", "https": "ca-certs openssl",
	"ca": "ca-certs", "certs": "ca-certs", "cert": "ca-certs", "certificates": "ca-certs", "cacert": "ca-certs",
	"cacerts": "ca-certs", "ca-certificates": "ca-certs", "trust": "ca-certs", "x509": "ca-certs",
	"openssl.cnf": "openssl", "legacy": "ossl-modules", "fips": "ossl-modules", "providers": "ossl-modules",
	"engines": "ossl-engines", "pkcs11": "p11-kit", "pkcs#11": "p11-kit",
	"kerberos": "krb5", "krb": "krb5", "gssapi": "krb5", "auth": "pam", "login": "pam",

	"time": "tzdata", "tz": "tzdata", "timezone": "tzdata", "timezones": "tzdata", "zoneinfo": "tzdata",
	"localtime": "tzdata", "zones": "tzdata",
	"dns": "nss netbase", "resolv": "nss netbase", "resolver": "nss netbase", "resolv.conf": "nss netbase",
	"hosts": "netbase", "services": "netbase", "protocols": "netbase", "network": "netbase nss",
	"nsswitch": "nss", "nsswitch.conf": "nss",
	"user": "passwd", "users": "passwd", "account": "passwd", "accounts": "passwd", "group": "passwd",
	"groups": "passwd", "nobody": "passwd", "nonroot": "passwd", "home": "passwd",
	"temp": "tmp", "tempdir": "tmp", "run": "tmp", "var": "tmp",

	"sh": "shell", "bash": "shell", "dash": "shell", "ash": "shell", "system": "shell",
	"iconv": "gconv", "charset": "gconv", "charsets": "gconv", "encoding": "gconv", "encodings": "gconv",
	"i18n": "locale gconv", "l10n": "locale", "intl": "locale gconv",
	"lang": "locale", "language": "locale", "locales": "locale",
	"utf8": "locale", "utf-8": "locale", "c.utf-8": "locale",
	"term": "terminfo", "terminal": "terminfo", "curses": "terminfo", "ncurses": "terminfo",
	"font": "fonts", "fontconfig": "fonts", "freetype": "fonts",
	"gcc": "libgcc", "libgcc_s": "libgcc", "unwind": "libgcc", "plugins": "modules",
	"gio": "gio-modules", "glib": "gio-modules", "pixbuf": "gdk-pixbuf", "gdk": "gdk-pixbuf", "images": "gdk-pixbuf",
	"libmagic": "magic", "mime": "magic", "file": "magic",
}

// GroupsFor returns the names of the groups that have what a usual word means; none if
// the word has no such meaning.
func GroupsFor(word string) []string { return strings.Fields(synonyms[strings.ToLower(word)]) }

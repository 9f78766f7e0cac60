package conffile

import (
	"path"
	"strings"
)

// directives is what is known of directives by their names, one row each, lower
// case but for flags. A name of two words is a directive and its first word.
// Sources: redis.conf; nginx core and http modules; haproxy management guide and
// configuration manual; postgresql.conf; memcached(1), whose Debian
// configuration has its flags; mosquitto.conf(5); unbound.conf(5); stunnel(8).
var directives = map[string]meaning{
	"daemonize":     background,           // redis
	"daemon":        background,           // nginx, haproxy
	"do-daemonize":  background,           // unbound
	"-d":            background,           // memcached
	"foreground":    foreground,           // stunnel
	"bind":          address | portBehind, // redis, haproxy
	"bind_address":  address,              // mosquitto
	"listen":        address | port,       // nginx, Apache
	"listener":      address | port,       // mosquitto: a port, then an address
	"ip-address":    address,              // unbound, nsd
	"interface":     address,              // unbound
	"-l":            address,              // memcached
	"port":          port,                 // redis, postgres, MySQL
	"tls-port":      port,                 // redis
	"server.port":   port,                 // lighttpd, Spring
	"logfile":       file,                 // redis, unbound, memcached
	"pidfile":       file,                 // redis, haproxy, unbound
	"unixsocket":    file,                 // redis
	"pid":           file,                 // nginx
	"error_log":     file,                 // nginx
	"access_log":    file,                 // nginx
	"pid_file":      file,                 // mosquitto
	"log_dest file": file,                 // mosquitto
	"stats socket":  file,                 // haproxy
	"-P":            file,                 // memcached
	"dir":           directory,            // redis
	"directory":     directory,            // unbound
	"chroot":        directory,            // haproxy, unbound
	"user":          userName,             // nginx, haproxy, mosquitto
	"username":      userName,             // unbound
	"-u":            userName,             // memcached

	"listen_addresses":        address,   // postgres
	"external_pid_file":       file,      // postgres
	"data_directory":          directory, // postgres
	"log_directory":           directory, // postgres
	"unix_socket_directories": directory, // postgres
	"persistence_location":    directory, // mosquitto
	"client_body_temp_path":   directory, // nginx, and the next four
	"proxy_temp_path":         directory,
	"fastcgi_temp_path":       directory,
	"uwsgi_temp_path":         directory,
	"scgi_temp_path":          directory,

	"include":            included,             // nginx, Apache, named, redis, postgres, lighttpd, squid and others
	"include-toplevel":   included,             // unbound
	"includefile":        included,             // snmpd, ntpd
	"include_dir":        included | directory, // mosquitto, postgres
	"include-dir":        included | directory, // pdns_server
	"includedir":         included | directory, // krb5.conf, ngircd
	"!include":           included,             // dovecot, MySQL
	"!includedir":        included | directory, // MySQL
	"@include":           included,             // syslog-ng
	".include":           included,             // exim, openssl.cnf
	"&include":           included,             // rsyncd
	"$include":           included,             // freeradius
	"$includeconfig":     included | optional,  // rsyslogd
	"conf-file":          included,             // dnsmasq
	"conf-dir":           included | directory, // dnsmasq
	"confdir":            included | directory, // chronyd
	"sourcedir":          included | directory, // chronyd
	"includeoptional":    included | optional,  // Apache
	"!include_try":       included | optional,  // dovecot
	"include_if_exists":  included | optional,  // postgres
	".include_if_exists": included | optional,  // exim
	"include_shell":      included | command,   // lighttpd
}

// nameEndings are the suffixes of further directives for the user or group of a server
// after its start: "server.username" (lighttpd), "cache_effective_user" (squid),
// "setuid" (stunnel), "ServerUID" (ngircd), "UserID" (opendkim), "listen.owner" (PHP).
var nameEndings = []struct {
	ending string
	means  meaning
}{
	{"user", userName},
	{"username", userName},
	{"userid", userName},
	{"uid", userName},
	{"owner", userName},
	{"runas", userName},
	{"run_as", userName},
	{"run-as", userName},
	{"group", groupName},
	{"groupname", groupName},
	{"groupid", groupName},
	{"gid", groupName},
}

// meaningOf returns the meaning of a statement, 0 for an unknown directive, and the
// statement with the name of the directive as its name. exact reports whether the name
// is in directives, not only a suffix in nameEndings.
func meaningOf(s statement) (means meaning, at statement, exact bool) {
	if len(s.words) > 0 {
		two := s.name + " " + s.words[0]
		if m, ok := directives[fold(two)]; ok {
			s.name, s.words = two, s.words[1:]
			return m, s, true
		}
	}
	name := fold(s.name)
	if m, ok := directives[name]; ok {
		return m, s, true
	}
	if !isWord(name) {
		return 0, s, false
	}
	for _, e := range nameEndings {
		if strings.HasSuffix(name, e.ending) {
			means |= e.means
		}
	}
	return means, s, false
}

// fold returns the form in which a directive is looked up: only flags are case-sensitive.
func fold(name string) string {
	if strings.HasPrefix(name, "-") {
		return name
	}
	return strings.ToLower(name)
}

// isWord reports whether name has only ASCII letters, digits, "_", "." and "-".
func isWord(name string) bool {
	for _, c := range []byte(name) {
		if !isLetterOrDigit(c) && strings.IndexByte("_.-", c) < 0 {
			return false
		}
	}
	return true
}

func isLetterOrDigit(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// accountsOf returns the user and the group that a statement names, "" if it names none.
// Statements with further words do not count: "user default on nopass" is an entry of an
// access list of redis. Numbers count only if exact is true, not in
// "connections_per_user 100".
func accountsOf(s statement, means meaning, exact bool) (user, group string) {
	words := s.words
	if len(words) == 1 {
		words = strings.Split(words[0], ":") // "UserID opendkim:opendkim"
	}
	if len(words) == 0 || len(words) > 2 {
		return "", ""
	}
	for _, w := range words {
		if !isAccountName(w) || !exact && isNumber(w) {
			return "", ""
		}
	}
	switch {
	case means&groupName != 0:
		return "", words[0]
	case len(words) == 2:
		group = words[1]
	}
	return words[0], group
}

// isAccountName reports whether name is valid as the name of a user or group (POSIX,
// Base Definitions, User Name).
func isAccountName(name string) bool { return name != "" && name[0] != '-' && isWord(name) }

func isNumber(name string) bool { return strings.Trim(name, "0123456789") == "" }

// settingOf returns the setting of a statement; its Kind is "" if it does not matter for
// a container. local reports whether all its addresses are loopback addresses.
func settingOf(s statement, means meaning) (set Setting, local bool) {
	set = Setting{Line: s.line, Directive: s.name, Value: strings.Join(s.words, " ")}
	switch {
	case means&(background|foreground) != 0:
		set.Kind = modeOf(s, means)
	case means&address != 0:
		if len(s.words) > 0 {
			set.Kind = Loopback
			return set, allLoopback(s)
		}
	case means&file != 0:
		if dir := path.Dir(s.first()); isPlace(dir) && s.first() != "off" {
			set.Kind, set.Value = Directory, dir
		}
	case means&directory != 0:
		if dir, _, _ := strings.Cut(s.first(), ","); isPlace(dir) {
			set.Kind, set.Value = Directory, path.Clean(dir)
		}
	}
	return set, false
}

// modeOf returns the kind of a setting to run in the background or in the foreground.
func modeOf(s statement, means meaning) Kind {
	isOn := len(s.words) == 0 || isTrue(s.first())
	if means&background != 0 && isOn || means&foreground != 0 && isFalse(s.first()) {
		return Daemonize
	}
	return Foreground
}

func isTrue(word string) bool {
	switch strings.ToLower(word) {
	case "yes", "true", "on", "1":
		return true
	}
	return false
}

func isFalse(word string) bool {
	switch strings.ToLower(word) {
	case "no", "false", "off", "0":
		return true
	}
	return false
}

// isPlace reports whether dir can be added to an image: whether it is an absolute path
// that engines do not mount over.
func isPlace(dir string) bool {
	if !path.IsAbs(dir) || path.Clean(dir) == "/" {
		return false
	}
	for _, mounted := range []string{"/dev", "/proc", "/sys"} {
		if dir == mounted || strings.HasPrefix(dir, mounted+"/") {
			return false
		}
	}
	return true
}

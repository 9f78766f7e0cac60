package doctor

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// compiledUsers returns the accounts of services whose names are strings of the programs
// or of their own libraries: sshd(8) runs as sshd, exim4(8) as Debian-exim and chronyd(8)
// as _chrony without a configuration file that names the user.
//
// A name counts if a whole string is the name, unless it is an ordinary word. A linker
// may store a string as the end of another one, so "sshd" may occur only in "/run/sshd";
// the end of a path counts if fitsAccount is true. A default setting counts for any name.
func (m *maker) compiledUsers(passwd, group string) (found accountNames) {
	uses := map[string]nameUse{} // by the name of a user or group
	for g := range groupLines(group) {
		if m.useOf(g.name, g.gid)&whole != 0 {
			uses[g.name] = whole | ofGroup
		}
	}
	for a := range accountLines(passwd) {
		uses[a.name] = m.useOf(a.name, a.uid) | isUser
	}
	m.ownConstants(func(file string, b []byte) {
		if name := defaultUser(b); uses[name]&isUser != 0 {
			found.own = append(found.own, name)
			uses[name] = 0
			return
		}
		at := bytes.LastIndexByte(b, '/') + 1
		use := uses[string(b[at:])] // does not allocate
		if use&(byTail|whole) == 0 {
			return
		}
		name := string(b[at:])
		switch {
		case use&byTail != 0 && fitsAccount(path.Base(file), name):
			found.own = append(found.own, name)
		case at > 0 || use&whole == 0:
			return
		case use&ofGroup != 0:
			found.groups = append(found.groups, name)
		default:
			found.named = append(found.named, name)
		}
		uses[name] = 0
	})
	return found
}

// defaultUser returns the name in a string that is a default setting of the program, as
// "cache_effective_user proxy" in squid(8); "" for other strings.
func defaultUser(b []byte) string {
	directive, name, _ := bytes.Cut(b, []byte(" "))
	if !bytes.HasSuffix(directive, []byte("_user")) || bytes.ContainsAny(name, " :%") {
		return ""
	}
	return string(name)
}

// nameUse is how strings of programs may name an account.
type nameUse int

const (
	byTail  nameUse = 1 << iota // the end of a path, in a program whose name fits
	whole                       // a whole string
	ofGroup                     // it is the name of a group, not of a user
	isUser                      // it is the name of a user
)

// useOf returns how strings may name an account with an id. Packages create the accounts
// of services with ids from 100 to 999 (Debian policy 9.2.2, SYS_UID_MIN of
// login.defs(5)); those with lower ids are mostly words such as "list" and "sync".
func (m *maker) useOf(name string, id int) (use nameUse) {
	if id == 0 || id >= 1000 {
		return 0
	}
	isPlain := strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") == ""
	isOrdinary := isPlain && slices.Contains(ordinaryNames, name)
	if !isPlain || id >= 100 && !isOrdinary {
		use |= whole
	}
	isOf := func(prog string) bool { return fitsAccount(path.Base(prog), name) }
	if (id >= 100 || !isOrdinary) && slices.ContainsFunc(m.programs, isOf) {
		use |= byTail
	}
	return use
}

// ordinaryNames are accounts and groups of Debian (base-passwd, and the packages named
// in the comments), Fedora (setup) and Alpine (alpine-baselayout) whose names are also
// ordinary words, protocols or functions, so that most programs with such a string do not
// mean the account.
var ordinaryNames = []string{
	"adm", "audio", "backup", "bin", "cdrom", "cron", "daemon", "dialout", "disk", "fax", "floppy", "games", "halt",
	"input", "irc", "kmem", "list", "lock", "lp", "mail", "man", "mem", "news", "operator", "postmaster", "proxy",
	"render", "root", "shadow", "shutdown", "src", "staff", "sudo", "sync", "sys", "tape", "tty", "usb", "users",
	"utmp", "uucp", "video", "voice", "wheel", "www",
	"bind",   // bind9; bind(2)
	"cache",  // varnish
	"docker", // docker.io
	"ftp",    // vsftpd, proftpd; the protocol
	"git",    // git-daemon; the program
	"guest",  // lightdm
	"ldap",   // openldap; the protocol
	"mysql",  // mariadb-server; the protocol
	"ntp",    // ntp; the protocol
	"redis",  // redis-server; the protocol
	"rpc",    // rpcbind; the database of nsswitch.conf(5)
	"syslog", // rsyslog; syslog(3)
	"tftp",   // tftpd-hpa; the protocol
	"tor",    // tor; the protocol
}

// fitsAccount reports whether the names suggest that an account is for a program: ftp
// is the user of vsftpd, but only a word in nginx.
func fitsAccount(program, account string) bool {
	return strings.Contains(program, account) || strings.Contains(account, program)
}

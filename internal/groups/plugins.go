package groups

import (
	"fmt"
	"path"
	"strings"
)

// sasl adds the mechanisms, which sasl_client_init(3) loads from one directory.
func (m *maker) sasl() { m.trees("sasl2", "SASL mechanisms") }

// krb5 adds krb5.conf(5) with what it includes, and the plugins.
func (m *maker) krb5() {
	const why = "Kerberos' settings"
	if !m.file("/etc/krb5.conf", why) {
		m.absent("/etc/krb5.conf")
	}
	m.tree("/etc/krb5.conf.d", why, nil)
	for _, dir := range m.dirs("krb5/plugins") {
		m.tree(dir, "Kerberos' plugins", isLibtool)
	}
}

// p11kit adds PKCS #11 modules and the files that name them (pkcs11.conf(5)).
func (m *maker) p11kit() {
	const why = "PKCS #11 modules"
	m.file("/etc/pkcs11/pkcs11.conf", why)
	m.tree("/etc/pkcs11/modules", why, nil)
	m.tree("/usr/share/p11-kit/modules", why, nil)
	m.trees("pkcs11", why)
}

func (m *maker) gio() { m.trees("gio/modules", "GIO modules") }

// pixbuf adds the loaders, their list loaders.cache, and the database by which
// a format is recognised.
func (m *maker) pixbuf() {
	m.trees("gdk-pixbuf-2.0/2.10.0", "image loaders")
	m.file("/usr/share/mime/mime.cache", "kinds of files")
}

// magic adds libmagic's database; magic(5) and what file(1) of Debian, Fedora
// and Alpine is built with name the places.
func (m *maker) magic() {
	found := false
	for _, name := range []string{
		"/etc/magic", "/usr/lib/file/magic.mgc", "/usr/share/misc/magic.mgc", "/usr/share/misc/magic", "/usr/share/file/magic.mgc",
	} {
		found = m.file(name, "libmagic's database") || found
	}
	if !found {
		m.absent("magic.mgc")
	}
}

// fonts adds fontconfig's files, links of its conf.d included, and all fonts.
func (m *maker) fonts() {
	m.tree("/etc/fonts", "fontconfig's settings", nil)
	m.tree("/usr/share/fontconfig/conf.avail", "fontconfig's settings", nil)
	if !m.tree("/usr/share/fonts", "fonts", nil) {
		m.absent("/usr/share/fonts")
	}
}

// pam adds the service files of the programs, named as they are, of "other" and
// of what these include (pam.d(5)), and the modules that they all name.
func (m *maker) pam() {
	p := pamReader{maker: m, seen: map[string]bool{}, dirs: m.dirs("security")}
	found := false
	for _, prog := range m.Programs {
		found = p.service(path.Base(prog)) || found
	}
	found = p.service("other") || found
	if !found {
		m.absent("/etc/pam.d")
		return
	}
	m.shadow()
	m.tree("/etc/security", "settings of PAM's modules", isOldPasswords)
	m.file("/etc/login.defs", "settings of PAM's modules")
	m.file("/etc/environment", "settings of PAM's modules")
}

// isOldPasswords reports whether a file is the one in which pam_pwhistory(8) keeps
// the hashes of old passwords, or a temporary copy of it.
func isOldPasswords(rel string) bool { return strings.HasSuffix(rel, "opasswd") }

type pamReader struct {
	*maker
	seen  map[string]bool
	dirs  []string
	depth int // of files that include others
}

// service reads a service's file; more than one directory may have it.
func (p *pamReader) service(name string) (found bool) {
	if p.seen[name] || strings.Contains(name, "/") {
		return p.seen[name]
	}
	p.seen[name] = true
	if p.depth++; p.depth > maxDepth {
		p.fail(fmt.Errorf("%s: included by more than %d files of pam.d, one by the other", name, maxDepth))
	}
	defer func() { p.depth-- }()
	for _, dir := range []string{"/etc/pam.d", "/usr/lib/pam.d", "/usr/share/pam.d"} {
		file := path.Join(dir, name)
		if p.done() || !p.file(file, "PAM's rules for "+name) {
			continue
		}
		found = true
		text := strings.ReplaceAll(p.text(file), "\\\n", " ")
		for line := range strings.Lines(text) {
			p.rule(line)
		}
	}
	return found
}

// rule reads one line: "@include common-auth" (Debian), "auth include NAME",
// "auth [success=1 default=ignore] pam_unix.so nullok".
func (p *pamReader) rule(line string) {
	line, _, _ = strings.Cut(line, "#")
	words := strings.Fields(line)
	switch {
	case len(words) == 2 && words[0] == "@include":
		p.service(words[1])
	case len(words) < 3:
	case words[1] == "include" || words[1] == "substack":
		p.service(words[2])
	default:
		p.module(words)
	}
}

// module adds the module of a rule: the word after the control, which may be
// several words in brackets. A rule that begins with "-" may lack its module.
func (p *pamReader) module(words []string) {
	i := 1
	if strings.HasPrefix(words[1], "[") {
		for i < len(words) && !strings.HasSuffix(words[i], "]") {
			i++
		}
	}
	if i+1 >= len(words) {
		return
	}
	name := words[i+1]
	if path.IsAbs(name) {
		if !p.plugin(name, "named in pam.d") {
			p.absent(name)
		}
		return
	}
	for _, dir := range p.dirs {
		if p.plugin(path.Join(dir, name), "named in pam.d") {
			return
		}
	}
	if !strings.HasPrefix(words[0], "-") && !p.seen["module "+name] {
		p.absent(name)
	}
	p.seen["module "+name] = true
}

package doctor

import (
	"fmt"
	"path"
	"strings"
)

// pam adds the files of the services that have the names of the programs, of the service
// "other", the files that these include (pam.d(5)), and the modules that they name.
func (m *maker) pam() {
	p := pamReader{maker: m, seen: map[string]bool{}, dirs: m.dirs("security")}
	found := false
	for _, prog := range m.programs {
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

// isOldPasswords reports whether rel is the file of pam_pwhistory(8) with the hashes of
// old passwords, or a temporary copy of it.
func isOldPasswords(rel string) bool { return strings.HasSuffix(rel, "opasswd") }

// pamReader reads the files of pam.d, each once.
type pamReader struct {
	*maker
	seen  map[string]bool
	dirs  []string
	depth int // of includes
}

// service reads a service's file; more than one directory may have it.
func (p *pamReader) service(name string) (found bool) {
	if p.seen[name] || strings.Contains(name, "/") {
		return p.seen[name]
	}
	p.seen[name] = true
	if p.depth++; p.depth > maxDepth {
		p.fail(fmt.Errorf("%s: more than %d levels of included files", name, maxDepth))
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

// rule reads a line such as "@include common-auth" (Debian), "auth include NAME" or
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

// module adds the module of a rule: the word after the control, which may be several
// words in brackets. In a rule that begins with "-" the module is optional.
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

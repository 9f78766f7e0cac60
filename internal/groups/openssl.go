package groups

import (
	"path"
	"strings"
)

// openssl adds openssl.cnf, what it includes, and the providers and engines
// that it activates (config(5) of OpenSSL).
func (m *maker) openssl() {
	name := m.Env("OPENSSL_CONF")
	if name == "" {
		if dir := m.opensslDir(); dir != "" {
			name = dir + "/openssl.cnf"
		}
	}
	if name == "" || !m.file(name, "OpenSSL's settings") {
		return // OpenSSL has defaults for all of it
	}
	sections := map[string]map[string]string{}
	m.readCnf(name, sections, 0)
	main := sections[""]["openssl_conf"]
	for provider, section := range sections[sections[main]["providers"]] {
		m.configured(provider, sections[section]["module"], sections[section]["activate"])
	}
	for _, section := range sections[sections[main]["engines"]] {
		if at := sections[section]["dynamic_path"]; path.IsAbs(at) && !m.plugin(at, "named by openssl.cnf") {
			m.absent(at)
		}
	}
}

// configured adds the module of a provider that openssl.cnf activates.
func (m *maker) configured(provider, module, activate string) {
	switch strings.ToLower(activate) {
	case "", "0", "no", "off", "false":
		return
	}
	switch provider {
	case "default", "base", "null": // are inside libcrypto
		return
	}
	if module == "" {
		module = provider + ".so"
	}
	if path.IsAbs(module) {
		if !m.plugin(module, "named by openssl.cnf") {
			m.absent(module)
		}
		return
	}
	for _, dir := range m.compiledDirs("ossl-modules") {
		if m.plugin(path.Join(dir, module), "named by openssl.cnf") {
			return
		}
	}
	m.absent(module)
}

// readCnf adds the sections of an openssl.cnf to sections, following .include.
func (m *maker) readCnf(name string, sections map[string]map[string]string, depth int) {
	section := ""
	for line := range strings.Lines(m.text(name)) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if file, ok := strings.CutPrefix(line, ".include"); ok && depth < 8 {
			m.include(strings.Trim(strings.TrimSpace(file), "= \t\""), sections, depth+1)
			continue
		}
		if strings.HasPrefix(line, "[") {
			section = strings.TrimSpace(strings.Trim(line, "[]"))
			continue
		}
		if key, value, ok := strings.Cut(line, "="); ok {
			if sections[section] == nil {
				sections[section] = map[string]string{}
			}
			sections[section][strings.TrimSpace(key)] = strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
}

// include reads a file, or the .cnf and .conf files of a directory.
func (m *maker) include(name string, sections map[string]map[string]string, depth int) {
	const why = "OpenSSL's settings"
	if !path.IsAbs(name) {
		return
	}
	if m.file(name, why) {
		m.readCnf(name, sections, depth)
		return
	}
	list, err := m.root.ReadDir(name)
	if err != nil {
		return // OpenSSL passes over it too
	}
	for _, d := range list {
		if ext := path.Ext(d.Name()); ext == ".cnf" || ext == ".conf" {
			m.file(path.Join(name, d.Name()), why)
			m.readCnf(path.Join(name, d.Name()), sections, depth)
		}
	}
}

// compiledDirs returns the directory that libcrypto names, by its base, or the
// ones that lie beside the libraries.
func (m *maker) compiledDirs(base ...string) []string {
	named := m.literals("libcrypto.so", func(s string) bool {
		for _, b := range base {
			if path.Base(s) == b {
				return true
			}
		}
		return false
	})
	for _, b := range base {
		named = append(named, m.dirs(b)...)
	}
	return named
}

func (m *maker) providers() {
	m.compiled("OpenSSL's providers", "ossl-modules")
}

func (m *maker) engines() {
	m.compiled("OpenSSL's engines", "engines-3", "engines-1.1")
}

func (m *maker) compiled(why string, base ...string) {
	for _, dir := range m.compiledDirs(base...) {
		if m.tree(dir, why, isLibtool) {
			return
		}
	}
	m.absent(base[0])
}

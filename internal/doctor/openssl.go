package doctor

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// openssl adds openssl.cnf, the files that it includes, and the providers and engines
// that it activates (config(5) of OpenSSL).
func (m *maker) openssl() {
	name := m.env("OPENSSL_CONF")
	if name == "" {
		if dir := m.opensslDir(); dir != "" {
			name = dir + "/openssl.cnf"
		}
	}
	if name == "" || !m.file(name, "OpenSSL's settings") {
		return // OpenSSL then uses defaults
	}
	c := cnfReader{maker: m, sections: map[string]map[string]string{}, seen: map[string]bool{}}
	c.read(name, 0)
	sections := c.sections
	main := sections[""]["openssl_conf"]
	providers, engines := sections[sections[main]["providers"]], sections[sections[main]["engines"]]
	for _, provider := range slices.Sorted(maps.Keys(providers)) {
		section := sections[providers[provider]]
		m.configured(provider, section["module"], section["activate"])
	}
	for _, engine := range slices.Sorted(maps.Keys(engines)) {
		section := engines[engine]
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
	case "default", "base", "null": // built into libcrypto
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

// cnfReader reads an openssl.cnf and the files that it includes, each once.
type cnfReader struct {
	*maker
	sections map[string]map[string]string
	seen     map[string]bool // the files that were read
	settings int
}

// maxCnfSettings is the maximum number of settings in openssl.cnf and included files.
const maxCnfSettings = 10000

// read adds the sections of the file name.
func (c *cnfReader) read(name string, depth int) {
	if c.seen[name] {
		return
	}
	if depth > maxDepth {
		c.fail(fmt.Errorf("%s: more than %d levels of included files", name, maxDepth))
		return
	}
	c.seen[name] = true
	section := ""
	for line := range strings.Lines(c.text(name)) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if file, ok := strings.CutPrefix(line, ".include"); ok {
			c.include(strings.Trim(strings.TrimSpace(file), "= \t\""), depth+1)
			continue
		}
		if strings.HasPrefix(line, "[") {
			section = strings.TrimSpace(strings.Trim(line, "[]"))
			continue
		}
		if key, value, ok := strings.Cut(line, "="); ok {
			c.set(section, strings.TrimSpace(key), strings.Trim(strings.TrimSpace(value), `"`))
		}
	}
}

// set adds a setting to a section.
func (c *cnfReader) set(section, key, value string) {
	if c.settings++; c.settings > maxCnfSettings {
		c.fail(fmt.Errorf("openssl.cnf and what it includes have more than %d settings", maxCnfSettings))
		return
	}
	if c.sections[section] == nil {
		c.sections[section] = map[string]string{}
	}
	c.sections[section][key] = value
}

// include reads a file, or the .cnf and .conf files of a directory. Like OpenSSL, it
// ignores files that do not exist.
func (c *cnfReader) include(name string, depth int) {
	const why = "OpenSSL's settings"
	if !path.IsAbs(name) || c.done() {
		return
	}
	if c.file(name, why) {
		c.read(path.Clean(name), depth)
		return
	}
	for _, d := range c.list(name) {
		if ext := path.Ext(d.Name()); ext == ".cnf" || ext == ".conf" {
			c.file(path.Join(name, d.Name()), why)
			c.read(path.Join(name, d.Name()), depth)
		}
	}
}

// compiledDirs returns the directories with one of the base names: first those that are
// strings of libcrypto, then those beside the libraries.
func (m *maker) compiledDirs(base ...string) []string {
	named := m.constantPaths("libcrypto.so", func(s string) bool {
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

// providers adds all providers.
func (m *maker) providers() {
	m.compiled("OpenSSL's providers", "ossl-modules")
}

// engines adds all engines.
func (m *maker) engines() {
	m.compiled("OpenSSL's engines", "engines-3", "engines-1.1")
}

// compiled adds the first of the directories of compiledDirs that has files.
func (m *maker) compiled(why string, base ...string) {
	for _, dir := range m.compiledDirs(base...) {
		if m.tree(dir, why, isLibtool) {
			return
		}
	}
	m.absent(base[0])
}

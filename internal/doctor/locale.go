package doctor

import (
	"path"
	"slices"
	"strings"
)

// localeDir is the directory of glibc's locales, unless a string in glibc names another
// one (_nl_default_locale_path).
const localeDir = "/usr/lib/locale"

// gconv adds the modules of iconv(3) and their indexes gconv-modules, gconv-modules.d
// and the cache. The directory is compiled into libc.so.6 (GCONV_DIR).
func (m *maker) gconv() {
	if m.libc.Kind == "musl" {
		return
	}
	named := m.constantPaths("libc.so.6", func(s string) bool { return path.Base(s) == "gconv" })
	for _, dir := range append(named, m.dirs("gconv")...) {
		if m.tree(dir, "character sets", isLibtool) {
			return
		}
	}
	m.absent("gconv")
}

// locales adds the locales that LC_ALL, LC_* and LANG name, or C.UTF-8 if they name
// none. musl needs no files.
func (m *maker) locales() {
	if m.libc.Kind == "musl" {
		return
	}
	for _, name := range m.localeNames() {
		if !m.locale(name) {
			m.absent("locale " + name)
		}
	}
}

// localeNames returns the locales that the environment names, each once.
func (m *maker) localeNames() (names []string) {
	for _, v := range []string{
		"LC_ALL", "LC_CTYPE", "LC_COLLATE", "LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC", "LC_TIME", "LC_ADDRESS",
		"LC_IDENTIFICATION", "LC_MEASUREMENT", "LC_NAME", "LC_PAPER", "LC_TELEPHONE", "LANG",
	} {
		name := m.env(v)
		if name == "" || name == "C" || name == "POSIX" || strings.Contains(name, "/") || slices.Contains(names, name) {
			continue
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		names = []string{"C.UTF-8"}
	}
	return names
}

// locale adds a locale from its directory or else from the locale-archive, and reports
// whether it exists.
func (m *maker) locale(name string) bool {
	dirs := m.constantPaths("libc.so.6", func(s string) bool { return strings.HasSuffix(s, "/lib/locale") })
	if !slices.Contains(dirs, localeDir) {
		dirs = append(dirs, localeDir)
	}
	for _, dir := range dirs {
		for _, n := range []string{name, normalLocale(name)} {
			if m.tree(path.Join(dir, n), "locale "+name, nil) || m.archived(dir, n) {
				return true
			}
		}
	}
	return false
}

// normalLocale returns name as glibc spells it in the name of a directory: the character
// set has only lower-case letters and digits (_nl_normalize_codeset), so
// "de_DE.UTF-8@euro" becomes "de_DE.utf8@euro".
func normalLocale(name string) string {
	lang, rest, ok := strings.Cut(name, ".")
	if !ok {
		return name
	}
	set, modifier, has := strings.Cut(rest, "@")
	normal := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, set)
	if strings.Trim(normal, "0123456789") == "" {
		normal = "iso" + normal
	}
	if has {
		normal += "@" + modifier
	}
	return lang + "." + normal
}

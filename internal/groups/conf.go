package groups

import (
	"debug/elf"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// userDirective is a line by which servers are told who they become after
// their start: "user www-data;" (nginx), "user = mysql" (MySQL), "User nobody"
// (Apache, tinyproxy), "user haproxy", "username: "unbound"" (unbound),
// "server.username = "www-data"" (lighttpd), "cache_effective_user proxy"
// (squid), "setuid = stunnel4", "ServerUID = irc" (ngircd).
var userDirective = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?im)^[ \t]*([\w.-]*(?:user|username|uid|group|groupname|gid))[ \t]*[ \t=:][ \t]*"?([a-z_][a-z0-9_-]*)"?(?:[ \t]+([a-z_][a-z0-9_-]*))?[ \t]*;?[ \t]*(?:#.*)?$`)
})

// confUsers returns the accounts that the configuration files name.
func (m *maker) confUsers() (users, groups []string) {
	for _, name := range m.Configs {
		for _, f := range userDirective().FindAllStringSubmatch(m.text(name), -1) {
			if name := strings.ToLower(f[1]); strings.HasSuffix(name, "gid") || strings.Contains(name, "group") {
				groups = append(groups, f[2])
				continue
			}
			users = append(users, f[2])
			if f[3] != "" {
				groups = append(groups, f[3])
			}
		}
	}
	return users, groups
}

// sharedWord is a word of a configuration file that names a shared object.
var sharedWord = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[\w./+-]+\.so\b`)
})

// modules adds the shared objects that the configuration files name: nginx's
// load_module, Apache's LoadModule, PHP's extension. A name that is not absolute
// is looked for in the directories that the programs name in their strings.
func (m *maker) modules() {
	var dirs []string
	looked := false
	for _, conf := range m.Configs {
		why := "named in " + conf
		for _, word := range sharedWords(m.text(conf)) {
			if path.IsAbs(word) {
				m.module(word, why)
				continue
			}
			if !looked {
				dirs, looked = m.programDirs(), true
			}
			_ = slices.ContainsFunc(dirs, func(dir string) bool { return m.module(path.Join(dir, word), why) })
		}
	}
}

// sharedWords returns the names of shared objects in a configuration file, but
// for those in comments.
func sharedWords(text string) (words []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.ContainsRune("#;", rune(line[0])) {
			words = append(words, sharedWord().FindAllString(line, -1)...)
		}
	}
	return words
}

// module adds a shared object, and tells whether it is there. Linker scripts,
// and what else is called .so, are none.
func (m *maker) module(name, why string) bool {
	f, _ := m.open(name)
	if f == nil {
		return false
	}
	defer f.Close()
	var magic [4]byte
	if got, _ := f.ReadAt(magic[:], 0); got < len(magic) || string(magic[:]) != elf.ELFMAG {
		return false
	}
	return m.plugin(name, why)
}

// programDirs returns the directories below /usr, /opt and /lib that are string
// constants of the programs, or of the options that they were configured with.
func (m *maker) programDirs() (dirs []string) {
	m.constants(func(_ string, b []byte) {
		s := strings.TrimRight(string(b), "/")
		if !strings.HasPrefix(s, "/usr/") && !strings.HasPrefix(s, "/opt/") && !strings.HasPrefix(s, "/lib/") {
			return
		}
		if n, err := m.root.Walk(s); err == nil && n.Info.IsDir() && !slices.Contains(dirs, s) {
			dirs = append(dirs, s)
		}
	})
	return dirs
}

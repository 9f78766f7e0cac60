package groups

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
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

// confUsers returns the accounts that the configuration files name, each once.
func (m *maker) confUsers() (users, groups []string) {
	seen := map[string]bool{}
	for _, name := range m.Configs {
		m.lines(name, func(line []byte) {
			isGroup, names := userWords(line)
			for i, name := range names {
				switch asGroup := isGroup || i > 0; {
				case name == "" || seen[fmt.Sprint(asGroup, name)]:
					continue
				case asGroup:
					groups = append(groups, name)
				default:
					users = append(users, name)
				}
				seen[fmt.Sprint(isGroup || i > 0, name)] = true
			}
			if len(seen) > maxNames {
				m.fail(fmt.Errorf("%s: names more than %d accounts", name, maxNames))
			}
		})
	}
	return users, groups
}

// maxNames is how many accounts and modules configuration files may name.
const maxNames = 4096

// userWords returns the account that a line names, and its group or "", or a
// group alone.
func userWords(line []byte) (isGroup bool, names []string) {
	if !bytes.ContainsAny(line, "uUgG") { // every directive has one of them
		return false, nil
	}
	f := userDirective().FindSubmatch(line)
	if f == nil {
		return false, nil
	}
	directive := strings.ToLower(string(f[1]))
	if strings.HasSuffix(directive, "gid") || strings.Contains(directive, "group") {
		return true, []string{string(f[2])}
	}
	return false, []string{string(f[2]), string(f[3])}
}

// sharedWord is a word of a configuration file that names a shared object.
var sharedWord = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[\w./+-]+\.so\b`)
})

// modules adds the shared objects that the configuration files name: nginx's
// load_module, Apache's LoadModule, PHP's extension. A name that is not absolute
// is looked for in the directories that the programs name in their strings.
func (m *maker) modules() {
	for _, conf := range m.Configs {
		var words []string
		seen := map[string]bool{}
		m.lines(conf, func(line []byte) {
			for _, word := range sharedWords(line) {
				if !seen[word] {
					seen[word] = true
					words = append(words, word)
				}
			}
			if len(words) > maxNames {
				m.fail(fmt.Errorf("%s: names more than %d modules", conf, maxNames))
			}
		})
		m.named(words, "named in "+conf)
	}
}

// named adds the shared objects that a file names.
func (m *maker) named(words []string, why string) {
	var dirs []string
	looked := false
	for _, word := range words {
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

// sharedWords returns the names of shared objects in a line of a configuration
// file, unless it is a comment.
func sharedWords(line []byte) (words []string) {
	line = bytes.TrimSpace(line)
	if !bytes.Contains(line, []byte(".so")) || line[0] == '#' || line[0] == ';' {
		return nil
	}
	for _, word := range sharedWord().FindAll(line, -1) {
		words = append(words, string(word))
	}
	return words
}

// module adds a shared object, and reports whether it is there. Linker scripts,
// and what else is called .so, are none.
func (m *maker) module(name, why string) bool {
	f, _ := m.open(name)
	if f == nil {
		return false
	}
	defer f.Close()
	var magic [4]byte
	if got, err := f.ReadAt(magic[:], 0); got < len(magic) {
		if !errors.Is(err, io.EOF) {
			m.fail(fmt.Errorf("%s: %w", name, err))
		}
		return false
	}
	if string(magic[:]) != elf.ELFMAG {
		return false
	}
	return m.plugin(name, why)
}

// programDirs returns the directories below /usr, /opt and /lib that are string
// constants of the programs, or of the options that they were configured with.
func (m *maker) programDirs() (dirs []string) {
	seen := map[string]bool{}
	m.constants(func(_ string, b []byte) {
		s := strings.TrimRight(string(b), "/")
		if !strings.HasPrefix(s, "/usr/") && !strings.HasPrefix(s, "/opt/") && !strings.HasPrefix(s, "/lib/") {
			return
		}
		if !seen[s] && m.directory(s) != nil {
			seen[s] = true
			dirs = append(dirs, s)
		}
	})
	return dirs
}

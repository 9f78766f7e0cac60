package pkgdb

import (
	"path"
	"strings"
)

// Options selects files of a package. The zero value leaves out files that no program needs
// at run time.
type Options struct {
	// Docs adds documentation, man and info pages, changelogs and licences,
	// overrides of package checkers and the completions of shells.
	Docs bool
	// Locales adds the translations of messages. The locales of the C library are
	// always included.
	Locales bool
}

// docDirs contain only documentation, shell completions and files for the tools of the
// distribution.
var docDirs = []string{
	"/usr/share/doc/", "/usr/share/man/", "/usr/share/info/", "/usr/share/doc-base/",
	"/usr/share/gtk-doc/", "/usr/share/help/", "/usr/share/licenses/",
	"/usr/share/lintian/", "/usr/share/linda/", "/usr/share/bug/",
	"/usr/share/bash-completion/", "/etc/bash_completion.d/",
	"/usr/share/zsh/site-functions/", "/usr/share/zsh/vendor-completions/",
	"/usr/share/fish/completions/", "/usr/share/fish/vendor_completions.d/",
	"/usr/local/share/doc/", "/usr/local/share/man/", "/usr/local/man/", "/usr/man/", "/usr/doc/",
}

// localeDirs contain translated messages, by language: gettext's default directory and
// Debian's language packs.
var localeDirs = []string{"/usr/share/locale/", "/usr/share/locale-langpack/", "/usr/local/share/locale/"}

// wants reports whether f is listed.
func (o Options) wants(f file) bool {
	if !o.Docs && (f.doc || below(f.path, docDirs) || isChangelog(path.Base(f.path))) {
		return false
	}
	return o.Locales || !below(f.path, localeDirs)
}

func below(name string, dirs []string) bool {
	for _, d := range dirs {
		if strings.HasPrefix(name, d) {
			return true
		}
	}
	return false
}

// isChangelog reports whether base is a usual name of a changelog outside of docDirs.
func isChangelog(base string) bool {
	base = strings.TrimSuffix(strings.TrimSuffix(base, ".gz"), ".md")
	switch base {
	case "changelog", "changelog.Debian", "ChangeLog", "CHANGELOG", "NEWS.Debian":
		return true
	}
	return false
}

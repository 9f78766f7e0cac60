package doctor

import (
	"slices"
	"strings"
)

// terminals are the names of common terminals, which are added in addition to $TERM.
var terminals = []string{
	"xterm", "xterm-256color", "xterm-color", "screen", "screen-256color", "tmux", "tmux-256color", "linux",
	"vt100", "vt102", "vt220", "ansi", "dumb", "rxvt", "rxvt-unicode", "rxvt-unicode-256color",
}

// terminfo adds the entries of $TERM and of common terminals, from the directories of
// terminfo(5).
func (m *maker) terminfo() {
	names := terminals
	if t := m.env("TERM"); isTerminal(t) {
		names = append(slices.Clone(names), t)
	}
	found := false
	for _, name := range names {
		found = slices.ContainsFunc(terminalFiles(name), func(at string) bool {
			return m.file(at, "the terminal "+name)
		}) || found
	}
	if !found {
		m.absent("terminfo")
	}
}

// isTerminal reports whether name is valid as the name of a terminal and of its file.
func isTerminal(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}

// terminalFiles returns the paths at which the description of a terminal may be.
func terminalFiles(name string) (files []string) {
	for _, dir := range []string{"/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo", "/usr/lib/terminfo"} {
		files = append(files, dir+"/"+name[:1]+"/"+name)
	}
	return files
}

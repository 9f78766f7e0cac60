package doctor

import (
	"slices"
	"strings"
)

// terminals are the names of the common terminals, which are added beside $TERM.
var terminals = []string{
	"xterm", "xterm-256color", "xterm-color", "screen", "screen-256color", "tmux", "tmux-256color", "linux",
	"vt100", "vt102", "vt220", "ansi", "dumb", "rxvt", "rxvt-unicode", "rxvt-unicode-256color",
}

// terminfo adds a few entries out of some three thousand; terminfo(5) names the
// directories, Debian's /lib/terminfo among them.
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

// isTerminal reports whether a terminal can have that name, which is that of a
// file.
func isTerminal(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}

// terminalFiles are the files that may describe a terminal, by its name.
func terminalFiles(name string) (files []string) {
	for _, dir := range []string{"/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo", "/usr/lib/terminfo"} {
		files = append(files, dir+"/"+name[:1]+"/"+name)
	}
	return files
}

package groups

import (
	"io/fs"
	"slices"
	"strings"
)

// temporary makes the directories of hier(7) that programs write to unasked, and
// the names that it knows them by.
func (m *maker) temporary() {
	m.dir("/tmp", fs.ModeSticky|0o777, "temporary files")
	if m.Static {
		return
	}
	m.dir("/var/tmp", fs.ModeSticky|0o777, "temporary files")
	m.dir("/run", 0o755, "pid files and sockets")
	m.add(Addition{Path: "/var/run", Kind: Link, Target: "/run", Why: "the old name of /run"})
	m.merged()
	m.places()
}

// nsswitch is what glibc 2.36 does without a file, but that hosts come before
// DNS in all versions.
const nsswitch = `passwd: files
group: files
shadow: files
hosts: files dns
networks: files
protocols: files
services: files
ethers: files
rpc: files
`

// nss writes nsswitch.conf and adds the modules that the image's file names.
// Since glibc 2.34 files and dns are part of libc.so.6; musl knows no modules.
func (m *maker) nss() {
	if m.Libc == "musl" {
		return
	}
	conf := string(m.Nsswitch)
	if m.Nsswitch == nil {
		conf = nsswitch
		m.bytes("/etc/nsswitch.conf", conf, "where names are looked up")
	}
	if m.Libc != "glibc" {
		return
	}
	for _, word := range nssWords(conf) {
		builtIn := word == "files" || word == "dns"
		if builtIn && (m.LibcVersion == 0 || m.LibcVersion >= 234) {
			continue
		}
		m.library("libnss_"+word+".so.2", "nsswitch.conf names "+word)
	}
}

// nssWords returns the services that an nsswitch.conf names, sorted.
func nssWords(conf string) (words []string) {
	for line := range strings.Lines(conf) {
		line, _, _ = strings.Cut(line, "#")
		_, list, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		inAction := false // [NOTFOUND=return] may hold blanks
		for _, word := range strings.Fields(list) {
			if strings.HasPrefix(word, "[") {
				inAction = true
			}
			if !inAction {
				words = append(words, word)
			}
			if strings.HasSuffix(word, "]") {
				inAction = false
			}
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// hosts is what every container has; engines mount their own over it.
const hosts = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"

func (m *maker) netbase() {
	m.bytes("/etc/hosts", hosts, "localhost")
	for _, name := range []string{"/etc/services", "/etc/protocols"} {
		if !m.file(name, "names of ports and protocols") {
			m.absent(name)
		}
	}
}

func (m *maker) libgcc() { m.library("libgcc_s.so.1", "threads that end, and backtraces") }

// shell adds /bin/sh, whatever it is a link to.
func (m *maker) shell() {
	if !m.take("/bin/sh", Addition{Program: true, Why: "for system(3) and popen(3)"}) {
		m.absent("/bin/sh")
	}
}

// terminals are what terminal emulators call themselves, beside $TERM.
var terminals = []string{
	"xterm", "xterm-256color", "xterm-color", "screen", "screen-256color", "tmux", "tmux-256color", "linux",
	"vt100", "vt102", "vt220", "ansi", "dumb", "rxvt", "rxvt-unicode", "rxvt-unicode-256color",
}

// terminfo adds a few entries out of some three thousand; terminfo(5) names the
// directories, Debian's /lib/terminfo among them.
func (m *maker) terminfo() {
	names := terminals
	if t := m.Env("TERM"); isTerminal(t) {
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

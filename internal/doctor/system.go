package doctor

import (
	"io/fs"
	"path"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// temporary adds the directories of hier(7) that programs write to unasked, and
// their older names.
func (m *maker) temporary() {
	m.dir("/tmp", fs.ModeSticky|0o777, "temporary files")
	if m.static {
		return
	}
	m.dir("/var/tmp", fs.ModeSticky|0o777, "temporary files")
	m.dir("/run", 0o755, "pid files and sockets")
	m.add(Addition{Path: "/var/run", Kind: Link, Target: "/run", Why: "the old name of /run"})
	m.merged()
	m.serviceDirs()
}

// merged adds /bin and /sbin where they are links in the source and lead to the
// directory of a program: paths such as /bin/bash are in settings and scripts of
// all kinds.
func (m *maker) merged() {
	for _, link := range []string{"/bin", "/sbin"} {
		target := m.link(link)
		if target == "" {
			continue
		}
		dir := m.directory(link)
		if dir == nil {
			continue
		}
		for _, prog := range m.programs {
			if path.Dir(prog) == dir.Real {
				m.dir(dir.Real, 0o755, "programs")
				m.add(Addition{Path: link, Kind: Link, Target: target, Why: "the old name of " + dir.Real})
				break
			}
		}
	}
}

// link returns the text of the symlink name, "" when there is none.
func (m *maker) link(name string) string {
	info, err := m.root.Lstat(name)
	if err == nil && info.Mode()&fs.ModeSymlink == 0 || sysroot.IsAbsent(err) {
		return ""
	}
	var target string
	if err == nil {
		target, err = m.root.ReadLink(name)
	}
	if err != nil {
		m.fail(err)
	}
	return target
}

// hosts is what every container has; engines mount their own over it.
const hosts = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"

// netbase adds the names of hosts, ports and protocols.
func (m *maker) netbase() {
	m.bytes("/etc/hosts", hosts, "localhost")
	for _, name := range []string{"/etc/services", "/etc/protocols"} {
		if !m.file(name, "names of ports and protocols") {
			m.absent(name)
		}
	}
}

// libgcc adds the library that glibc unwinds stacks with.
func (m *maker) libgcc() { m.library("libgcc_s.so.1", "ending threads, and backtraces") }

// shell adds /bin/sh, whatever it is a link to.
func (m *maker) shell() {
	if !m.take("/bin/sh", Addition{Program: true, Why: "for system(3) and popen(3)"}) {
		m.absent("/bin/sh")
	}
}

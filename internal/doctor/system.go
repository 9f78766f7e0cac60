package doctor

import (
	"io/fs"
	"path"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// temporary adds /tmp and, unless all programs are static ones of Go, the other
// directories of hier(7) that programs expect, and those of services.
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

// merged adds /bin and /sbin if they are symlinks in the source to a directory with a
// program, since settings and scripts contain paths such as /bin/bash.
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

// link returns the text of the symlink name, "" if there is none.
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

// hosts is the content of /etc/hosts. Engines mount their own file over it.
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

// libgcc adds the library with which glibc unwinds stacks.
func (m *maker) libgcc() { m.library("libgcc_s.so.1", "ending threads, and backtraces") }

// shell adds /bin/sh and, if it is a symlink, its target.
func (m *maker) shell() {
	if !m.take("/bin/sh", Addition{Program: true, Why: "for system(3) and popen(3)"}) {
		m.absent("/bin/sh")
	}
}

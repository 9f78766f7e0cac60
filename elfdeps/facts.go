package elfdeps

import (
	"bytes"
	"debug/elf"
	"io"
	"strings"
	"sync"

	"github.com/mkrootfs/mkrootfs/internal/extent"
)

// facts are what is compiled into a loader (§4) and differs between distributions;
// they are found as plain strings in its file.
type facts struct {
	dirs    []string // system directories, each with a slash at its end (dl-load.c, system_dirs)
	lib     string   // what $LIB stands for (DL_DST_LIB)
	levels  []string // glibc-hwcaps subdirectories, best first (_dl_hwcaps_subdirs)
	cache   string   // ld.so.cache (LD_SO_CACHE)
	version int      // of glibc: 236 for 2.36; 0 when it does not tell
	debian  bool     // built with the patches of Debian and Ubuntu
	hwcaps  bool     // knows glibc-hwcaps subdirectories (since 2.33)
	path    string   // musl's built-in search path
	arch    string   // musl's name of its machine (LDSO_ARCH)
}

const (
	factChunk = 64 << 10 // how much of a loader is looked at at once
	factLap   = 4 << 10  // how much of it again with the next piece
	factLimit = 16 << 20 // how much of a loader is looked at at all

	maxFactDirs   = 64 // system directories; Debian's loaders have four
	maxFactLevels = 32 // glibc-hwcaps subdirectories; IBM Z has four
)

var factBuffers = sync.Pool{New: func() any { return new([factChunk]byte) }}

// readFacts looks through a loader's segments: first those that hold neither
// code nor variables, then, where strings and code share one, the others.
func readFacts(f *elfFile, open io.ReaderAt) (facts, error) {
	var found facts
	left := uint64(factLimit)
	for _, exec := range []bool{false, true} {
		for _, p := range f.Loads {
			if p.Exec != exec || p.Write {
				continue
			}
			part, _ := extent.Of(f.Size).From(p.Offset)
			part = part.Head(min(p.Size, left))
			left -= part.Len()
			if err := found.scan(open, part, f.Machine); err != nil {
				return found, err
			}
		}
		if len(found.dirs) > 0 || found.path != "" {
			break
		}
	}
	return found, nil
}

// scan looks through a part of the file, piece by piece.
func (f *facts) scan(open io.ReaderAt, part extent.Range, m elf.Machine) error {
	buf := factBuffers.Get().(*[factChunk]byte)
	defer factBuffers.Put(buf)
	for {
		piece := part.Head(factChunk)
		b := buf[:piece.Len()]
		if err := piece.ReadAt(open, b); err != nil {
			return err
		}
		f.look(b, m)
		if part.Len() <= factChunk {
			return nil
		}
		part, _ = part.From(factChunk - factLap)
	}
}

// look takes what it recognises in a piece of a loader.
func (f *facts) look(b []byte, m elf.Machine) {
	f.findDirs(b)
	f.findVersion(b)
	if f.cache == "" {
		if s := around(b, "/ld.so.cache\x00"); strings.HasPrefix(s, "/") {
			f.cache = s
		}
	}
	if f.lib == "" {
		f.lib = findLib(b)
	}
	f.hwcaps = f.hwcaps || bytes.Contains(b, []byte("glibc-hwcaps"))
	if mark := levelMark(m); mark != "" && f.levels == nil {
		f.levels = findLevels(b, mark)
	}
	if f.path == "" {
		if s := around(b, ":/usr/local/lib:"); strings.HasPrefix(s, "/") {
			f.path = s
		}
	}
	if f.arch == "" {
		_, name, _ := strings.Cut(around(b, "/etc/ld-musl-"), "/etc/ld-musl-")
		f.arch = strings.TrimSuffix(name, ".path")
	}
}

// isMusl says whose loader this is, whatever it is called; not ok when the file
// does not show it.
func (f *facts) isMusl() (musl, ok bool) {
	musl = f.arch != "" || f.path != ""
	return musl, musl || f.cache != "" || f.version > 0
}

// around returns the NUL-terminated string in b that mark is part of.
func around(b []byte, mark string) string {
	i := bytes.Index(b, []byte(mark))
	if i < 0 {
		return ""
	}
	start := bytes.LastIndexByte(b[:i], 0) + 1
	n := bytes.IndexByte(b[i:], 0)
	if n < 0 || start == 0 {
		return ""
	}
	return string(b[start : i+n])
}

// findDirs takes the longest run of absolute directories with slashes at their
// ends, one of which has to do with libraries.
func (f *facts) findDirs(b []byte) {
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte("/\x00"))
		if i < 0 {
			return
		}
		start := bytes.LastIndexByte(b[at:at+i], 0) + 1 + at
		var run []string
		for at = start; at < len(b) && b[at] == '/' && len(run) < maxFactDirs; {
			n := bytes.IndexByte(b[at:], 0)
			if n < 1 || b[at+n-1] != '/' {
				break
			}
			run = append(run, string(b[at:at+n]))
			at += n + 1
		}
		if len(run) > len(f.dirs) && strings.Contains(strings.Join(run, ""), "lib") {
			f.dirs = run
		}
		if at == start { // no directory, only something that ends in a slash
			at = start + bytes.IndexByte(b[start:], 0) + 1
		}
	}
}

// findVersion reads "ld.so (Debian GLIBC 2.36-9) stable release version 2.36.".
func (f *facts) findVersion(b []byte) {
	const mark = " release version "
	i := bytes.Index(b, []byte(mark))
	if i < 0 || f.version != 0 {
		return
	}
	major, rest := number(b[i+len(mark):])
	if len(rest) == 0 || rest[0] != '.' || major > 99 {
		return
	}
	minor, _ := number(rest[1:])
	f.version = major*100 + min(minor, 99)
	line := b[bytes.LastIndexByte(b[:i], 0)+1 : i]
	f.debian = bytes.Contains(line, []byte("(Debian")) || bytes.Contains(line, []byte("(Ubuntu"))
}

// number reads the digits that b begins with.
func number(b []byte) (n int, rest []byte) {
	for len(b) > 0 && b[0] >= '0' && b[0] <= '9' && n < 1<<20 {
		n, b = n*10+int(b[0]-'0'), b[1:]
	}
	return n, b
}

// findLib reads the value that stands behind the name "LIB" among the tokens.
func findLib(b []byte) string {
	const mark = "\x00LIB\x00"
	for {
		i := bytes.Index(b, []byte(mark))
		if i < 0 {
			return ""
		}
		b = b[i+len(mark)-1:]
		value := bytes.TrimLeft(b, "\x00")
		if n := bytes.IndexByte(value, 0); n > 0 && len(b)-len(value) <= 16 && bytes.HasPrefix(value, []byte("lib")) {
			return string(value[:n])
		}
	}
}

// findLevels reads the colon-separated list that the level mark is part of.
func findLevels(b []byte, mark string) []string {
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte(mark))
		if i < 0 {
			return nil
		}
		i += at
		start := bytes.LastIndexByte(b[at:i], 0) + 1 + at
		n := bytes.IndexByte(b[i:], 0)
		if n < 0 {
			return nil
		}
		at = i + n // the same string has no other list
		if start == 0 {
			continue
		}
		list := strings.SplitN(string(b[start:i+n]), ":", maxFactLevels+1)
		ok := len(list) <= maxFactLevels
		for _, l := range list {
			ok = ok && l != "" && len(l) < 32 && strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
		}
		if ok {
			return list
		}
	}
}

package ldso

import (
	"bytes"
	"debug/elf"
	"io"
	"strings"
	"sync"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/internal/extent"
)

// Facts are what is compiled into a loader (§4) and differs between distributions;
// they are found as plain strings in its file.
type Facts struct {
	Dirs     []string // system directories, each with a slash at its end (dl-load.c, system_dirs)
	Lib      string   // the value of $LIB (DL_DST_LIB)
	Levels   []string // glibc-hwcaps subdirectories, best first (_dl_hwcaps_subdirs)
	Cache    string   // the path of ld.so.cache (LD_SO_CACHE)
	Version  int      // of glibc: 236 for 2.36; 0 when the file does not show it
	Debian   bool     // built with the patches of Debian and Ubuntu
	MuslPath string   // musl's built-in search path
	MuslArch string   // musl's name of its machine (LDSO_ARCH)

	hwcaps bool // knows glibc-hwcaps subdirectories (since 2.33)
}

const (
	factChunk = 64 << 10 // bytes of a loader that are searched at once
	factLap   = 4 << 10  // bytes that are searched again with the next piece
	factLimit = 16 << 20 // bytes of a loader that are searched at all

	maxFactLevels = 32 // glibc-hwcaps subdirectories; IBM Z has four
)

// MaxDirs is the limit for system directories of a loader; Debian's have four.
const MaxDirs = 64

var factBuffers = sync.Pool{New: func() any { return new([factChunk]byte) }}

// readFacts searches a loader's segments: first those that hold neither
// code nor variables, then, where strings and code share one, the others.
func readFacts(f *elffile.Info, open io.ReaderAt) (Facts, error) {
	var found Facts
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
		if len(found.Dirs) > 0 || found.MuslPath != "" {
			break
		}
	}
	return found, nil
}

// scan searches a part of the file, piece by piece.
func (f *Facts) scan(open io.ReaderAt, part extent.Range, m elf.Machine) error {
	buf := factBuffers.Get().(*[factChunk]byte)
	defer factBuffers.Put(buf)
	for {
		piece := part.Head(factChunk)
		b := buf[:piece.Len()]
		if err := piece.ReadAt(open, b); err != nil {
			return err
		}
		f.scanPiece(b, m)
		if part.Len() <= factChunk {
			return nil
		}
		part, _ = part.From(factChunk - factLap)
	}
}

// scanPiece records what it recognises in a piece of a loader.
func (f *Facts) scanPiece(b []byte, m elf.Machine) {
	f.findDirs(b)
	f.findVersion(b)
	if f.Cache == "" {
		if s := around(b, "/ld.so.cache\x00"); strings.HasPrefix(s, "/") {
			f.Cache = s
		}
	}
	if f.Lib == "" {
		f.Lib = findLib(b)
	}
	f.hwcaps = f.hwcaps || bytes.Contains(b, []byte("glibc-hwcaps"))
	if mark := levelMark(m); mark != "" && f.Levels == nil {
		f.Levels = findLevels(b, mark)
	}
	if f.MuslPath == "" {
		if s := around(b, ":/usr/local/lib:"); strings.HasPrefix(s, "/") {
			f.MuslPath = s
		}
	}
	if f.MuslArch == "" {
		_, name, _ := strings.Cut(around(b, "/etc/ld-musl-"), "/etc/ld-musl-")
		f.MuslArch = strings.TrimSuffix(name, ".path")
	}
}

// isMusl reports whether this is musl's loader, whatever it is called. It is not ok
// when the file does not show it.
func (f *Facts) isMusl() (musl, ok bool) {
	musl = f.MuslArch != "" || f.MuslPath != ""
	return musl, musl || f.Cache != "" || f.Version > 0
}

// around returns the NUL-terminated string in b that contains mark.
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

// findDirs records the longest run of absolute directories that end in a slash, one
// of which has "lib" in its name.
func (f *Facts) findDirs(b []byte) {
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte("/\x00"))
		if i < 0 {
			return
		}
		start := bytes.LastIndexByte(b[at:at+i], 0) + 1 + at
		var run []string
		for at = start; at < len(b) && b[at] == '/' && len(run) < MaxDirs; {
			n := bytes.IndexByte(b[at:], 0)
			if n < 1 || b[at+n-1] != '/' {
				break
			}
			run = append(run, string(b[at:at+n]))
			at += n + 1
		}
		if len(run) > len(f.Dirs) && strings.Contains(strings.Join(run, ""), "lib") {
			f.Dirs = run
		}
		if at == start { // not a directory, only a string that ends in a slash
			at = start + bytes.IndexByte(b[start:], 0) + 1
		}
	}
}

// findVersion reads "ld.so (Debian GLIBC 2.36-9) stable release version 2.36.".
func (f *Facts) findVersion(b []byte) {
	const mark = " release version "
	i := bytes.Index(b, []byte(mark))
	if i < 0 || f.Version != 0 {
		return
	}
	major, rest := number(b[i+len(mark):])
	if len(rest) == 0 || rest[0] != '.' || major > 99 {
		return
	}
	minor, _ := number(rest[1:])
	f.Version = major*100 + min(minor, 99)
	line := b[bytes.LastIndexByte(b[:i], 0)+1 : i]
	f.Debian = bytes.Contains(line, []byte("(Debian")) || bytes.Contains(line, []byte("(Ubuntu"))
}

// number returns the number at the beginning of b, and what follows it.
func number(b []byte) (n int, rest []byte) {
	for len(b) > 0 && b[0] >= '0' && b[0] <= '9' && n < 1<<20 {
		n, b = n*10+int(b[0]-'0'), b[1:]
	}
	return n, b
}

// findLib returns the value that follows the name "LIB" among the tokens.
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

// findLevels returns the colon-separated list that contains the level mark.
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

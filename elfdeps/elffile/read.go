package elffile

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io"
	"math"
	"sync"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/layout"
	"github.com/mkrootfs/mkrootfs/internal/extent"
)

const (
	// maxPhdrBytes is the kernel's limit for program headers (fs/binfmt_elf.c,
	// load_elf_phdrs).
	maxPhdrBytes = 65536
	// maxInterp is PATH_MAX, the kernel's limit for PT_INTERP.
	maxInterp = 4096
)

// HeadSize is how much of a script the kernel reads, in bytes (BINPRM_BUF_SIZE).
const HeadSize = 256

// reader reads one ELF file (§3) by its program headers. Section headers are never
// read: loaders do not read them either, and files without any are common.
type reader struct {
	f         *Info
	as        *layout.Layout // the layout to read it by; nil for that of e_ident
	head      window         // the ELF header and what is near it
	tables    window         // the dynamic segment, then the version tables
	strings   twoWindows
	budget    int // bytes of strings that may still be read
	names     nameOffsets
	phdrBytes []byte
	strtab    extent.Range
	hasStrtab bool // strtab is known
}

var readers = sync.Pool{New: func() any { return new(reader) }}

// Read reads what a loader's search needs of the file r, which has size bytes;
// errors call it path. What is wrong with the file is in Err and Malformed of the
// result.
func Read(r io.ReaderAt, size int64, path string) *Info {
	f := &Info{Path: path, Size: size}
	read(f, r, nil)
	return f
}

// ReadAs is Read by the class and byte order of like, whatever the header of the
// file says, as a loader reads it that compares neither.
func ReadAs(r io.ReaderAt, size int64, path string, like *Info) *Info {
	f := &Info{Path: path, Size: size}
	read(f, r, &like.layout)
	return f
}

// read reads the file open into f, by the layout as or, when that is nil, by the
// one in e_ident.
func read(f *Info, open io.ReaderAt, as *layout.Layout) {
	r := readers.Get().(*reader)
	defer readers.Put(r)
	*r = reader{
		f: f, as: as, budget: maxStrings, names: nameOffsets{needed: r.names.needed[:0]}, phdrBytes: r.phdrBytes[:0],
		head:    window{r: open, file: f.whole(), room: r.head.room},
		tables:  window{r: open, file: f.whole(), room: r.tables.room},
		strings: r.strings,
	}
	r.strings.open(open, f.whole())
	f.Err = r.read()
	r.f, r.head.r, r.tables.r = nil, nil, nil
	r.strings.open(nil, extent.Range{})
}

// malformed records the first error in the file, at an offset that may lie beyond
// its end.
func (r *reader) malformed(off uint64, format string, args ...any) {
	if r.f.Malformed == nil {
		at := int64(min(off, math.MaxInt64))
		r.f.Malformed = &FormatError{Path: r.f.Path, Offset: at, Msg: fmt.Sprintf(format, args...)}
	}
}

func (r *reader) read() error {
	f := r.f
	b, err := r.head.read(f.whole().Head(64))
	if err != nil {
		return err
	}
	f.Ident = bytes.Clone(b)
	if !f.IsELF() && r.as == nil {
		b, err = r.head.read(f.whole().Head(HeadSize))
		f.Head = bytes.Clone(b)
		return err
	}
	if !r.header(b) {
		return nil
	}
	for _, step := range []func() error{r.progs, r.dynamic, r.dynamicStrings, r.versions} {
		if err := step(); err != nil || f.malformed() {
			return err
		}
	}
	return nil
}

// header reads the ELF header out of b.
func (r *reader) header(b []byte) bool {
	f := r.f
	if len(b) > int(elf.EI_DATA) {
		f.Class, f.Data = elf.Class(b[elf.EI_CLASS]), elf.Data(b[elf.EI_DATA])
	}
	if len(b) < elf.EI_NIDENT {
		r.malformed(uint64(len(b)), "the ELF header is truncated")
		return false
	}
	f.layout = layout.Of(f.Class, f.Data)
	switch {
	case r.as != nil:
		f.layout = *r.as
	case !f.layout.Wide && f.Class != elf.ELFCLASS32:
		r.malformed(elf.EI_CLASS, "unknown ELF class %d", f.Class)
	case !f.layout.Big && f.Data != elf.ELFDATA2LSB:
		r.malformed(elf.EI_DATA, "unknown byte order %d", f.Data)
	}
	size := 52
	if f.layout.Wide {
		size = 64
	}
	if len(b) < size {
		r.malformed(uint64(len(b)), "the ELF header is truncated")
		return false
	}
	f.Type, f.Machine, f.Version = elf.Type(f.layout.U16(b[16:])), elf.Machine(f.layout.U16(b[18:])), f.layout.U32(b[20:])
	f.Flags, f.PhentSize = f.layout.U32(b[size-16:]), f.layout.U16(b[size-10:])
	return f.Malformed == nil
}

// progs reads the program headers.
func (r *reader) progs() error {
	f := r.f
	size, tail, phoff := 32, 52, uint64(f.layout.U32(f.Ident[28:]))
	if f.layout.Wide {
		size, tail, phoff = 56, 64, f.layout.U64(f.Ident[32:])
	}
	n := int(f.layout.U16(f.Ident[tail-8:]))
	if n == 0 {
		return nil
	}
	switch {
	case int(f.PhentSize) != size:
		r.malformed(uint64(tail-10), "program headers of %d bytes, not %d", f.PhentSize, size)
		return nil
	case n*size > maxPhdrBytes:
		r.malformed(uint64(tail-8), "too many program headers: %d", n)
		return nil
	}
	at, ok := f.whole().Sub(phoff, uint64(n*size))
	if !ok {
		r.malformed(phoff, "the program headers lie beyond the end of the file")
		return nil
	}
	b, err := r.head.read(at)
	if err != nil {
		return err
	}
	f.phdrs = at
	r.phdrBytes = append(r.phdrBytes[:0], b...)
	return r.phdrs(r.phdrBytes, size)
}

// phdrs reads the program headers in b, size bytes each.
func (r *reader) phdrs(b []byte, size int) error {
	f := r.f
	f.Loads = make([]Segment, 0, 4)
	for ; len(b) >= size; b = b[size:] {
		p, typ := f.phdr(b)
		switch typ {
		case elf.PT_LOAD:
			f.Loads = append(f.Loads, p)
		case elf.PT_DYNAMIC:
			f.Dynamic.Present, f.Dynamic.Segment = true, p // the last one counts, even an empty one
		case elf.PT_INTERP:
			if f.HasInterp { // the first one counts
				continue
			}
			f.HasInterp = true
			if err := r.interp(p); err != nil {
				return err
			}
		case elf.PT_MIPS_ABIFLAGS:
			b, err := r.tables.read(p.data.Head(24)) // Elf_MIPS_ABIFlags_v0
			if err != nil {
				return err
			}
			f.FloatABI = bytes.Clone(b)
		}
	}
	return nil
}

func (f *Info) phdr(b []byte) (Segment, elf.ProgType) {
	typ := elf.ProgType(f.layout.U32(b))
	flags, at := elf.ProgFlag(0), 4
	if f.layout.Wide {
		flags, at = elf.ProgFlag(f.layout.U32(b[4:])), 8
	} else {
		flags = elf.ProgFlag(f.layout.U32(b[24:]))
	}
	w := f.layout.WordSize()
	p := Segment{
		Offset: f.layout.Word(b[at:]), Addr: f.layout.Word(b[at+w:]), Size: f.layout.Word(b[at+3*w:]),
		Exec: flags&elf.PF_X != 0, Write: flags&elf.PF_W != 0,
	}
	rest, _ := f.whole().From(p.Offset)
	p.data = rest.Head(p.Size)
	return p, typ
}

// interp reads PT_INTERP, which has to end in a NUL (§2; load_elf_binary).
func (r *reader) interp(p Segment) error {
	if p.Size > maxInterp || p.Size < 2 || p.data.Len() < p.Size {
		r.malformed(p.Offset, "invalid offset or size of the interpreter's name: %d bytes", p.Size)
		return nil
	}
	b, err := r.head.read(p.data)
	if err != nil {
		return err
	}
	if b[len(b)-1] != 0 {
		r.malformed(p.Offset, "the interpreter's name is not terminated")
		return nil
	}
	r.f.Interp = string(b[:bytes.IndexByte(b, 0)])
	return nil
}

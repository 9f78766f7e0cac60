package elfdeps

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io"
	"math"
	"sync"

	"github.com/mkrootfs/mkrootfs/internal/extent"
)

const (
	// maxPhdrBytes is what the kernel takes: 64 KiB of program headers (fs/binfmt_elf.c, load_elf_phdrs).
	maxPhdrBytes = 65536
	// maxInterp is PATH_MAX, the kernel's limit for PT_INTERP.
	maxInterp = 4096
	// headSize is BINPRM_BUF_SIZE: how much of a script the kernel looks at.
	headSize = 256
)

// reader reads one ELF file (§3) by its program headers; section headers are never
// looked at, since loaders do not either and files without any are common.
type reader struct {
	f       *elfFile
	as      *layout // read it by this one, whatever e_ident says
	head    window  // the ELF header and what lies near it
	tables  window  // the dynamic segment, then the version tables
	strings twoWindows
	budget  int // bytes of strings that may still be read

	needAt                                            []uint64 // offsets of the names in dyn.needs
	phdrBytes                                         []byte
	sonameAt, rpathAt, runpathAt, auditAt, depauditAt place
	strtab                                            extent.Range
	hasStrtab                                         bool // strtab is known
}

var readers = sync.Pool{New: func() any { return new(reader) }}

// readFile reads what the search needs of the file behind open; by the layout as,
// unless that is nil, no matter what e_ident says.
func readFile(f *elfFile, open io.ReaderAt, as *layout) {
	r := readers.Get().(*reader)
	defer readers.Put(r)
	*r = reader{
		f: f, as: as, budget: maxStrings, needAt: r.needAt[:0], phdrBytes: r.phdrBytes[:0],
		head:    window{r: open, file: f.whole(), room: r.head.room},
		tables:  window{r: open, file: f.whole(), room: r.tables.room},
		strings: r.strings,
	}
	r.strings.open(open, f.whole())
	f.err = r.read()
	r.f, r.head.r, r.tables.r = nil, nil, nil
	r.strings.open(nil, extent.Range{})
}

// broken notes the first thing that is wrong with the file, at an offset that
// may be one that only the file claims to have.
func (r *reader) broken(off uint64, format string, args ...any) {
	if r.f.broken == nil {
		r.f.broken = &FormatError{Path: r.f.real, Offset: int64(min(off, math.MaxInt64)), Msg: fmt.Sprintf(format, args...)}
	}
}

func (r *reader) read() error {
	f := r.f
	b, err := r.head.read(f.whole().Head(64))
	if err != nil {
		return err
	}
	f.ident = bytes.Clone(b)
	if !f.isELF() && r.as == nil {
		b, err = r.head.read(f.whole().Head(headSize))
		f.head = bytes.Clone(b)
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
	if len(b) < elf.EI_NIDENT {
		r.broken(uint64(len(b)), "the ELF header is cut short")
		return false
	}
	f.wide, f.big = f.class() == elf.ELFCLASS64, f.data() == elf.ELFDATA2MSB
	switch {
	case r.as != nil:
		f.layout = *r.as
	case !f.wide && f.class() != elf.ELFCLASS32:
		r.broken(elf.EI_CLASS, "unknown ELF class %d", f.class())
	case !f.big && f.data() != elf.ELFDATA2LSB:
		r.broken(elf.EI_DATA, "unknown byte order %d", f.data())
	}
	size := 52
	if f.wide {
		size = 64
	}
	if len(b) < size {
		r.broken(uint64(len(b)), "the ELF header is cut short")
		return false
	}
	f.typ, f.machine, f.eversion = elf.Type(f.u16(b[16:])), elf.Machine(f.u16(b[18:])), f.u32(b[20:])
	f.flags, f.phentsize = f.u32(b[size-16:]), f.u16(b[size-10:])
	return f.broken == nil
}

// progs reads the program headers.
func (r *reader) progs() error {
	f := r.f
	size, tail, phoff := 32, 52, uint64(f.u32(f.ident[28:]))
	if f.wide {
		size, tail, phoff = 56, 64, f.u64(f.ident[32:])
	}
	n := int(f.u16(f.ident[tail-8:]))
	if n == 0 {
		return nil
	}
	switch {
	case int(f.phentsize) != size:
		r.broken(uint64(tail-10), "program headers of %d bytes, not %d", f.phentsize, size)
		return nil
	case n*size > maxPhdrBytes:
		r.broken(uint64(tail-8), "too many program headers: %d", n)
		return nil
	}
	at, ok := f.whole().Sub(phoff, uint64(n*size))
	if !ok {
		r.broken(phoff, "the program headers lie beyond the end of the file")
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
	f.loads = make([]segment, 0, 4)
	for ; len(b) >= size; b = b[size:] {
		p, typ := f.phdr(b)
		switch typ {
		case elf.PT_LOAD:
			f.loads = append(f.loads, p)
		case elf.PT_DYNAMIC:
			f.hasDyn, f.dynamic = true, p // the last one counts, even an empty one
		case elf.PT_INTERP:
			if f.hasIntp { // the first one counts
				continue
			}
			f.hasIntp = true
			if err := r.interp(p); err != nil {
				return err
			}
		case elf.PT_MIPS_ABIFLAGS:
			b, err := r.tables.read(p.data.Head(24)) // Elf_MIPS_ABIFlags_v0
			if err != nil {
				return err
			}
			f.fpABI = bytes.Clone(b)
		}
	}
	return nil
}

func (f *elfFile) phdr(b []byte) (segment, elf.ProgType) {
	typ := elf.ProgType(f.u32(b))
	flags, at := elf.ProgFlag(0), 4
	if f.wide {
		flags, at = elf.ProgFlag(f.u32(b[4:])), 8
	} else {
		flags = elf.ProgFlag(f.u32(b[24:]))
	}
	w := f.wordSize()
	p := segment{
		off: f.word(b[at:]), addr: f.word(b[at+w:]), size: f.word(b[at+3*w:]),
		exec: flags&elf.PF_X != 0, write: flags&elf.PF_W != 0,
	}
	rest, _ := f.whole().From(p.off)
	p.data = rest.Head(p.size)
	return p, typ
}

// interp reads PT_INTERP, which the kernel wants to end in a NUL (§2;
// load_elf_binary).
func (r *reader) interp(p segment) error {
	if p.size > maxInterp || p.size < 2 || p.data.Len() < p.size {
		r.broken(p.off, "the interpreter's name is %d bytes long at a place that cannot be", p.size)
		return nil
	}
	b, err := r.head.read(p.data)
	if err != nil {
		return err
	}
	if b[len(b)-1] != 0 {
		r.broken(p.off, "the interpreter's name does not end")
		return nil
	}
	r.f.interp = string(b[:bytes.IndexByte(b, 0)])
	return nil
}

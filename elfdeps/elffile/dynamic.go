package elffile

import (
	"bytes"
	"debug/elf"

	"github.com/mkrootfs/mkrootfs/internal/extent"
)

// Limits that no real file reaches; a file that exceeds one is refused.
const (
	maxDynamic = 1 << 16 // entries of a dynamic segment
	maxNeeds   = 1 << 12 // DT_NEEDED, DT_AUXILIARY and DT_FILTER entries
	maxStrings = 1 << 20 // bytes of strings taken from one file
)

// dynamic reads the dynamic segment up to the first DT_NULL. The loaders find
// it in memory, by p_vaddr (§3; _dl_map_object_from_fd, rtld_setup_main_map, musl's
// map_library): neither p_offset nor p_filesz is used, but an offset beyond the
// end of the file is taken as damage. Of a tag that has one value the last
// entry counts, since glibc (elf_get_dynamic_info) and musl (decode_vec) both
// overwrite what came before.
func (r *reader) dynamic() error {
	f := r.f
	if !f.Dynamic.Present {
		return nil
	}
	table, ok := f.at(f.Dynamic.Segment.Addr)
	switch {
	case f.Dynamic.Segment.Size > 0 && f.Dynamic.Segment.data.Len() == 0: // no linker writes that
		r.malformed(f.Dynamic.Segment.Offset, "the dynamic segment lies beyond the end of the file")
		return nil
	case !ok && f.Dynamic.Segment.Size == 0: // of a separate debug file
		return nil
	case !ok:
		r.malformed(f.Dynamic.Segment.Offset, "the dynamic segment is not in a loaded segment")
		return nil
	}
	f.Dynamic.Mapped = true
	step := 2 * f.layout.WordSize()
	for i := 0; ; i++ {
		at, ok := table.Sub(uint64(i*step), uint64(step))
		if !ok {
			r.dynamicEnds(table)
			return nil
		}
		b, err := r.tables.read(at)
		if err != nil {
			return err
		}
		tag, val := f.layout.Word(b), f.layout.Word(b[step/2:])
		if elf.DynTag(tag) == elf.DT_NULL {
			return nil
		}
		if i == maxDynamic || len(f.Dynamic.Needed) > maxNeeds {
			r.malformed(at.Offset(), "too many dynamic entries")
			return nil
		}
		r.entry(elf.DynTag(tag), val)
	}
}

// dynamicEnds refuses a dynamic segment without a DT_NULL whose PT_LOAD has
// more bytes than the file.
func (r *reader) dynamicEnds(table extent.Range) {
	if p := r.f.segmentAt(r.f.Dynamic.Segment.Addr); p.data.Len() < p.Size {
		r.malformed(table.End(), "the dynamic segment is truncated")
	}
}

// entry records one dynamic entry; of a string its offset, until the place of the
// string table is known.
func (r *reader) entry(tag elf.DynTag, val uint64) {
	d := &r.f.Dynamic
	switch tag {
	case elf.DT_NEEDED, elf.DT_AUXILIARY, elf.DT_FILTER:
		d.Needed = append(d.Needed, Needed{Tag: tag})
		r.names.needed = append(r.names.needed, val)
	case elf.DT_SONAME:
		r.names.soname.set(val)
	case elf.DT_RPATH:
		r.names.rpath.set(val)
	case elf.DT_RUNPATH:
		r.names.runpath.set(val)
	case elf.DT_AUDIT:
		r.names.audit.set(val)
	case elf.DT_DEPAUDIT:
		r.names.depAudit.set(val)
	case elf.DT_STRTAB:
		d.strtab = val
	case elf.DT_STRSZ:
		d.strsz = val
	case elf.DT_SYMTAB:
		d.symtab = val
	case elf.DT_HASH:
		d.hash = val
	case elf.DT_GNU_HASH:
		d.gnuHash = val
	case elf.DT_FLAGS_1:
		d.Flags1 = elf.DynFlag1(val)
	case elf.DT_VERNEED:
		d.verneedAt = val
	case elf.DT_VERDEF:
		d.verdefAt = val
	}
}

// nameOffsets are the offsets of the strings that the dynamic segment names.
type nameOffsets struct {
	needed                                  []uint64 // of Dynamic.Needed
	soname, rpath, runpath, audit, depAudit place
}

// place is a string's offset in the string table, when there is one.
type place struct {
	at  uint64
	has bool
}

func (p *place) set(v uint64) { *p = place{v, true} }

// dynamicStrings reads the strings to which the dynamic segment refers.
func (r *reader) dynamicStrings() error {
	d := &r.f.Dynamic
	for i := range d.Needed {
		if err := r.str(place{r.names.needed[i], true}, &d.Needed[i].Name); err != nil {
			return err
		}
	}
	d.HasRpath, d.HasRunpath = r.names.rpath.has, r.names.runpath.has
	for _, s := range []struct {
		from place
		to   *string
	}{
		{r.names.soname, &d.Soname},
		{r.names.rpath, &d.Rpath},
		{r.names.runpath, &d.Runpath},
		{r.names.audit, &d.Audit},
		{r.names.depAudit, &d.DepAudit},
	} {
		if err := r.str(s.from, s.to); err != nil {
			return err
		}
	}
	return nil
}

// str reads the string at offset p of the dynamic string table into to.
func (r *reader) str(p place, to *string) error {
	if !p.has || r.f.malformed() {
		return nil
	}
	if !r.hasStrtab {
		if r.strtab, r.hasStrtab = r.f.at(r.f.Dynamic.strtab); !r.hasStrtab {
			r.malformed(r.f.Dynamic.Segment.Offset, "DT_STRTAB does not point into a loaded segment")
			return nil
		}
	}
	text, _ := r.strtab.From(p.at)
	if text.Len() == 0 {
		r.malformed(r.strtab.Offset(), "a name lies beyond the string table, at its byte %d", p.at)
		return nil
	}
	return r.cstring(text, to)
}

// cstring reads the NUL-terminated string that text begins with into to.
func (r *reader) cstring(text extent.Range, to *string) error {
	text = text.Head(maxStrings + 1)
	for n := uint64(256); ; n *= 8 {
		b, err := r.strings.read(text.Head(n))
		if err != nil {
			return err
		}
		if end := bytes.IndexByte(b, 0); end >= 0 {
			if r.budget -= end; r.budget < 0 {
				r.malformed(text.Offset(), "its names are longer than %d bytes", maxStrings)
				return nil
			}
			*to = string(b[:end])
			return nil
		}
		if n >= text.Len() {
			r.malformed(text.Offset(), "a name is not terminated")
			return nil
		}
	}
}

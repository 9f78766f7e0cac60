package elfdeps

import (
	"bytes"
	"debug/elf"
)

// What no real file comes near; a file that goes beyond is refused rather than
// believed.
const (
	maxDynamic = 1 << 16 // entries of a dynamic segment
	maxNeeds   = 1 << 12 // DT_NEEDED, DT_AUXILIARY and DT_FILTER entries
	maxStrings = 1 << 20 // bytes of strings taken from one file
)

// dynamic reads the dynamic segment up to the first DT_NULL. The loaders find
// it in memory, by p_vaddr (§3; _dl_map_object_from_fd, rtld_setup_main_map, musl's
// map_library): neither p_offset nor p_filesz counts, but an offset beyond the
// end of the file is taken for damage. Of a tag that has one value the last
// entry counts, since glibc (elf_get_dynamic_info) and musl (decode_vec) both
// overwrite what came before.
func (r *reader) dynamic() error {
	f := r.f
	if !f.hasDyn {
		return nil
	}
	off, room, ok := f.offset(f.dynamic.addr)
	switch {
	case f.dynamic.size > 0 && f.dynamic.off >= uint64(f.size): // no linker writes that
		r.broken(int64(min(f.dynamic.off, 1<<62)), "the dynamic segment lies beyond the end of the file")
		return nil
	case !ok && f.dynamic.size == 0: // of a separate debug file
		return nil
	case !ok || off >= f.size:
		r.broken(int64(min(f.dynamic.off, 1<<62)), "the dynamic segment lies in no loaded part of the file")
		return nil
	}
	f.dynMap = true
	step := 2 * f.wordSize()
	for i := range int(min(room/uint64(step), maxDynamic+1)) {
		at := off + int64(i*step)
		b, err := r.tables.at(at, step)
		if err != nil {
			return err
		}
		if len(b) < step {
			r.broken(at, "the dynamic segment is cut short")
			return nil
		}
		tag, val := f.word(b), f.word(b[step/2:])
		if elf.DynTag(tag) == elf.DT_NULL {
			return nil
		}
		if i == maxDynamic || len(f.dyn.needs) > maxNeeds {
			r.broken(at, "too many dynamic entries")
			return nil
		}
		r.entry(elf.DynTag(tag), val)
	}
	return nil
}

// entry notes one dynamic entry; of a string its offset, until the string
// table's place is known.
func (r *reader) entry(tag elf.DynTag, val uint64) {
	d := &r.f.dyn
	switch tag {
	case elf.DT_NEEDED, elf.DT_AUXILIARY, elf.DT_FILTER:
		d.needs = append(d.needs, need{tag: tag})
		r.needAt = append(r.needAt, val)
	case elf.DT_SONAME:
		r.sonameAt.set(val)
	case elf.DT_RPATH:
		r.rpathAt.set(val)
	case elf.DT_RUNPATH:
		r.runpathAt.set(val)
	case elf.DT_AUDIT:
		r.auditAt.set(val)
	case elf.DT_DEPAUDIT:
		r.depauditAt.set(val)
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
		d.flags1 = elf.DynFlag1(val)
	case elf.DT_VERNEED:
		d.verneedAt = val
	case elf.DT_VERDEF:
		d.defs = val
	}
}

// place is a string's offset in the string table, when there is one.
type place struct {
	at  uint64
	has bool
}

func (p *place) set(v uint64) { *p = place{v, true} }

// dynamicStrings reads the strings that the dynamic segment points at.
func (r *reader) dynamicStrings() error {
	d := &r.f.dyn
	for i := range d.needs {
		if err := r.str(place{r.needAt[i], true}, &d.needs[i].name); err != nil {
			return err
		}
	}
	d.hasRpath, d.hasRunpath = r.rpathAt.has, r.runpathAt.has
	for _, s := range []struct {
		from place
		to   *string
	}{
		{r.sonameAt, &d.soname},
		{r.rpathAt, &d.rpath},
		{r.runpathAt, &d.runpath},
		{r.auditAt, &d.audit},
		{r.depauditAt, &d.depaudit},
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
	if !r.strtab.has {
		off, n, ok := r.f.offset(r.f.dyn.strtab)
		if !ok {
			r.broken(int64(min(r.f.dynamic.off, 1<<62)), "DT_STRTAB points at no loaded part of the file")
			return nil
		}
		r.strtab, r.strOff, r.strLen = place{has: true}, off, n
	}
	if p.at >= r.strLen {
		r.broken(r.strOff, "a name lies beyond the string table, at its byte %d", p.at)
		return nil
	}
	return r.cstring(r.strOff+int64(p.at), int64(min(r.strLen-p.at, maxStrings+1)), to)
}

// cstring reads the NUL-terminated string at off, at most limit bytes, into to.
func (r *reader) cstring(off, limit int64, to *string) error {
	for n := int64(256); ; n *= 8 {
		n = min(n, limit)
		b, err := r.strings.at(off, int(min(n, maxStrings)))
		if err != nil {
			return err
		}
		if end := bytes.IndexByte(b, 0); end >= 0 {
			if r.budget -= end; r.budget < 0 {
				r.broken(off, "its names are longer than %d bytes", maxStrings)
				return nil
			}
			*to = string(b[:end])
			return nil
		}
		if int64(len(b)) < n || n == limit || n > maxStrings {
			r.broken(off, "a name does not end")
			return nil
		}
	}
}

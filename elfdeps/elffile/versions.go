package elffile

import (
	"fmt"

	"github.com/mkrootfs/mkrootfs/internal/extent"
)

// maxVersions is the limit for symbol versions of one file.
const maxVersions = 1 << 14

// manyVersions is the number of definitions above which a map of them is made;
// glibc has some forty.
const manyVersions = 1 << 8

// versions reads DT_VERNEED and DT_VERDEF (§12; gABI, GNU symbol versioning), first
// the one that comes first in the file: mostly one read gets both.
func (r *reader) versions() error {
	d := &r.f.Dynamic
	d.Versions.HasDefinitions = d.verdefAt != 0
	steps := [2]func() error{r.definitions, r.verneed}
	if d.verneedAt < d.verdefAt {
		steps[0], steps[1] = steps[1], steps[0]
	}
	for _, step := range steps {
		if err := step(); err != nil || r.f.malformed() {
			return err
		}
	}
	return nil
}

// record reads the n bytes that a record of a version table begins with.
func (r *reader) record(table extent.Range, n uint64) ([]byte, error) {
	at, ok := table.Sub(0, n)
	if !ok {
		r.cutShort(table)
		return nil, nil
	}
	return r.tables.read(at)
}

func (r *reader) cutShort(table extent.Range) {
	r.malformed(table.Offset(), "a symbol version table is truncated")
}

// after returns the part of a version table that begins distance bytes after one
// of its records.
func (r *reader) after(table extent.Range, distance uint32) extent.Range {
	rest, ok := table.From(uint64(distance))
	if !ok {
		r.cutShort(table)
	}
	return rest
}

func (r *reader) verneed() error {
	f := r.f
	if f.Dynamic.verneedAt == 0 {
		return nil
	}
	table, ok := f.at(f.Dynamic.verneedAt)
	if !ok {
		r.malformed(f.Dynamic.Segment.Offset, "DT_VERNEED does not point into a loaded segment")
		return nil
	}
	for budget := maxVersions; ; {
		b, err := r.record(table, 16)
		if b == nil {
			return err
		}
		if v := f.layout.U16(b); v != 1 { // VER_NEED_CURRENT; _dl_check_map_versions
			const text = "unsupported version %d of Verneed record (at byte %d)"
			f.Dynamic.Versions.Unsupported = fmt.Sprintf(text, v, table.Offset())
			return nil
		}
		name, aux, next := f.layout.U32(b[4:]), f.layout.U32(b[8:]), f.layout.U32(b[12:])
		f.Dynamic.Versions.Required = append(f.Dynamic.Versions.Required, VersionNeed{})
		v := &f.Dynamic.Versions.Required[len(f.Dynamic.Versions.Required)-1]
		if err := r.str(place{uint64(name), true}, &v.File); err != nil {
			return err
		}
		if err := r.vernaux(r.after(table, aux), v, &budget); err != nil {
			return err
		}
		if f.malformed() || next == 0 {
			return nil
		}
		table = r.after(table, next)
	}
}

// vernaux reads the versions required of one library, except weak ones, whose
// absence is no error (§12; match_symbol in dl-version.c).
func (r *reader) vernaux(table extent.Range, v *VersionNeed, budget *int) error {
	const weak = 2 // VER_FLG_WEAK
	for {
		b, err := r.record(table, 16)
		if b == nil {
			return err
		}
		hash, flags, name, next := r.f.layout.U32(b), r.f.layout.U16(b[4:]), r.f.layout.U32(b[8:]), r.f.layout.U32(b[12:])
		if flags&weak == 0 {
			v.Versions = append(v.Versions, Version{Hash: hash})
			if err := r.str(place{uint64(name), true}, &v.Versions[len(v.Versions)-1].Name); err != nil {
				return err
			}
		}
		if *budget--; *budget < 0 {
			r.malformed(table.Offset(), "too many symbol versions")
		}
		if next == 0 || r.f.malformed() {
			return nil
		}
		table = r.after(table, next)
	}
}

// definitions reads DT_VERDEF, and makes a map of many definitions.
func (r *reader) definitions() error {
	err := r.verdef()
	if d := &r.f.Dynamic; len(d.Versions.defined) > manyVersions {
		d.Versions.table = make(map[Version]bool, len(d.Versions.defined))
		for _, v := range d.Versions.defined {
			d.Versions.table[v] = true
		}
	}
	return err
}

func (r *reader) verdef() error {
	f := r.f
	if !f.Dynamic.Versions.HasDefinitions {
		return nil
	}
	table, ok := f.at(f.Dynamic.verdefAt)
	if !ok {
		r.malformed(f.Dynamic.Segment.Offset, "DT_VERDEF does not point into a loaded segment")
		return nil
	}
	for budget := maxVersions; budget > 0; budget-- {
		b, err := r.record(table, 20)
		if b == nil {
			return err
		}
		hash, aux, next := f.layout.U32(b[8:]), f.layout.U32(b[12:]), f.layout.U32(b[16:])
		if b, err = r.record(r.after(table, aux), 8); b == nil {
			return err
		}
		v := Version{Hash: hash}
		if err := r.str(place{uint64(f.layout.U32(b)), true}, &v.Name); err != nil {
			return err
		}
		f.Dynamic.Versions.defined = append(f.Dynamic.Versions.defined, v)
		if f.malformed() || next == 0 {
			return nil
		}
		table = r.after(table, next)
	}
	r.malformed(table.Offset(), "too many symbol versions")
	return nil
}

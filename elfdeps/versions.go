package elfdeps

import "fmt"

// maxVersions is how many symbol versions of one file are believed.
const maxVersions = 1 << 14

// versions reads DT_VERNEED and DT_VERDEF (§12; gABI, GNU symbol versioning), first
// the one that comes first: mostly one read gets both.
func (r *reader) versions() error {
	d := &r.f.dyn
	d.hasDefs = d.defs != 0
	steps := [2]func() error{r.verdef, r.verneed}
	if d.verneedAt < d.defs {
		steps[0], steps[1] = steps[1], steps[0]
	}
	for _, step := range steps {
		if err := step(); err != nil || r.f.malformed() {
			return err
		}
	}
	return nil
}

// record reads the n bytes at off of a version table.
func (r *reader) record(off int64, n int) ([]byte, error) {
	b, err := r.tables.at(off, n)
	if err == nil && len(b) < n {
		r.broken(off, "a symbol version table is cut short")
		return nil, nil
	}
	return b, err
}

func (r *reader) verneed() error {
	f := r.f
	if f.dyn.verneedAt == 0 {
		return nil
	}
	at, _, ok := f.offset(f.dyn.verneedAt)
	if !ok {
		r.broken(int64(f.dynamic.off), "DT_VERNEED points at no loaded part of the file")
		return nil
	}
	for budget := maxVersions; ; {
		b, err := r.record(at, 16)
		if b == nil {
			return err
		}
		if v := f.u16(b); v != 1 { // VER_NEED_CURRENT; _dl_check_map_versions
			f.dyn.badVers = fmt.Sprintf("unsupported version %d of Verneed record (at byte %d)", v, at)
			return nil
		}
		name, aux, next := f.u32(b[4:]), f.u32(b[8:]), f.u32(b[12:])
		f.dyn.verneed = append(f.dyn.verneed, verneed{})
		v := &f.dyn.verneed[len(f.dyn.verneed)-1]
		if err := r.str(place{uint64(name), true}, &v.file); err != nil {
			return err
		}
		if err := r.vernaux(at+int64(aux), v, &budget); err != nil {
			return err
		}
		if f.malformed() || next == 0 {
			return nil
		}
		at += int64(next)
	}
}

// vernaux reads the versions wanted of one library, the weak ones left out:
// nothing is lost where those are absent (§12; match_symbol in dl-version.c).
func (r *reader) vernaux(at int64, v *verneed, budget *int) error {
	const weak = 2 // VER_FLG_WEAK
	for {
		b, err := r.record(at, 16)
		if b == nil {
			return err
		}
		hash, flags, name, next := r.f.u32(b), r.f.u16(b[4:]), r.f.u32(b[8:]), r.f.u32(b[12:])
		if flags&weak == 0 {
			v.versions = append(v.versions, version{hash: hash})
			if err := r.str(place{uint64(name), true}, &v.versions[len(v.versions)-1].name); err != nil {
				return err
			}
		}
		if *budget--; *budget < 0 {
			r.broken(at, "too many symbol versions")
		}
		if next == 0 || r.f.malformed() {
			return nil
		}
		at += int64(next)
	}
}

func (r *reader) verdef() error {
	f := r.f
	if !f.dyn.hasDefs {
		return nil
	}
	at, _, ok := f.offset(f.dyn.defs)
	if !ok {
		r.broken(int64(f.dynamic.off), "DT_VERDEF points at no loaded part of the file")
		return nil
	}
	for budget := maxVersions; budget > 0; budget-- {
		b, err := r.record(at, 20)
		if b == nil {
			return err
		}
		hash, aux, next := f.u32(b[8:]), f.u32(b[12:]), f.u32(b[16:])
		if b, err = r.record(at+int64(aux), 8); b == nil {
			return err
		}
		f.dyn.verdef = append(f.dyn.verdef, version{hash: hash})
		if err := r.str(place{uint64(f.u32(b)), true}, &f.dyn.verdef[len(f.dyn.verdef)-1].name); err != nil {
			return err
		}
		if f.malformed() || next == 0 {
			return nil
		}
		at += int64(next)
	}
	r.broken(at, "too many symbol versions")
	return nil
}

package doctor

import (
	"bytes"
	"slices"
	"strings"
)

// needObject has the properties of an object that the rows of needTable use.
type needObject struct {
	path    string
	soname  string
	needed  []string // its DT_NEEDED
	imports []string // its undefined dynamic symbols
	program bool     // it is a program, not a library
	static  bool     // it has no DT_NEEDED and no interpreter
	isGo    bool     // linked by Go's linker

	// literals calls yield with each string constant until yield returns false; nil
	// means that there are none.
	literals func(yield func([]byte) bool) error
}

// evidence are the rows of needTable that an object triggers. It does not depend on the
// image or on other objects.
type evidence struct {
	path, soname string
	isGo, static bool
	matches      []match
}

// match is a row that an object triggers.
type match struct {
	row      *needRow
	triggers []string
	degree   Degree // regardless of the environment
}

// triggerTables are the possible triggers in one object.
type triggerTables struct {
	imports  map[string]bool
	needed   map[string]bool // sonames up to ".so"
	literals map[string]bool // only those of wantedLiterals
}

// evidenceOf matches an object with all rows. The error is that of o.literals.
func evidenceOf(o needObject) (evidence, error) {
	e := evidence{path: o.path, soname: o.soname, isGo: o.isGo, static: o.static}
	if isLibc(o.soname) {
		return e, nil
	}
	t := triggerTables{imports: make(map[string]bool, len(o.imports)), needed: map[string]bool{}}
	for _, name := range o.imports {
		t.imports[name] = true
	}
	for _, name := range o.needed {
		t.needed[stem(name)] = true
	}
	var err error
	t.literals, err = literalsOf(&o, t.needed)
	for i := range needTable {
		r := &needTable[i]
		degree := r.degree(&o)
		if degree == 0 {
			continue
		}
		if triggers := r.triggers(&o, &t); len(triggers) > 0 {
			e.matches = append(e.matches, match{r, triggers, degree})
		}
	}
	return e, err
}

// stem returns a soname up to its ".so".
func stem(soname string) string {
	if i := strings.Index(soname, ".so"); i >= 0 {
		return soname[:i+3]
	}
	return soname
}

// literalsOf returns the strings of wantedLiterals that o contains. In a statically
// linked program a part of a longer string counts, too, since constants of Rust and
// others are not terminated.
func literalsOf(o *needObject, needed map[string]bool) (map[string]bool, error) {
	wanted := wantedLiterals(o, needed)
	found := map[string]bool{}
	if len(wanted) == 0 || o.literals == nil {
		return found, nil
	}
	var lengths [64]bool // the lengths of wanted strings; avoids most lookups in the map
	for name := range wanted {
		lengths[len(name)%64] = true
	}
	err := o.literals(func(b []byte) bool {
		if lengths[len(b)%64] && wanted[string(b)] {
			found[string(b)] = true
		} else if o.static && !o.isGo && bytes.IndexByte(b, '/') >= 0 {
			for name := range wanted {
				if bytes.Contains(b, []byte(name)) {
					found[name] = true
				}
			}
		}
		return true
	})
	return found, err
}

// wantedLiterals returns the strings that rows look for in o: for programs all, for
// libraries those of rows whose beside they need.
func wantedLiterals(o *needObject, needed map[string]bool) map[string]bool {
	wanted := map[string]bool{}
	for i := range needTable {
		r := &needTable[i]
		var names []string
		if o.isGo {
			names = slices.Concat(r.funcs, r.not)
		} else if r.readsLiterals(o, needed) {
			names = r.literals
		}
		for _, name := range names {
			wanted[name] = true
		}
	}
	return wanted
}

// isLibc reports whether an object is the C library, the loader, or a library that was a
// part of glibc before 2.34. They define the symbols of the rows, and import them from
// each other, so they trigger nothing.
func isLibc(soname string) bool {
	for _, prefix := range []string{"ld-linux", "ld64.so", "libc.musl-", "ld-musl-"} {
		if strings.HasPrefix(soname, prefix) {
			return true
		}
	}
	switch soname {
	case "libc.so.6", "libc.so.6.1", "libc.so", "ld.so.1", "libpthread.so.0", "libdl.so.2", "librt.so.1",
		"libresolv.so.2", "libnsl.so.1", "libutil.so.1", "libanl.so.1", "libm.so.6":
		return true
	}
	return false
}

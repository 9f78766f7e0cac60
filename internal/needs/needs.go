// Package needs tells which run-time files programs will ask for that no
// DT_NEEDED names: users, certificates, time zones, character sets, plugins.
//
// It judges by what the objects of a closure import, by the libraries that they
// need and, where that says too little, by their string constants, along one
// table (table.go): a row a need. It reads no file and runs nothing; which
// files a group consists of is for package groups. Its caveat: that a program
// can call getpwuid does not mean that it will. Start with Find.
package needs

import (
	"cmp"
	"slices"
	"strings"
)

// Degree says how sure it is that the programs miss something without a group.
type Degree int

// The degrees. What is Possible is worth telling to who asks; what is Likely is
// worth a hint; what is Certain is worth adding where it costs little.
const (
	Possible Degree = iota + 1
	Likely
	Certain
)

func (d Degree) String() string {
	return [...]string{"none", "possible", "likely", "certain"}[d]
}

// Object is a file of a closure, as far as it matters here.
type Object struct {
	Path    string
	Soname  string
	Needed  []string // its DT_NEEDED
	Imports []string // its undefined dynamic symbols
	Program bool     // it is what the image runs, not a library
	Static  bool     // it has no DT_NEEDED and no interpreter
	Go      bool     // linked by Go's linker

	// Literals calls yield with each of its NUL-terminated string constants until
	// that returns false. It is called for few objects, and once; nil means none.
	Literals func(yield func([]byte) bool) error
}

// Facts are what an answer depends on beside the objects.
type Facts struct {
	// Libc is "glibc" or "musl", "" when nothing is linked dynamically.
	Libc string
	// Env returns a variable of the image's environment; nil is an empty one.
	Env func(name string) string
	// Configs tells that configuration files go into the image.
	Configs bool
}

// Need is one answer: an object asks for a group.
type Need struct {
	Group    string
	Triggers []string // the symbols, libraries or strings by which it shows
	In       string   // Path of the object
	Soname   string   // its Soname; "" for most programs
	Degree   Degree
	Why      string // what does not work without the group
}

// Certain tells whether the programs certainly miss the group.
func (n Need) Certain() bool { return n.Degree == Certain }

// Find returns what the objects need, in the order of the table; the needs of
// one group together, those of the highest degree first, else in the order of
// the objects. There is one for each group and object. An error is one of
// Literals; the answer is complete but for that object's strings.
func Find(objects []Object, f Facts) ([]Need, error) {
	if f.Env == nil {
		f.Env = func(string) string { return "" }
	}
	have := map[string]bool{}
	for _, o := range objects {
		have[o.Soname] = o.Soname != ""
	}
	var found []Need
	var firstErr error
	for i := range objects {
		o := &objects[i]
		if isLibc(o.Soname) {
			continue
		}
		lit, err := literalsOf(o)
		if err != nil && firstErr == nil {
			firstErr = err
		}
		sight := newSight(o, lit)
		for _, r := range table {
			if n, ok := r.match(sight, f); ok && !have[r.unless] {
				found = merge(found, n)
			}
		}
	}
	found = append(found, always(objects, found, f)...)
	slices.SortStableFunc(found, func(a, b Need) int {
		return cmp.Or(cmp.Compare(rank(a.Group), rank(b.Group)), cmp.Compare(b.Degree, a.Degree))
	})
	return found, firstErr
}

// Best returns the first need of each group, which is its surest.
func Best(all []Need) []Need {
	var out []Need
	for _, n := range all {
		if len(out) == 0 || out[len(out)-1].Group != n.Group {
			out = append(out, n)
		}
	}
	return out
}

// always names what every image gets: users and temporary directories are asked
// for without a library function as well, and cost nothing; a configuration file
// brings what it names.
func always(objects []Object, found []Need, f Facts) (out []Need) {
	if len(objects) == 0 {
		return nil
	}
	all := []Need{
		{Group: "passwd", Why: "whoever runs has a name and a home"},
		{Group: "tmp", Why: "programs make temporary files in ways of their own too"},
	}
	if f.Configs {
		all = append(all, Need{Group: "modules", Why: "configuration files may name modules"})
	}
	for _, n := range all {
		if !slices.ContainsFunc(found, func(f Need) bool { return f.Group == n.Group && f.Degree == Certain }) {
			n.In, n.Soname, n.Degree = objects[0].Path, objects[0].Soname, Certain
			out = append(out, n)
		}
	}
	return out
}

// merge adds n to found; of one group and object there is one.
func merge(found []Need, n Need) []Need {
	for i := range found {
		have := &found[i]
		if have.Group != n.Group || have.In != n.In {
			continue
		}
		if n.Degree > have.Degree {
			n.Triggers = append(n.Triggers, have.Triggers...)
			*have = n
		} else {
			have.Triggers = append(have.Triggers, n.Triggers...)
		}
		return found
	}
	return append(found, n)
}

// rank is a group's place in the table; one that no row is about comes last.
func rank(group string) int {
	if i := slices.IndexFunc(table, func(r row) bool { return r.group == group }); i >= 0 {
		return i
	}
	return len(table)
}

// isLibc tells whether an object is the C library or the loader, or one of the
// parts that glibc had before 2.34: they define what the rows look for, and
// import it from each other.
func isLibc(soname string) bool {
	if strings.HasPrefix(soname, "ld-linux") || strings.HasPrefix(soname, "ld64.so") ||
		strings.HasPrefix(soname, "libc.musl-") || strings.HasPrefix(soname, "ld-musl-") {
		return true
	}
	switch soname {
	case "libc.so.6", "libc.so.6.1", "libc.so", "ld.so.1", "libpthread.so.0", "libdl.so.2", "librt.so.1",
		"libresolv.so.2", "libnsl.so.1", "libutil.so.1", "libanl.so.1", "libm.so.6":
		return true
	}
	return false
}

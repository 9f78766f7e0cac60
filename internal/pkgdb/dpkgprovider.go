package pkgdb

import (
	"io"
	"path"
	"strings"
)

// sonames implements backend by the shlibs and symbols files of the installed
// packages: deb-shlibs(5), deb-symbols(5).
func (db *dpkgDB) sonames(soname string) []Provider {
	if db.shlibs == nil {
		db.readShlibs()
	}
	return db.shlibs[soname]
}

func (db *dpkgDB) readShlibs() {
	db.shlibs = map[string][]Provider{}
	entries, err := db.root.ReadDir(db.info)
	if err != nil {
		return
	}
	for _, e := range entries {
		parse := parseShlibs
		switch path.Ext(e.Name()) {
		case ".symbols":
			parse = parseSymbols
		case ".shlibs":
		default:
			continue
		}
		text, err := readText(db.root, path.Join(db.info, e.Name()))
		if err != nil {
			continue
		}
		for soname, pkg := range parse(text) {
			db.shlibs[soname] = append(db.shlibs[soname], Provider{Package: pkg})
		}
	}
}

// parseShlibs reads "[type:] library version dependency…". The soname is
// library.so.version, or library-version.so (dpkg-shlibdeps, soname_to_lib).
func parseShlibs(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.SplitSeq(text, "\n") {
		words := strings.Fields(line)
		if len(words) < 3 || strings.HasSuffix(words[0], ":") || words[0][0] == '#' {
			continue
		}
		lib, version, pkg := words[0], words[1], strings.TrimSuffix(words[2], ",")
		out[lib+".so."+version] = pkg
		out[lib+"-"+version+".so"] = pkg
	}
	return out
}

// parseSymbols reads the lines that begin a library: "soname package …". The
// symbols below are indented, the further dependencies begin with | and *.
func parseSymbols(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" || strings.ContainsRune(" \t|*#", rune(line[0])) {
			continue
		}
		if words := strings.Fields(line); len(words) >= 2 {
			out[words[0]] = words[1]
		}
	}
	return out
}

// aptLists is where apt keeps what it has downloaded: apt.conf(5), Dir::State::Lists.
const aptLists = "/var/lib/apt/lists"

// known implements backend: by the Contents files where they have been
// fetched, which know every file of the distribution; else by the names of its
// packages, of which a library's package has its soname (Debian policy 8.1).
func (db *dpkgDB) known(name string) []Provider {
	entries, err := db.root.ReadDir(aptLists)
	if err != nil {
		return nil
	}
	var contents, packages []string
	for _, e := range entries {
		stem := e.Name()
		for ext := range unpackers {
			stem = strings.TrimSuffix(stem, ext)
		}
		switch {
		case strings.HasSuffix(stem, "_Packages"):
			packages = append(packages, path.Join(aptLists, e.Name()))
		case strings.Contains(path.Base(stem), "_Contents-"):
			contents = append(contents, path.Join(aptLists, e.Name()))
		}
	}
	if out := db.scan(contents, contentsFinder(name)); len(out) > 0 {
		return out
	}
	return db.scan(packages, packageFinder(sonamePackages(strings.ToLower(name))))
}

// finder looks at one line of an index.
type finder func(line []byte) []Provider

// scan runs every line of the indexes past find. One that cannot be read to
// its end, in a form that is not understood say, serves as far as it goes.
func (db *dpkgDB) scan(names []string, find finder) []Provider {
	var out []Provider
	for _, name := range names {
		_ = withUnpacked(db.root, name, func(r io.Reader) error {
			return eachLine(r, func(line []byte) { out = append(out, find(line)...) })
		})
	}
	return out
}

// contentsFinder finds a base name in the lines of a Contents file: a path
// from the top, blanks, and the packages as [[area/]section/]name, joined by
// commas (Debian wiki, RepositoryFormat).
func contentsFinder(base string) finder {
	return func(line []byte) []Provider {
		end := lastBlank(line)
		if end < 0 {
			return nil
		}
		at := strings.TrimRight(string(line[:end]), " \t")
		if !strings.HasSuffix(at, base) || path.Base(at) != base {
			return nil
		}
		var out []Provider
		for pkg := range strings.SplitSeq(string(line[end+1:]), ",") {
			out = append(out, Provider{Package: path.Base(pkg), Path: path.Clean("/" + at)})
		}
		return out
	}
}

func lastBlank(line []byte) int {
	for i := len(line) - 1; i >= 0; i-- {
		if line[i] == ' ' || line[i] == '\t' {
			return i
		}
	}
	return -1
}

// packageFinder finds the packages of one of these names.
func packageFinder(names []string) finder {
	want := map[string]bool{}
	for _, n := range names {
		want[n] = true
	}
	const field = "Package: "
	return func(line []byte) []Provider {
		if len(line) <= len(field) || string(line[:len(field)]) != field || !want[string(line[len(field):])] {
			return nil
		}
		return []Provider{{Package: string(line[len(field):])}}
	}
}

package pkgdb

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"strings"
)

// sonames implements backend by the shlibs and symbols files of the installed
// packages: deb-shlibs(5), deb-symbols(5).
func (db *dpkgDB) sonames(ctx context.Context, w *wanted) error {
	entries, err := db.dir(db.info)
	if err != nil {
		return err
	}
	b := newBudget(maxLists, db.info+": the lists of libraries")
	opened := 0
	for _, e := range entries {
		read := shlib
		switch path.Ext(e.Name()) {
		case ".symbols":
			read = symbol
		case ".shlibs":
		default:
			continue
		}
		if opened++; opened > maxOpened {
			return fmt.Errorf("%s: more than %d lists of libraries", db.info, maxOpened)
		}
		err := db.lines(ctx, path.Join(db.info, e.Name()), b, func(line []byte) error {
			read(line, w)
			return nil
		})
		if err := unlessDamaged(err); err != nil {
			return err
		}
	}
	return nil
}

// shlib reads a line "[type:] library version dependency…". The soname is
// library.so.version, or library-version.so (dpkg-shlibdeps, soname_to_lib).
func shlib(line []byte, w *wanted) {
	words := strings.Fields(string(line))
	if len(words) < 3 || strings.HasSuffix(words[0], ":") || words[0][0] == '#' {
		return
	}
	lib, version, by := words[0], words[1], Provider{Package: strings.TrimSuffix(words[2], ",")}
	w.add(lib+".so."+version, by)
	w.add(lib+"-"+version+".so", by)
}

// symbol reads a line that begins a library: "soname package …". Lines of symbols are
// indented, and those of further dependencies begin with | and *.
func symbol(line []byte, w *wanted) {
	if len(line) == 0 || bytes.IndexByte([]byte(" \t|*#"), line[0]) >= 0 {
		return
	}
	if words := strings.Fields(string(line)); len(words) >= 2 {
		w.add(words[0], Provider{Package: words[1]})
	}
}

// aptLists is the directory of apt's downloaded indexes: apt.conf(5), Dir::State::Lists.
const aptLists = "/var/lib/apt/lists"

// known implements backend. It uses the Contents files if they were downloaded, which list
// every file of the distribution, otherwise the names of the packages: the package of a
// library is named after its soname (Debian policy 8.1).
func (db *dpkgDB) known(ctx context.Context, w *wanted) error {
	contents, packages, err := db.aptIndexes()
	if err != nil {
		return err
	}
	b := newBudget(maxIndexes, aptLists)
	if err := db.scan(ctx, contents, b, w.contentsLine); err != nil {
		return err
	}
	rest := w.without()
	if len(rest.found) == 0 {
		return nil
	}
	err = db.scan(ctx, packages, b, packageFinder(rest))
	w.merge(rest)
	return err
}

// aptIndexes returns the names of the indexes that apt has downloaded. Contents-all is
// left out, since packages for all architectures have no libraries.
func (db *dpkgDB) aptIndexes() (contents, packages []string, err error) {
	entries, err := db.dir(aptLists)
	for _, e := range entries {
		stem := e.Name()
		for ext := range unpackers {
			stem = strings.TrimSuffix(stem, ext)
		}
		switch {
		case strings.HasSuffix(stem, "_Packages"):
			packages = append(packages, path.Join(aptLists, e.Name()))
		case strings.Contains(stem, "_Contents-") && !strings.HasSuffix(stem, "_Contents-all"):
			contents = append(contents, path.Join(aptLists, e.Name()))
		}
	}
	return contents, packages, err
}

// scan calls find for every line of the indexes. An index that cannot be read to its end,
// for instance because of its format, is used up to that point.
func (db *dpkgDB) scan(ctx context.Context, names []string, b *budget, find func(line []byte)) error {
	for _, name := range names {
		err := db.unpacked(ctx, name, b, func(r io.Reader) error {
			return db.each(ctx, r, b, func(line []byte) error {
				find(line)
				return nil
			})
		})
		if err := unlessDamaged(err); err != nil {
			return err
		}
	}
	return nil
}

// contentsLine reads a line of a Contents file: a path from the top, blanks, and
// the packages as [[area/]section/]name, joined by commas (Debian wiki,
// RepositoryFormat).
func (w *wanted) contentsLine(line []byte) {
	end := bytes.LastIndexAny(line, " \t")
	if end < 0 {
		return
	}
	at := bytes.TrimRight(line[:end], " \t")
	base := at[bytes.LastIndexByte(at, '/')+1:]
	if _, ok := w.found[string(base)]; !ok || w.programs && !isProgramDir(path.Dir("/"+string(at))) {
		return
	}
	for pkg := range strings.SplitSeq(string(line[end+1:]), ",") {
		w.add(string(base), Provider{Package: path.Base(pkg), Path: path.Clean("/" + string(at))})
	}
}

// packageFinder returns a function that reads a line of a Packages file and finds the
// packages whose names are derived from the sonames, or are those of the programs.
func packageFinder(w *wanted) func(line []byte) {
	sonames := map[string][]string{} // by the name of the package
	for name := range w.found {
		if w.programs {
			sonames[name] = []string{name}
			continue
		}
		for _, pkg := range sonamePackages(strings.ToLower(name)) {
			sonames[pkg] = append(sonames[pkg], name)
		}
	}
	field := []byte("Package: ")
	return func(line []byte) {
		pkg, ok := bytes.CutPrefix(line, field)
		if !ok {
			return
		}
		for _, name := range sonames[string(pkg)] {
			w.add(name, Provider{Package: string(pkg)})
		}
	}
}

// sonamePackages returns the names that Debian policy 8.1 gives the package of a shared
// library: libfoo1 for libfoo.so.1, libfoo2-1 for libfoo2.so.1, and
// libfoo-1.2-3 for libfoo-1.2.so.3; and those of the time_t transition (t64).
func sonamePackages(soname string) []string {
	lib, version, ok := strings.Cut(soname, ".so.")
	if !ok {
		lib, ok = strings.CutSuffix(soname, ".so")
		if !ok {
			return nil
		}
	}
	lib = strings.ReplaceAll(strings.ToLower(lib), "_", "-")
	if n := len(lib); version != "" && n > 0 && lib[n-1] >= '0' && lib[n-1] <= '9' {
		lib += "-"
	}
	out := []string{lib + version, lib + version + "t64"}
	if major, _, minor := strings.Cut(version, "."); minor {
		out = append(out, lib+major, lib+major+"t64") // libfoo.so.1.2.3 is the file that libfoo.so.1 links to
	}
	return out
}

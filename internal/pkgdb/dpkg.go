package pkgdb

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// dpkgDir is dpkg's administrative directory: dpkg(1), FILES.
const dpkgDir = "/var/lib/dpkg"

// dpkgDB is a dpkg database: status, with a list per package in info, or
// status.d, in which images made without dpkg have a paragraph and a list of checksums for
// each package.
type dpkgDB struct {
	*reader
	pkgs   []*record // sorted by name
	info   string    // the directory of the lists
	ending string    // the suffix of a list's name
	divert map[string]diversion
}

// dpkgPackage holds the fields of a record that only dpkg has.
type dpkgPackage struct {
	conffiles string // the field Conffiles
	coexists  bool   // several architectures may be installed at once
	list      string // the name of its list in status.d, without the suffix
}

// lists returns the possible names of the list of p, without the suffix.
func (p *record) lists() []string {
	// The name contains the architecture if several may be installed at once (dpkg,
	// lib/dpkg/pkg-files.c); old databases may differ.
	switch {
	case p.own.list != "":
		return []string{p.own.list}
	case p.own.coexists:
		return []string{p.Name + ":" + p.Arch, p.Name}
	}
	return []string{p.Name, p.Name + ":" + p.Arch}
}

// diversion renames a file for every package but one: dpkg-divert(1).
type diversion struct {
	to, by string // by is ":" for those of the administrator, which apply to all packages
}

func openDpkg(ctx context.Context, r *reader) (backend, []*record, error) {
	db := &dpkgDB{reader: r, info: dpkgDir + "/info", ending: ".list"}
	kept := keptBudget(dpkgDir + ": its packages")
	if err := db.readStatus(ctx, kept); err != nil {
		return nil, nil, err
	}
	if len(db.pkgs) == 0 {
		db.info, db.ending = dpkgDir+"/status.d", ".md5sums"
		if err := db.readStatusDir(ctx, kept); err != nil {
			return nil, nil, err
		}
	}
	if len(db.pkgs) == 0 {
		return nil, nil, errEmpty
	}
	markNative(db.pkgs, "dpkg")
	sortPackages(db.pkgs)
	return db, db.pkgs, db.readDiversions(ctx, kept)
}

// markNative marks the packages with the architecture of the package manager's own
// package. If that is not installed or is for all architectures, it marks all packages.
func markNative(pkgs []*record, manager string) {
	arch := ""
	for _, p := range pkgs {
		if p.Name == manager {
			arch = p.Arch
		}
	}
	for _, p := range pkgs {
		p.native = arch == "" || p.Arch == arch || p.Arch == "all" || p.Arch == "noarch"
	}
}

// readStatus reads the installed packages of the file status, which may be absent.
func (db *dpkgDB) readStatus(ctx context.Context, kept *budget) error {
	c := newControls(kept, func(p *record) { db.pkgs = append(db.pkgs, p) })
	err := db.readControls(ctx, dpkgDir+"/status", newBudget(2*maxFile, dpkgDir+"/status"), c)
	if sysroot.IsAbsent(err) {
		return nil
	}
	return err
}

// readControls reads the paragraphs of the file name.
func (db *dpkgDB) readControls(ctx context.Context, name string, b *budget, c *controls) error {
	err := db.lines(ctx, name, b, func(line []byte) error { return c.line(ctx, line) })
	if err != nil {
		return err
	}
	return c.end(ctx)
}

// readStatusDir reads the paragraphs in status.d, one per file and without a Status
// field. The lists of checksums are in the same directory.
func (db *dpkgDB) readStatusDir(ctx context.Context, kept *budget) error {
	entries, err := db.dir(db.info)
	if err != nil {
		return err
	}
	b := newBudget(2*maxFile, db.info)
	opened := 0
	for _, e := range entries {
		if e.IsDir() || strings.HasSuffix(e.Name(), ".md5sums") {
			continue
		}
		if opened++; opened > maxOpened {
			return fmt.Errorf("%s: more than %d packages", db.info, maxOpened)
		}
		c := newControls(kept, func(p *record) {
			p.own.list = e.Name() // which is not always the package's
			db.pkgs = append(db.pkgs, p)
		})
		c.statusless = true
		if err := db.readControls(ctx, path.Join(db.info, e.Name()), b, c); err != nil {
			return err
		}
	}
	return nil
}

// readDiversions reads the file diversions. Each has three lines: the name of the file,
// the new name of the file in other packages, and the package that keeps the name.
func (db *dpkgDB) readDiversions(ctx context.Context, kept *budget) error {
	db.divert = map[string]diversion{}
	const name = dpkgDir + "/diversions"
	var three []string
	err := db.lines(ctx, name, newBudget(2*maxFile, name), func(line []byte) error {
		if three = append(three, string(line)); len(three) < 3 {
			return nil
		}
		at, to, by := three[0], three[1], three[2]
		three = three[:0]
		if !strings.HasPrefix(at, "/") || !strings.HasPrefix(to, "/") {
			return nil
		}
		db.divert[at] = diversion{to, by}
		return kept.spend(ctx, int64(len(at)+len(to)+len(by))+4*stringCost)
	})
	if sysroot.IsAbsent(err) {
		return nil
	}
	return err
}

// files implements backend.
func (db *dpkgDB) files(ctx context.Context, p *record, b *budget, f func(file) error) error {
	rest := map[string]bool{} // the configuration files that the list does not have
	kept := keptBudget("package " + p.Name + ": its configuration files")
	for c := range p.own.conffileNames() {
		rest[c] = true
		if err := kept.spend(ctx, int64(len(c))+4*stringCost); err != nil {
			return err
		}
	}
	send := func(at file) error {
		delete(rest, at.path)
		if d, ok := db.divert[at.path]; ok && d.by != p.Name {
			at.path = d.to
		}
		return f(at)
	}
	if err := db.list(ctx, p, b, send); err != nil {
		return fmt.Errorf("list of package %s: %w", p.Name, err)
	}
	for c := range p.own.conffileNames() {
		if !rest[c] {
			continue
		}
		if err := send(file{path: c}); err != nil {
			return err
		}
	}
	return nil
}

// list calls f for the entries of the first of the package's lists that exists.
func (db *dpkgDB) list(ctx context.Context, p *record, b *budget, f func(file) error) (err error) {
	for _, name := range p.lists() {
		at := path.Join(db.info, name+db.ending)
		if db.ending == ".list" {
			err = db.readList(ctx, at, b, f)
		} else {
			err = db.lines(ctx, at, b, func(line []byte) error { return checksum(string(line), f) })
		}
		if !sysroot.IsAbsent(err) {
			break
		}
	}
	return err
}

// readList reads a .list file: one path per line. A path that is the parent of the next
// line is a directory, or a symlink to one on the system (/lib). Empty directories cannot
// be distinguished from files.
func (db *dpkgDB) readList(ctx context.Context, name string, b *budget, f func(file) error) error {
	last := ""
	next := func(line string) error {
		at := file{path: last, dir: len(line) > len(last) && line[len(last)] == '/' && line[:len(last)] == last}
		last = line
		if at.path == "" {
			return nil
		}
		return f(at)
	}
	err := db.lines(ctx, name, b, func(line []byte) error {
		if len(line) == 0 || line[0] != '/' || string(line) == "/." {
			return nil
		}
		return next(string(line))
	})
	if err != nil {
		return err
	}
	return next("")
}

// checksum reads a line of an .md5sums file: a checksum, two blanks, a path from
// the top without its slash.
func checksum(line string, f func(file) error) error {
	if _, name, ok := strings.Cut(line, "  "); ok && name != "" {
		return f(file{path: path.Clean("/" + name)})
	}
	return nil
}

// all implements backend. A missing list counts as empty.
func (db *dpkgDB) all(ctx context.Context, f func(*record, file) error) error {
	b := newBudget(maxLists, db.info+": the lists of files")
	for _, p := range db.pkgs {
		err := db.files(ctx, p, b, func(at file) error { return f(p, at) })
		if err != nil && !sysroot.IsAbsent(err) {
			return err
		}
	}
	return nil
}

package pkgdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/pkgdb/rpm"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// rpmDirs are the possible directories of the database: rpm's default, that of newer
// Fedora and SUSE, and that of systems made with ostree.
var rpmDirs = []string{"/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm"}

// rpmName is the name of the SQLite database in one of rpmDirs. The names of rpm's
// other formats, Packages.db (ndb) and Packages (Berkeley DB), are not read.
const rpmName = "rpmdb.sqlite"

// rpmDB is an rpm database.
type rpmDB struct {
	*reader
	name string
	pkgs []*record // in the order of the database
}

func openRPM(ctx context.Context, r *reader) (backend, []*record, error) {
	for _, dir := range rpmDirs {
		db := &rpmDB{reader: r, name: path.Join(dir, rpmName)}
		err := db.readPackages(ctx)
		switch {
		case sysroot.IsAbsent(err):
			continue
		case err != nil:
			return nil, nil, err
		case len(db.pkgs) > 0:
			markNative(db.pkgs, "rpm")
			return db, db.pkgs, nil
		}
	}
	return nil, nil, errEmpty
}

// open opens a file of the database.
func (db *rpmDB) open(name string) (rpm.File, io.Closer, error) {
	n, err := db.root.Walk(name)
	if err != nil {
		return rpm.File{}, nil, err
	}
	f, err := db.root.OpenNode(n)
	if err != nil {
		return rpm.File{}, nil, err
	}
	return rpm.File{ReaderAt: f, Size: n.Info.Size()}, f, nil
}

// packages calls f for every package of the database except the trusted keys, which
// rpm stores as packages named gpg-pubkey.
func (db *rpmDB) packages(ctx context.Context, f func(*rpm.Package) error) error {
	main, closer, err := db.open(db.name)
	if err != nil {
		return err
	}
	defer closer.Close()
	wal, closer, err := db.open(db.name + "-wal")
	switch {
	case err == nil:
		defer closer.Close()
	case !sysroot.IsAbsent(err):
		return err
	}
	err = rpm.Each(ctx, main, wal, func(p *rpm.Package) error {
		if p.Name == "gpg-pubkey" {
			return nil
		}
		return f(p)
	})
	if err != nil && !errors.Is(err, errStop) {
		return fmt.Errorf("%s: %w", db.name, err)
	}
	return err
}

func (db *rpmDB) readPackages(ctx context.Context) error {
	kept := keptBudget("its packages")
	return db.packages(ctx, func(p *rpm.Package) error {
		if err := kept.spend(ctx, recordCost+int64(len(p.Name)+len(p.Arch))); err != nil {
			return err
		}
		r := &record{Name: p.Name, Arch: p.Arch}
		db.pkgs = append(db.pkgs, r)
		if err := r.provide(ctx, kept, p.Provides()); err != nil {
			return err
		}
		return r.require(ctx, kept, p.Requires())
	})
}

// require adds names to the dependencies, without those that rpm itself fulfils and those
// with a symbol version, beside which there is one without.
func (p *record) require(ctx context.Context, kept *budget, names iter.Seq[string]) error {
	for name := range names {
		if strings.HasPrefix(name, "rpmlib(") || strings.Contains(name, ".so.") && provided(name) == "" {
			continue
		}
		if err := kept.spend(ctx, int64(len(name))+stringCost); err != nil {
			return err
		}
		p.depends = append(p.depends, name)
	}
	return nil
}

// owners implements backend. Reading ends after the last of the packages that are searched.
func (db *rpmDB) owners(ctx context.Context, s *ownerSearch) error {
	parents := s.parents()
	want := func(dir string) bool { return parents[path.Clean(dir)] }
	b := newBudget(maxLists, "the lists of files")
	i, left := -1, len(s.among)
	err := db.packages(ctx, func(p *rpm.Package) error {
		i++
		switch {
		case i >= len(db.pkgs):
			return errChanged
		case s.among != nil && left == 0:
			return errStop
		case s.among != nil && !s.among[db.pkgs[i]]:
			return nil
		}
		left--
		return p.FilesIn(want, func(e rpm.Entry) error {
			s.add(path.Clean(e.Path), db.pkgs[i])
			return b.spend(ctx, int64(len(e.Path))+lineCost)
		})
	})
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

// files implements backend.
func (db *rpmDB) files(ctx context.Context, p *record, b *budget, f func(file) error) error {
	return db.each(ctx, b, func(q *record) bool { return q == p }, func(_ *record, at file) error { return f(at) })
}

// all implements backend.
func (db *rpmDB) all(ctx context.Context, f func(*record, file) error) error {
	return db.each(ctx, newBudget(maxLists, "the lists of files"), func(*record) bool { return true }, f)
}

// each calls f for the files of the packages that want accepts.
func (db *rpmDB) each(ctx context.Context, b *budget, want func(*record) bool, f func(*record, file) error) error {
	i := -1
	return db.packages(ctx, func(p *rpm.Package) error {
		if i++; i >= len(db.pkgs) {
			return errChanged
		}
		if !want(db.pkgs[i]) {
			return nil
		}
		return p.Files(func(e rpm.Entry) error {
			if err := b.spend(ctx, int64(len(e.Path))+lineCost); err != nil {
				return err
			}
			return f(db.pkgs[i], file{path: path.Clean(e.Path), dir: e.Dir, doc: e.Doc, absent: !e.Installed})
		})
	})
}

// sonames implements backend. rpm's own names for sonames are "libz.so.1()(64bit)"
// and, with a version that symbols have, "libz.so.1(ZLIB_1.2)(64bit)".
func (db *rpmDB) sonames(_ context.Context, w *wanted) error {
	for _, p := range db.pkgs {
		for _, name := range p.provides {
			w.add(provided(name), Provider{Package: p.Name})
		}
	}
	return nil
}

// provided returns the soname in a name that rpm derived from a library, "" for a name with
// a symbol version.
func provided(name string) string {
	soname, rest, versioned := strings.Cut(name, "(")
	if versioned && !strings.HasPrefix(rest, ")") {
		return ""
	}
	return soname
}

// dnfCaches are the directories in which dnf and yum cache the metadata of repositories:
// dnf.conf(5), cachedir.
var dnfCaches = []string{"/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/yum"}

// cacheDepth is the maximum depth of metadata below dnfCaches: ARCH/RELEASE/REPO/gen of
// yum.
const cacheDepth = 6

// known implements backend by the primary metadata that dnf has downloaded, if it is
// compressed with gzip.
func (db *rpmDB) known(ctx context.Context, w *wanted) error {
	c := &rpmCache{db, newBudget(maxIndexes, "the caches of dnf"), w, maxOpened}
	for _, dir := range dnfCaches {
		if err := c.below(ctx, dir, cacheDepth); err != nil {
			return err
		}
	}
	return nil
}

// rpmCache is the search in dnf's caches.
type rpmCache struct {
	*rpmDB
	budget *budget
	wanted *wanted
	left   int // the number of files and directories that may still be opened
}

func (c *rpmCache) below(ctx context.Context, dir string, depth int) error {
	entries, err := c.dir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := c.entry(ctx, path.Join(dir, e.Name()), e.Type(), depth); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (c *rpmCache) entry(ctx context.Context, name string, kind fs.FileMode, depth int) error {
	isDir := kind.IsDir() && depth > 0
	if !isDir && (!kind.IsRegular() || !strings.HasSuffix(name, "primary.xml.gz")) {
		return nil
	}
	if c.left--; c.left < 0 {
		return fmt.Errorf("%s: more than %d files and directories", name, maxOpened)
	}
	if isDir {
		return c.below(ctx, name, depth-1)
	}
	return unlessDamaged(c.unpacked(ctx, name, c.budget, func(r io.Reader) error {
		scan := primaryScan{wanted: c.wanted}
		return c.reader.each(ctx, r, c.budget, scan.line)
	}))
}

// primaryScan finds the packages that provide a soname in a primary.xml in the format of
// createrepo: one element per line, and a package's name before its provides.
type primaryScan struct {
	wanted   *wanted
	name     string
	provides bool
}

func (s *primaryScan) line(line []byte) error {
	text := bytes.TrimSpace(line)
	if name, ok := bytes.CutPrefix(text, []byte("<name>")); ok {
		s.name = strings.TrimSuffix(string(name), "</name>")
		return nil
	}
	switch {
	case bytes.HasPrefix(text, []byte("<rpm:provides")):
		s.provides = true
	case bytes.HasPrefix(text, []byte("</rpm:provides")):
		s.provides = false
	case s.provides:
		if rest, ok := bytes.CutPrefix(text, []byte(`<rpm:entry name="`)); ok {
			entry, _, _ := bytes.Cut(rest, []byte{'"'})
			s.wanted.add(provided(string(entry)), Provider{Package: s.name})
		}
	case s.wanted.programs:
		if rest, ok := bytes.CutPrefix(text, []byte("<file>")); ok {
			s.file(strings.TrimSuffix(string(rest), "</file>"))
		}
	}
	return nil
}

// file adds the package as a provider of a program. The primary metadata has the paths of the
// files in bin and sbin.
func (s *primaryScan) file(name string) {
	if isProgramDir(path.Dir(name)) {
		s.wanted.add(path.Base(name), Provider{Package: s.name, Path: name})
	}
}

package pkgdb

import (
	"archive/tar"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// apkInstalled are the possible paths of apk's database. It is below /usr if apk was
// built for a merged /usr.
var apkInstalled = []string{"/lib/apk/db/installed", "/usr/lib/apk/db/installed"}

// apkIndexes are the directories of the indexes that apk has downloaded. The first one is
// a symlink to the administrator's cache (apk-cache(5)).
var apkIndexes = []string{"/etc/apk/cache", "/var/cache/apk", "/var/lib/apk"}

// apkDB is an apk database: paragraphs whose lines begin with a letter and a
// colon (apk-tools, doc/apk-package and src/database.c).
type apkDB struct {
	*reader
	name string
	pkgs []*record // in the order of the file
}

func openApk(ctx context.Context, r *reader) (backend, []*record, error) {
	for _, name := range apkInstalled {
		db := &apkDB{reader: r, name: name}
		err := db.readPackages(ctx)
		switch {
		case sysroot.IsAbsent(err):
			continue
		case err != nil:
			return nil, nil, err
		case len(db.pkgs) > 0:
			markNative(db.pkgs, "apk-tools")
			return db, db.pkgs, nil
		}
	}
	return nil, nil, errEmpty
}

// apkLines splits an installed database or an APKINDEX into packages: a line with a name
// begins one, unless the paragraph has a name already.
type apkLines struct {
	count int  // of packages so far
	named bool // the current paragraph has a name
}

// next returns the field and the value in a line of a package. For other lines field is 0.
func (a *apkLines) next(line []byte) (field byte, value []byte) {
	if len(line) == 0 {
		a.named = false
	}
	if len(line) < 2 || line[1] != ':' {
		return 0, nil
	}
	if line[0] == 'P' && len(line) > 2 && !a.named {
		a.named = true
		a.count++
	}
	if !a.named {
		return 0, nil
	}
	return line[0], line[2:]
}

func (db *apkDB) readPackages(ctx context.Context) error {
	kept := keptBudget(db.name + ": its packages")
	var at apkLines
	return db.lines(ctx, db.name, newBudget(2*maxFile, db.name), func(line []byte) error {
		field, value := at.next(line)
		if at.count > len(db.pkgs) {
			db.pkgs = append(db.pkgs, &record{})
			if err := kept.spend(ctx, recordCost); err != nil {
				return err
			}
		}
		if field == 0 || strings.IndexByte("PApD", field) < 0 {
			return nil
		}
		if err := kept.spend(ctx, int64(len(value))); err != nil {
			return err
		}
		return db.pkgs[at.count-1].apkField(ctx, kept, field, string(value))
	})
}

// apkField reads a field of a package.
func (p *record) apkField(ctx context.Context, kept *budget, field byte, value string) error {
	switch field {
	case 'P':
		p.Name = cmp.Or(p.Name, value) // a second name is malformed
	case 'A':
		p.Arch = value
	case 'p':
		return p.provide(ctx, kept, apkNames(value))
	case 'D':
		p.depends = append(p.depends, value)
		return kept.spend(ctx, stringCost)
	}
	return nil
}

// needs implements backend. A name that begins with "!" is a conflict.
func (db *apkDB) needs(p *record) iter.Seq[need] {
	return func(yield func(need) bool) {
		for _, list := range p.depends {
			for name := range apkNames(list) {
				if name[0] != '!' && !yield(need{name: name}) {
					return
				}
			}
		}
	}
}

// owners implements backend. Every package lists the parents of its files as directories.
func (db *apkDB) owners(ctx context.Context, s *ownerSearch) error {
	var at apkLines
	dir, searched, parents := "", false, s.parents()
	return db.lines(ctx, db.name, newBudget(2*maxFile, db.name), func(line []byte) error {
		field, value := at.next(line)
		switch {
		case at.count > len(db.pkgs):
			return fmt.Errorf("%s: %w", db.name, errChanged)
		case field == 'P':
			dir = "/"
			searched = parents[dir]
		case field == 'F':
			dir = path.Clean("/" + string(value))
			searched = parents[dir]
			s.add(dir, db.pkgs[at.count-1])
		case field == 'R' && searched:
			s.add(path.Join(dir, path.Clean("/"+string(value))), db.pkgs[at.count-1])
		}
		return nil
	})
}

// apkNames yields the names in a list, without versions: "so:libz.so.1=1.3.1".
func apkNames(list string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for name := range strings.FieldsSeq(list) {
			if end := strings.IndexAny(name, "=<>~"); end > 0 {
				name = name[:end]
			}
			if !yield(name) {
				return
			}
		}
	}
}

// files implements backend.
func (db *apkDB) files(ctx context.Context, p *record, b *budget, f func(file) error) error {
	seen := false
	err := db.each(ctx, b, func(q *record, at file) error {
		if q != p && seen {
			return errStop
		}
		if q != p {
			return nil
		}
		seen = true
		return f(at)
	})
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

// all implements backend.
func (db *apkDB) all(ctx context.Context, f func(*record, file) error) error {
	return db.each(ctx, newBudget(2*maxFile, db.name), f)
}

// each calls f for every file and directory: F begins a directory, R names a file in it.
func (db *apkDB) each(ctx context.Context, b *budget, f func(*record, file) error) error {
	var at apkLines
	dir, of := "/", 0
	return db.lines(ctx, db.name, b, func(line []byte) error {
		field, value := at.next(line)
		if of != at.count {
			dir, of = "/", at.count
		}
		switch {
		case of > len(db.pkgs):
			return fmt.Errorf("%s: %w", db.name, errChanged)
		case field == 'F':
			dir = path.Clean("/" + string(value))
			return f(db.pkgs[of-1], file{path: dir, dir: true})
		case field == 'R' && len(value) > 0:
			return f(db.pkgs[of-1], file{path: path.Join(dir, path.Clean("/"+string(value)))})
		}
		return nil
	})
}

// sonames implements backend.
func (db *apkDB) sonames(_ context.Context, w *wanted) error {
	for _, p := range db.pkgs {
		for _, virtual := range p.provides {
			w.addApk(virtual, p.Name)
		}
	}
	return nil
}

// addApk adds a package that provides virtual, a name that apk derived from a soname or a
// command. Names with a directory, such as so:/usr/lib/x:libx.so.1, are ignored, since
// the loader does not search these directories.
func (w *wanted) addApk(virtual, pkg string) {
	if kind, name, ok := strings.Cut(virtual, ":"); ok && (kind == "so" || kind == "cmd") {
		w.add(name, Provider{Package: pkg})
	}
}

// known implements backend by the indexes that apk has downloaded.
func (db *apkDB) known(ctx context.Context, w *wanted) error {
	b := newBudget(maxIndexes, "the indexes of apk")
	for _, dir := range apkIndexes {
		entries, err := db.dir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), "APKINDEX.") && strings.HasSuffix(e.Name(), ".tar.gz") {
				err = db.readIndex(ctx, path.Join(dir, e.Name()), b, w)
			}
			if err := unlessDamaged(err); err != nil {
				return err
			}
		}
	}
	return nil
}

// readIndex reads the file APKINDEX in an index, which is a tar archive in several
// consecutive gzip streams, the signature first.
func (db *apkDB) readIndex(ctx context.Context, name string, b *budget, w *wanted) error {
	return db.unpacked(ctx, name, b, func(r io.Reader) error {
		for archive := tar.NewReader(r); ; {
			header, err := archive.Next()
			if err != nil {
				return err
			}
			if header.Name == "APKINDEX" {
				return db.indexLines(ctx, archive, b, w)
			}
		}
	})
}

// indexLines reads an APKINDEX.
func (db *apkDB) indexLines(ctx context.Context, r io.Reader, b *budget, w *wanted) error {
	var at apkLines
	pkg := ""
	return db.reader.each(ctx, r, b, func(line []byte) error {
		switch field, value := at.next(line); field {
		case 'P':
			pkg = string(value)
		case 'p':
			for virtual := range apkNames(string(value)) {
				w.addApk(virtual, pkg)
			}
		}
		return nil
	})
}

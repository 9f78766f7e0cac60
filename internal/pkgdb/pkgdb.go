// Package pkgdb asks the package database of a system which files a package
// has, which package a file came from, and which package would bring a library
// that is missing: dpkg's, apk's and rpm's, of this machine or of any tree.
//
// It reads the database's own files and runs no package manager, writes
// nothing and touches no network. Its caveat: it tells what the database says,
// so a file may have been changed or removed since, and a Debian file list
// cannot tell a missing file from a missing directory. Whatever a database says,
// the memory and the time that it costs are bounded. Start with Open.
package pkgdb

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// ErrNone is Open's error for a tree without a package database.
var ErrNone = errors.New("no package database: none of dpkg's, apk's or rpm's is here")

// Kind tells the package managers apart.
type Kind string

// The package managers whose databases are understood.
const (
	Dpkg Kind = "dpkg"
	Apk  Kind = "apk"
	RPM  Kind = "rpm"
)

// Package is an installed package.
type Package struct {
	Name    string
	Version string // as the database writes it: with epoch and revision
	Arch    string // as the package manager calls it: amd64, x86_64, all, noarch
	// Source is the source package that it was built from: a name for dpkg and
	// apk, where it is Name unless the database says otherwise, and the file
	// name of the source package for rpm.
	Source string
}

// Provider is a package that brings a file or a soname asked for.
type Provider struct {
	Package string
	// Path is where it has the file; "" when only the name is known.
	Path string
	// Installed is false for what the package manager could install.
	Installed bool
}

// DB is an open package database. It remembers which packages are installed, and
// reads their files anew for each question. It is not safe for concurrent use.
type DB struct {
	kind    Kind
	root    *sysroot.Root
	aliases aliases // nil until needed
	back    backend
	pkgs    []*record // sorted by name, then architecture
}

// record is a package with what its database knows of it beyond Package.
type record struct {
	Package
	provides []string     // the virtual names, and for apk and rpm the sonames
	native   bool         // of the architecture that the package manager itself has
	own      *dpkgPackage // of dpkg's packages alone
}

// What a record and a string of it cost in memory beside their bytes.
const (
	recordCost = 512
	stringCost = 16
)

// provide adds names to what the package provides.
func (p *record) provide(ctx context.Context, kept *budget, names iter.Seq[string]) error {
	for name := range names {
		if err := kept.spend(ctx, int64(len(name))+stringCost); err != nil {
			return err
		}
		p.provides = append(p.provides, name)
	}
	return nil
}

// file is an entry of a package's list.
type file struct {
	path string // absolute, clean
	dir  bool   // known to be a directory
	doc  bool   // marked as documentation
	// absent marks what the package has no content for: rpm's ghosts, and
	// files that were excluded when it was installed.
	absent bool
}

// backend is one package manager's database.
type backend interface {
	// files calls f for what p has, diversions applied, directories left out as
	// far as the database can tell.
	files(ctx context.Context, p *record, b *budget, f func(file) error) error
	// all calls f for the files of every package.
	all(ctx context.Context, f func(*record, file) error) error
	// sonames finds the installed packages that are on record as providing a
	// soname.
	sonames(ctx context.Context, w *wanted) error
	// known finds packages, installed or not, that the package manager's
	// downloaded indexes name for a soname or a file's base name.
	known(ctx context.Context, w *wanted) error
}

// openers are tried in this order: a Debian system may well have an rpm
// database, one that rpm made when it was run there, and it knows of nothing.
var openers = []struct {
	kind Kind
	open func(context.Context, *reader) (backend, []*record, error)
}{{Dpkg, openDpkg}, {Apk, openApk}, {RPM, openRPM}}

// Open finds the package database of the tree fsys, a *sysroot.Root or what
// sysroot.New takes. ErrNone: there is none. A database that is larger than the
// limits allow is a *bounded.SizeError, or an error that tells the limit.
func Open(ctx context.Context, fsys fs.ReadLinkFS) (*DB, error) {
	root := sysroot.New(fsys)
	for _, o := range openers {
		back, pkgs, err := o.open(ctx, newReader(root))
		switch {
		case errors.Is(err, errEmpty):
			continue
		case err != nil:
			return nil, err
		}
		pkgs = slices.Clone(pkgs)
		slices.SortStableFunc(pkgs, func(a, b *record) int {
			return strings.Compare(a.Name+"\x00"+a.Arch, b.Name+"\x00"+b.Arch)
		})
		return &DB{kind: o.kind, root: root, back: back, pkgs: pkgs}, nil
	}
	return nil, ErrNone
}

// errEmpty is a database without a package.
var errEmpty = errors.New("the package database is empty")

// Kind says whose database it is.
func (db *DB) Kind() Kind { return db.kind }

// Packages lists what is installed, sorted by name.
func (db *DB) Packages() []Package {
	out := make([]Package, len(db.pkgs))
	for i, p := range db.pkgs {
		out[i] = p.Package
	}
	return out
}

// Lookup finds an installed package by NAME, NAME:ARCH or a name that it
// provides. Errors: *NotInstalledError, *AmbiguousError.
func (db *DB) Lookup(name string) (Package, error) {
	p, err := db.find(name)
	if err != nil {
		return Package{}, err
	}
	return p.Package, nil
}

// Files lists the files and symlinks of an installed package as the database
// says, by absolute path, sorted; directories are left out. Diverted files
// stand under the name that they have now, and configuration files count.
// A path is given as the package writes it, so /lib/x may be a file that is
// found at /usr/lib/x. What has been removed since is listed all the same.
// The name and the errors are those of Lookup.
func (db *DB) Files(ctx context.Context, name string, o Options) ([]string, error) {
	p, err := db.find(name)
	if err != nil {
		return nil, err
	}
	var out []string
	dirs := map[string]bool{} // that others lie in
	kept := keptBudget("package " + name + ": its files")
	err = db.back.files(ctx, p, newBudget(maxLists, "package "+name+": its list of files"), func(f file) error {
		if err := kept.spend(ctx, int64(len(f.path))+2*stringCost); err != nil {
			return err
		}
		dirs[path.Dir(f.path)] = true
		if !f.dir && !f.absent && o.wants(f) {
			out = append(out, f.path)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out, err = db.withoutDirs(ctx, out, dirs)
	slices.Sort(out)
	return slices.Compact(out), err
}

// withoutDirs leaves out names that are in dirs and those that are directories
// on the system.
func (db *DB) withoutDirs(ctx context.Context, names []string, dirs map[string]bool) ([]string, error) {
	out := names[:0]
	for _, name := range names {
		if dirs[name] {
			continue
		}
		isDir, err := db.isDir(name)
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
		if !isDir {
			out = append(out, name)
		}
	}
	return out, nil
}

// isDir reports whether a directory stands at name itself; a symlink is none.
func (db *DB) isDir(name string) (bool, error) {
	info, err := db.root.Lstat(name)
	if sysroot.IsAbsent(err) {
		return false, nil
	}
	return err == nil && info.IsDir(), err
}

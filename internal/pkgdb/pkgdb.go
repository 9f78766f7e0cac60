// Package pkgdb asks the package database of a system which files a package
// has, which package a file came from, and which package would bring a library
// that is missing: dpkg's, apk's and rpm's, of this machine or of any tree.
//
// It reads the database's own files and runs no package manager, writes
// nothing and touches no network. Its caveat: it tells what the database says,
// so a file may have been changed or removed since, and a Debian file list
// cannot tell a missing file from a missing directory. Start with Open.
package pkgdb

import (
	"errors"
	"io/fs"
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

// DB is an open package database. It remembers what it has read. It is not
// safe for concurrent use.
type DB struct {
	kind  Kind
	root  *sysroot.Root
	alias aliases
	back  backend
	pkgs  []*record // sorted by name, then architecture

	lists map[*record][]file // what back.files answered
	index map[string]*record // canonical path of every file → its package; nil until needed
}

// record is a package with what its database knows of it beyond Package.
type record struct {
	Package
	provides []string // the virtual names, and for apk and rpm the sonames
	native   bool     // of the architecture that the package manager itself has
	extra    any      // the backend's own
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
	// files lists what p has, diversions applied, directories left out as far
	// as the database can tell.
	files(p *record) ([]file, error)
	// sonames lists the installed packages that are on record as providing
	// the soname.
	sonames(soname string) []Provider
	// known lists packages, installed or not, that the package manager's
	// downloaded indexes name for a soname or a file's base name.
	known(name string) []Provider
}

// openers are tried in this order: a Debian system may well have an rpm
// database, one that rpm made when it was run there, and it knows of nothing.
var openers = []struct {
	kind Kind
	open func(*sysroot.Root) (backend, []*record, error)
}{{Dpkg, openDpkg}, {Apk, openApk}, {RPM, openRPM}}

// Open finds the package database of the tree fsys, a *sysroot.Root or what
// sysroot.New takes. ErrNone: there is none.
func Open(fsys fs.ReadLinkFS) (*DB, error) {
	root := sysroot.New(fsys)
	for _, o := range openers {
		back, pkgs, err := o.open(root)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, errEmpty):
			continue
		case err != nil:
			return nil, err
		}
		slices.SortStableFunc(pkgs, func(a, b *record) int {
			return strings.Compare(a.Name+"\x00"+a.Arch, b.Name+"\x00"+b.Arch)
		})
		return &DB{kind: o.kind, root: root, alias: findAliases(root), back: back, pkgs: pkgs, lists: map[*record][]file{}}, nil
	}
	return nil, ErrNone
}

// errEmpty is a database without a package.
var errEmpty = errors.New("the package database is empty")

// Kind tells whose database it is.
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
func (db *DB) Files(name string, o Options) ([]string, error) {
	p, err := db.find(name)
	if err != nil {
		return nil, err
	}
	list, err := db.list(p)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, f := range list {
		if !f.dir && !f.absent && o.wants(f) && !db.isDir(f.path) {
			out = append(out, f.path)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func (db *DB) list(p *record) ([]file, error) {
	if l, ok := db.lists[p]; ok {
		return l, nil
	}
	l, err := db.back.files(p)
	if err != nil {
		return nil, err
	}
	db.lists[p] = l
	return l, nil
}

// isDir tells whether a directory stands at name itself; a symlink is none.
func (db *DB) isDir(name string) bool {
	info, err := db.root.Lstat(name)
	return err == nil && info.IsDir()
}

// Owner finds the installed package that the file or symlink name came from.
// A name below a linked top directory is known by its other name too (/lib/x
// and /usr/lib/x where /lib is a link to usr/lib), and the symlinks in its
// parents are followed; the last component is not. Directories have no owner.
func (db *DB) Owner(name string) (Package, bool) {
	if p := db.owner(path.Clean("/" + name)); p != nil {
		return p.Package, true
	}
	return Package{}, false
}

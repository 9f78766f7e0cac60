// Package pkgdb answers questions from the package database of a system: which files a
// package has (Files, Content), which packages a file belongs to (Owners), which packages a
// package depends on (Depends), and which package provides a missing library (Providers) or
// program (Programs). It knows the databases of dpkg, apk and rpm (SQLite only), of this
// machine or of any tree.
//
// It reads the database's own files. It runs no package manager, writes nothing and
// uses no network. Its caveat: the answer is what the database recorded, so a file may
// have been changed or removed since, and a Debian file list does not distinguish an
// empty directory from a file. Memory and time are bounded whatever a database
// contains. Start with Open.
package pkgdb

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// ErrNone is the error of Open for a tree without a package database.
var ErrNone = errors.New("no package database of dpkg, apk or rpm (SQLite) was found")

// Kind is a package manager.
type Kind string

// The package managers whose databases are understood.
const (
	Dpkg Kind = "dpkg"
	Apk  Kind = "apk"
	RPM  Kind = "rpm"
)

// Provider is a package that provides a file or a soname.
type Provider struct {
	Package string
	// Path is the path of the file in the package, "" when only the name is known.
	Path string
	// Installed is false for a package that could be installed.
	Installed bool
}

// DB is an open package database. It keeps the list of installed packages and
// reads their file lists again for each call. It is not safe for concurrent use.
type DB struct {
	kind Kind
	root *sysroot.Root
	back backend
	pkgs []*record // sorted by name, then architecture
}

// record is an installed package.
type record struct {
	Name     string
	Arch     string       // as the package manager calls it: amd64, x86_64, all, noarch
	provides []string     // the virtual names, and for apk and rpm the sonames
	depends  []string     // the dependencies, in the package manager's own syntax
	suggests []string     // the recommendations and suggestions, in the same syntax
	native   bool         // whether it has the architecture of the package manager itself
	own      *dpkgPackage // set for packages of dpkg only
}

// The memory that a record and one of its strings take in addition to their bytes.
const (
	recordCost = 512
	stringCost = 16
)

// provide adds names to the names that the package provides.
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
	// absent marks an entry without content in the package: rpm's ghosts, and
	// files that were excluded when it was installed.
	absent bool
}

// backend is one package manager's database.
type backend interface {
	// files calls f for each entry of p, with diversions applied. Directories that the
	// database marks as such are marked.
	files(ctx context.Context, p *record, b *budget, f func(file) error) error
	// all calls f for the files of every package.
	all(ctx context.Context, f func(*record, file) error) error
	// sonames finds the installed packages that declare a soname.
	sonames(ctx context.Context, w *wanted) error
	// owners finds the packages that the paths of s belong to, directories included.
	owners(ctx context.Context, s *ownerSearch) error
	// needs yields the names in the dependencies of p, without versions.
	needs(p *record) iter.Seq[need]
	// known finds packages, installed or not, that the package manager's
	// downloaded indexes name for a soname or a file's base name.
	known(ctx context.Context, w *wanted) error
}

// openers are tried in this order. A Debian system may have an rpm database too,
// which rpm created when it was run there; it is usually empty.
var openers = []struct {
	kind Kind
	open func(context.Context, *reader) (backend, []*record, error)
}{{Dpkg, openDpkg}, {Apk, openApk}, {RPM, openRPM}}

// Open finds the package database of the tree fsys, a *sysroot.Root or what
// sysroot.New takes. The error is ErrNone if there is none. A database larger than the
// limits is a *bounded.SizeError, or an error that names the limit.
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
		sortPackages(pkgs)
		return &DB{kind: o.kind, root: root, back: back, pkgs: pkgs}, nil
	}
	return nil, ErrNone
}

// sortPackages sorts packages by name, then architecture.
func sortPackages(pkgs []*record) {
	slices.SortStableFunc(pkgs, func(a, b *record) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Arch, b.Arch))
	})
}

// errEmpty is the error for a database without packages.
var errEmpty = errors.New("the package database is empty")

// Kind returns the package manager that the database belongs to.
func (db *DB) Kind() Kind { return db.kind }

// Files lists the files and symlinks of an installed package as the database
// records them: absolute paths, sorted, without directories. The name is NAME,
// NAME:ARCH or a name that one package provides. Diverted files are listed under
// their current name, and configuration files are included. A path is spelled as in
// the package, so /lib/x may be a file that is found at /usr/lib/x. Files that have been
// removed since are listed too. Errors: *NotInstalledError, *AmbiguousError.
func (db *DB) Files(ctx context.Context, name string, o Options) ([]string, error) {
	p, err := db.find(name)
	if err != nil {
		return nil, err
	}
	var out []string
	dirs := map[string]bool{} // the parents of all entries
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

// withoutDirs removes the names that are in dirs and those that are directories
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

// isDir reports whether name is a directory; a symlink to one is not, and neither is a path
// that cannot be reached.
func (db *DB) isDir(name string) (bool, error) {
	info, err := db.root.Lstat(name)
	if unknown(db.root, name, err) {
		return false, nil
	}
	return err == nil && info.IsDir(), err
}

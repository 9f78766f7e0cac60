package pkgdb

import (
	"context"
	"io/fs"
	"path"
	"slices"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// extra lists the files and symlinks that belong to an installed package but that its list
// (Files) does not have, as absolute paths, sorted. They exist:
//
//   - alternatives, where the package provides the current choice: the generic name, which
//     is a symlink, and the symlink in /etc/alternatives between it and the package's file;
//   - configuration files that ucf(1) manages for the package;
//   - generated files, for instance by a script of the package: files below /usr, /lib*,
//     /etc and /opt that no package has, in a directory that only this package has, and
//     symlinks there that lead to a file of the package. Files that not every user may read
//     (keys, passwords) and Python's caches are left out.
//
// The lists of all packages are read. Errors are those of Files.
func (db *DB) extra(ctx context.Context, name string, o Options) ([]string, error) {
	p, err := db.find(name)
	if err != nil {
		return nil, err
	}
	e := &extras{DB: db, in: newReader(db.root), options: o, own: map[string]bool{}}
	if err := e.readOwn(ctx, p); err != nil {
		return nil, err
	}
	for _, find := range []func(context.Context, *record) error{e.alternatives, e.ucf, e.generated} {
		if err := find(ctx, p); err != nil {
			return nil, err
		}
	}
	slices.Sort(e.found)
	return slices.Compact(e.found), nil
}

// Content lists what Files lists, and what belongs to the package beside its list: see
// extra. Errors are those of Files.
func (db *DB) Content(ctx context.Context, name string, o Options) ([]string, error) {
	files, err := db.Files(ctx, name, o)
	if err != nil {
		return nil, err
	}
	extra, err := db.extra(ctx, name, o)
	out := append(files, extra...)
	slices.Sort(out)
	return slices.Compact(out), err
}

// lookupCost is subtracted from the budget of a file's lines for each path in them that is
// looked up.
const lookupCost = 1 << 10

// extras collects the files that a package has beside its list.
type extras struct {
	*DB
	in      *reader
	options Options
	own     map[string]bool // the real paths of the package's files and directories
	dirs    []string        // the paths of its directories
	found   []string
}

// readOwn reads the list of the package.
func (e *extras) readOwn(ctx context.Context, p *record) error {
	kept := keptBudget("package " + p.Name + ": its files")
	b := newBudget(maxLists, "package "+p.Name+": its list of files")
	return e.back.files(ctx, p, b, func(f file) error {
		if err := kept.spend(ctx, int64(len(f.path))+4*stringCost); err != nil {
			return err
		}
		real, err := e.root.Locate(f.path)
		if unknown(e.root, f.path, err) {
			return nil
		}
		if err != nil {
			return err
		}
		e.own[real] = true
		isDir := f.dir
		if !isDir {
			isDir, err = e.isDir(real)
		}
		if isDir {
			e.dirs = append(e.dirs, real)
		}
		return err
	})
}

// unknown reports whether err means that name does not exist or cannot be reached by any
// program of this user.
func unknown(root *sysroot.Root, name string, err error) bool {
	return err != nil && (sysroot.IsAbsent(err) || root.Denied(name))
}

// lstat describes the file at name; nil if it does not exist or cannot be reached.
func (e *extras) lstat(name string) (fs.FileInfo, error) {
	info, err := e.root.Lstat(name)
	if unknown(e.root, name, err) {
		return nil, nil
	}
	return info, err
}

// add adds a file, unless the options leave it out or the package's list has it.
func (e *extras) add(name string) {
	if e.options.wants(file{path: name}) && !e.own[name] {
		e.found = append(e.found, name)
	}
}

// target returns the absolute path in the text of the symlink at name, "" if name is not a
// symlink.
func (e *extras) target(name string) (string, error) {
	info, err := e.lstat(name)
	if err != nil || info == nil || info.Mode()&fs.ModeSymlink == 0 {
		return "", err
	}
	text, err := e.root.ReadLink(name)
	if err != nil || path.IsAbs(text) {
		return text, err
	}
	return path.Dir(name) + "/" + text, nil
}

// isOwn reports whether the path is that of a file in the package's list. A final symlink is
// not followed.
func (e *extras) isOwn(name string) (bool, error) {
	real, err := e.root.Locate(name)
	if unknown(e.root, name, err) {
		return false, nil
	}
	return err == nil && e.own[real], err
}

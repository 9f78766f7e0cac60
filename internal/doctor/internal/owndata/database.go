package owndata

import (
	"context"
	"errors"
	"slices"
	"syscall"

	"github.com/mkrootfs/mkrootfs/internal/pkgdb"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// Packages is the package database of a source. It is opened by the first question, and
// asked only once about each path and package. It is not safe for concurrent use.
type Packages struct {
	root    *sysroot.Root
	db      *pkgdb.DB // nil if there is none
	opened  bool
	problem error // why an answer may be incomplete
	owners  map[string][]string
	depends map[string][]string
	files   map[string][]string
}

// NewPackages returns the package database of root.
func NewPackages(root *sysroot.Root) *Packages {
	return &Packages{
		root: root, owners: map[string][]string{}, depends: map[string][]string{}, files: map[string][]string{},
	}
}

// known reports whether there is a package database that can be read. It returns an error
// if ctx has ended.
func (p *Packages) known(ctx context.Context) (bool, error) {
	if !p.opened {
		db, err := pkgdb.Open(ctx, p.root)
		if errors.Is(err, pkgdb.ErrNone) {
			err = nil
		}
		if err := p.note(ctx, err); err != nil {
			return false, err
		}
		p.db, p.opened = db, true
	}
	return p.db != nil, nil
}

// note records err, after which the answers may be incomplete: a damaged database must not
// prevent an image. It returns the error of ctx and errors of the operating system, after
// which the same command may give another image.
func (p *Packages) note(ctx context.Context, err error) error {
	var failed syscall.Errno
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &failed) && failed != syscall.EISDIR && failed != syscall.ENOTDIR && failed != syscall.ELOOP:
		return usererr.WithHint(err, "add --without data,helpers to do without the package database")
	case err != nil && p.problem == nil:
		p.problem = err
	}
	return nil
}

// Problem returns an error that says why the database could not be read, nil if it could.
func (p *Packages) Problem() error { return p.problem }

// Owners is pkgdb.DB.Owners; without a package database nothing has an owner.
func (p *Packages) Owners(ctx context.Context, paths ...string) (map[string][]string, error) {
	known, err := p.known(ctx)
	if err != nil || !known {
		return nil, err
	}
	var ask []string
	for _, name := range paths {
		if _, ok := p.owners[name]; !ok {
			ask = append(ask, name)
		}
	}
	if len(ask) > 0 {
		found, err := p.db.Owners(ctx, ask...)
		if err := p.note(ctx, err); err != nil {
			return nil, err
		}
		for _, name := range ask {
			p.owners[name] = found[name]
		}
	}
	return p.owners, nil
}

// Depends is pkgdb.DB.Depends for a package that Owners returned.
func (p *Packages) Depends(ctx context.Context, name string) (list []string, err error) {
	return p.remember(ctx, p.depends, name, func() ([]string, error) { return p.db.Depends(ctx, name) })
}

// Related returns the packages that a package which Owners returned depends on, recommends
// or suggests.
func (p *Packages) Related(ctx context.Context, name string) ([]string, error) {
	depends, err := p.Depends(ctx, name)
	if err != nil {
		return nil, err
	}
	suggests, err := p.db.Suggests(ctx, name)
	return slices.Concat(depends, suggests), p.note(ctx, err)
}

// Installed is pkgdb.DB.Installed.
func (p *Packages) Installed(names []string) []string { return p.db.Installed(names) }

// OwnersAmong is pkgdb.DB.OwnersAmong for packages that Owners, Depends or Related returned.
func (p *Packages) OwnersAmong(ctx context.Context, packages []string, paths ...string) (map[string][]string, error) {
	found, err := p.db.OwnersAmong(ctx, packages, paths...)
	return found, p.note(ctx, err)
}

// Files is pkgdb.DB.Files for a package that Owners or Depends returned, without
// documentation and translations.
func (p *Packages) Files(ctx context.Context, name string) (list []string, err error) {
	return p.remember(ctx, p.files, name, func() ([]string, error) { return p.db.Files(ctx, name, pkgdb.Options{}) })
}

// remember returns known[name], which ask returns the first time.
func (p *Packages) remember(
	ctx context.Context, known map[string][]string, name string, ask func() ([]string, error),
) ([]string, error) {
	if list, ok := known[name]; ok {
		return list, nil
	}
	list, err := ask()
	if err := p.note(ctx, err); err != nil {
		return nil, err
	}
	known[name] = list
	return list, nil
}

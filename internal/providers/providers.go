// Package providers adds to errors about missing libraries and programs where they are: the
// packages that contain them, from the package database of the source, and other places.
// Start with AddHints and AddProgramHints.
package providers

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/explain"
	"github.com/mkrootfs/mkrootfs/internal/pkgdb"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// installCommands are how the system of each kind of package database installs.
var installCommands = map[pkgdb.Kind]string{pkgdb.Dpkg: "apt install", pkgdb.Apk: "apk add", pkgdb.RPM: "dnf install"}

// AddHints returns err with a hint for each missing library in it: the package that
// contains the library according to the package database of root, or why none is named.
// isSetID means that a program has a set-id bit, so that its loader ignores
// LD_LIBRARY_PATH. When ctx ends, AddHints returns the error of ctx.
func AddHints(ctx context.Context, root *sysroot.Root, isSetID bool, err error) error {
	parts := usererr.Flatten(err)
	var names []string
	for _, e := range parts {
		if missing := missingSoname(e); missing != nil {
			names = append(names, missing.Name)
		}
	}
	if len(names) == 0 || ctx.Err() != nil {
		return err
	}
	hints := providerHints(ctx, root, isSetID, names)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for i, e := range parts {
		if missing := missingSoname(e); missing != nil && hints[missing.Name] != "" {
			parts[i] = usererr.WithHint(&searchedError{missing}, hints[missing.Name])
		}
	}
	return errors.Join(parts...)
}

// searchedError is a MissingError whose text lists the directories that were searched.
type searchedError struct{ missing *elfdeps.MissingError }

func (e *searchedError) Error() string { return explain.MissingText(e.missing) }
func (e *searchedError) Unwrap() error { return e.missing }

// missingSoname returns the part of err about a missing library that is not named
// by a path; nil if there is none.
func missingSoname(err error) *elfdeps.MissingError {
	var missing *elfdeps.MissingError
	if errors.As(err, &missing) && !strings.Contains(missing.Name, "/") {
		return missing
	}
	return nil
}

// providerHints returns the hints for missing libraries by their names.
func providerHints(ctx context.Context, root *sysroot.Root, isSetID bool, names []string) map[string]string {
	hints := map[string]string{}
	var found map[string][]pkgdb.Provider
	db, err := pkgdb.Open(ctx, root)
	if err == nil {
		found, err = db.Providers(ctx, names...)
	}
	for _, name := range names {
		switch hint := providerHint(root, db, name, found[name]); {
		case hint != "":
			hints[name] = hint
		case isSetID:
			hints[name] = "install it in a system directory: the loader of a set-id program searches no others"
		case err != nil && !errors.Is(err, pkgdb.ErrNone):
			hints[name] = fmt.Sprintf("%s; its package is unknown: %s", explain.InstallHint, explain.PathFirst(err))
		}
	}
	return hints
}

// providerHint returns a hint with the package that has the library name, "" if there
// is none in providers.
func providerHint(root *sysroot.Root, db *pkgdb.DB, name string, providers []pkgdb.Provider) string {
	for _, by := range providers {
		_, gone := root.Walk(by.Path)
		switch {
		case by.Installed && by.Path != "" && gone == nil:
			dir := by.Path[:strings.LastIndexByte(by.Path, '/')]
			return fmt.Sprintf("%s contains %s in %s: add --library-path %[3]s",
				quote.ShellWord(by.Package), quote.ShellWord(name), quote.ShellWord(dir))
		case by.Installed:
			return fmt.Sprintf("reinstall %s, which should contain %s",
				quote.ShellWord(by.Package), quote.ShellWord(name))
		case installCommands[db.Kind()] != "":
			return fmt.Sprintf("%s contains %s: %s %[1]s",
				quote.ShellWord(by.Package), quote.ShellWord(name), installCommands[db.Kind()])
		}
	}
	return ""
}

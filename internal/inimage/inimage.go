// Package inimage finds out what the loader of an image will find: it searches as that
// loader does, in the tree of the image and with the environment of its configuration,
// and compares the results with those of the source. It changes no tree. Start with
// Search.Compare.
package inimage

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/relocate"
	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/internal/iocopy"
	"github.com/mkrootfs/mkrootfs/internal/overlay"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// Search describes how the loader of an image searches.
type Search struct {
	Tree   *rootfs.Tree
	Config image.Config
}

// Resolver returns a resolver that searches as the loader of the image does.
func (s Search) Resolver() *elfdeps.Resolver {
	env := Environment(s.Config.Env)
	return &elfdeps.Resolver{
		FS: s.Tree.FS(), Dir: s.Config.WorkingDir, Path: env("PATH"),
		LibraryPath: env("LD_LIBRARY_PATH"), Preload: env("LD_PRELOAD"), Audit: env("LD_AUDIT"),
	}
}

// Environment returns a function that looks up a variable in K=V values; "" means that
// it is not set.
func Environment(values []string) func(name string) string {
	return func(name string) string {
		for _, kv := range values {
			if value, ok := strings.CutPrefix(kv, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

// Source is where the files of the image come from.
type Source struct {
	Root   *sysroot.Root
	Search *elfdeps.Resolver // as the loaders of the source search
}

// Start is a program to start in the source and in the image.
type Start struct {
	From, To string // paths in the source and in the image
	Dlopen   string // what the program dlopens, "" for nothing
	// Merged is set if From is a path of the image's tree over the source: the program,
	// or what it dlopens, was copied.
	Merged bool
}

// Compare returns the libraries that are found in the source and not in the image, and
// the files with which the image's loader would find more of them.
func (s Search) Compare(
	ctx context.Context, src Source, starts []Start,
) (lost []*relocate.LostError, files []relocate.DataFile, err error) {
	env := Environment(s.Config.Env)
	atSource := *src.Search // shares the cache of files
	atSource.Preload, atSource.Audit = env("LD_PRELOAD"), env("LD_AUDIT")
	merged := &elfdeps.Resolver{
		FS: overlay.New(s.Tree.FS(), src.Root), LibraryPath: atSource.LibraryPath,
		Preload: atSource.Preload, Audit: atSource.Audit,
	}
	compare := &relocate.Comparison{Image: s.Resolver(), Same: src.sameFile(s.Tree)}
	var errs []error
	for _, start := range starts {
		compare.Source = &atSource
		if start.Merged {
			compare.Source = merged
		}
		more, err := compare.Compare(ctx, start.From, start.To, start.Dlopen)
		lost, errs = append(lost, more...), append(errs, err)
	}
	return lost, compare.Files(), errors.Join(errs...)
}

// sameFile returns a function that reports whether a file found in the image is the one
// found in the source. The same real path means the same file, since the tree has the
// file of the source there; another file would be a conflict in the tree.
func (src Source) sameFile(tree *rootfs.Tree) func(context.Context, *elfdeps.Object, *elfdeps.Object) (bool, error) {
	return func(ctx context.Context, atSource, inImage *elfdeps.Object) (bool, error) {
		if atSource.RealPath == inImage.RealPath {
			return true, nil
		}
		if atSource.Size != inImage.Size {
			return false, nil
		}
		one, err := overlay.New(src.Root, tree.FS()).Open(atSource.RealPath)
		if err != nil {
			return false, err
		}
		defer one.Close()
		other, err := tree.FS().Open(inImage.RealPath)
		if err != nil {
			return false, err
		}
		defer other.Close()
		return iocopy.Equal(ctx, one, other)
	}
}

// LostErrors returns an error for each library that the image's loader would not find,
// with a hint, and the set of their names. A library that is only found as already
// loaded is not reported again.
func LostErrors(lost []*relocate.LostError) (errs []error, names map[string]bool) {
	names = map[string]bool{}
	reported := map[string]bool{}
	for _, l := range lost {
		names[l.Name] = true
		if l.Source.Rule == elfdeps.RuleAlreadyLoaded && reported[l.Source.Path] {
			continue
		}
		reported[l.Source.Path] = true
		errs = append(errs, usererr.WithHint(l, lostHint(l)))
	}
	return errs, names
}

// Failed returns an error for a program that the image cannot start. If env does not find
// the interpreter of a script in the image's PATH, a hint names the directory in which it
// was found in the source, as recorded in closure.
func Failed(err error, closure *elfdeps.Closure) error {
	failed := fmt.Errorf("in the image: %w", err)
	var interp *elfdeps.InterpreterError
	if !errors.As(err, &interp) || strings.Contains(interp.Interp, "/") {
		return failed
	}
	for _, o := range closure.Objects {
		for _, e := range o.Needed {
			if e.Name == interp.Interp && e.Rule == elfdeps.RulePath && e.To != nil {
				list := quote.ShellWord("PATH=" + path.Dir(e.Path) + ":" + source.UsualPath)
				return usererr.WithHint(failed, "add -e "+list+": it was found by PATH")
			}
		}
	}
	return failed
}

// lostHint returns a hint how to let the image's loader find a library.
func lostHint(l *relocate.LostError) string {
	dir, element := path.Dir(l.Source.Path), quote.ShellWord(l.Source.Element)
	variable := quote.ShellWord("LD_LIBRARY_PATH=" + dir)
	switch rule := l.Source.Rule; {
	case rule == elfdeps.RuleLibraryPath:
		return "add -e " + variable + ": it was found by LD_LIBRARY_PATH"
	case rule == elfdeps.RulePreload:
		return "add --lib " + quote.ShellWord(l.Name) + ": " + element + " names it"
	case rule == elfdeps.RuleCache:
		return "add -e " + variable + ", or leave out the other library of this name: it was found by ld.so.cache"
	case rule != elfdeps.RuleRpath && rule != elfdeps.RuleRunpath:
		return ""
	case strings.Contains(l.Source.Element, "ORIGIN"):
		return "leave out :DEST, so that both move together: it was found by " + element + " beside the program"
	case !path.IsAbs(l.Source.Element):
		return "add --workdir DIR: it was found by " + element + ", which depends on the working directory"
	}
	return ""
}

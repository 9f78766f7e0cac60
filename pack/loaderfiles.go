package pack

import (
	"context"
	"errors"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/relocate"
	"github.com/mkrootfs/mkrootfs/internal/iocopy"
	"github.com/mkrootfs/mkrootfs/internal/overlay"
	"github.com/mkrootfs/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// addLoaderFiles adds the files that the image's loaders need to find the libraries
// that those of the source found by ld.so.cache, LD_LIBRARY_PATH or musl's .path file.
// The files are written anew and list only what is in the image; without need none is
// added. A file that --copy added is kept. It returns the libraries that the image's
// loader still does not find.
func addLoaderFiles(ctx context.Context, sys system, c contents, in imageSearch) ([]*relocate.LostError, error) {
	starts, err := startsOf(ctx, sys, c)
	if err != nil {
		return nil, err
	}
	compare := comparison{sys: sys, inside: in}
	lost, made, err := compare.run(ctx, starts)
	if err != nil {
		return nil, err
	}
	var errs []error
	have := c.tree.FS()
	isMade := map[string]bool{}
	for _, f := range made {
		isMade[f.Path] = true
		claim := Reason{Cause: LoaderFile, Text: "needs it to find libraries"}
		e := rootfs.Entry{Path: f.Path, Mode: 0o644, Content: rootfs.Bytes(f.Data), Claim: claim}
		errs = append(errs, c.tree.Add(e))
	}
	for _, name := range c.closure.Opened {
		if !source.IsPathFile(name) || isMade[name] {
			continue
		}
		if _, err := have.Lstat(name); err != nil {
			claim := Reason{Cause: LoaderFile, Text: "reads its search path from it"}
			errs = append(errs, c.tree.AddFrom(sys.Root, name, rootfs.CopyOptions{Claim: claim}))
		}
	}
	if err := errors.Join(append(errs, ctx.Err())...); err != nil || len(made) == 0 {
		return lost, err
	}
	lost, _, err = compare.run(ctx, starts)
	return lost, err
}

// addLoaderFilesIfDoubtful is addLoaderFiles for a tree that is only printed. Such a
// tree may have thousands of programs, so it compares the searches only if there is a
// reason to expect a difference.
func addLoaderFilesIfDoubtful(ctx context.Context, sys system, c contents, in imageSearch) error {
	hasPathFile := false
	for _, name := range c.closure.Opened {
		hasPathFile = hasPathFile || source.IsPathFile(name)
	}
	if !hasPathFile && !sys.search.Doubtful(ctx, c.closure) {
		return nil
	}
	_, err := addLoaderFiles(ctx, sys, c, in)
	return err
}

// startPair is a program whose start in the source is compared with that in the image.
type startPair struct {
	from, to string // its path in the source and in the image
	dlopen   string // a library that it dlopens, "" for none
	merged   bool   // from is for the resolver of contents.merged
}

// startsOf returns the starts to compare: the programs, the first one with a dlopen of
// each --lib, and the copied objects.
func startsOf(ctx context.Context, sys system, c contents) (starts []startPair, err error) {
	for _, p := range sys.programs {
		starts = append(starts, startPair{from: p.Src, to: p.Dest})
	}
	first := sys.programs[0]
	for _, name := range sys.libs {
		if strings.Contains(name, "/") {
			name = sys.Abs(name)
		}
		starts = append(starts, startPair{from: first.Src, to: first.Dest, dlopen: name})
	}
	merged := c.merged(sys)
	named, inTrees, err := probe(ctx, merged, c.objects)
	for _, list := range []probed{named, inTrees} {
		for _, name := range list.programs {
			starts = append(starts, startPair{from: name, to: name, merged: true})
		}
		for _, name := range list.libraries {
			starts = append(starts, startPair{from: first.Dest, to: first.Dest, dlopen: name, merged: true})
		}
	}
	return starts, err
}

// comparison compares searches in the source with those in the image.
type comparison struct {
	sys    system
	inside imageSearch
}

// run returns the libraries that are found in the source and not in the image, and the
// files with which the image's loader would find more of them.
func (c comparison) run(
	ctx context.Context, starts []startPair,
) (lost []*relocate.LostError, made []relocate.DataFile, err error) {
	env := environment(c.inside.config.Env)
	atSource := *c.sys.search // shares the cache of files
	atSource.Preload, atSource.Audit = env("LD_PRELOAD"), env("LD_AUDIT")
	merged := &elfdeps.Resolver{
		FS: overlay.New(c.inside.tree.FS(), c.sys.Root), LibraryPath: atSource.LibraryPath,
		Preload: atSource.Preload, Audit: atSource.Audit,
	}
	compare := &relocate.Comparison{Image: c.inside.resolver(), Same: c.sameFile}
	var errs []error
	for _, s := range starts {
		compare.Source = &atSource
		if s.merged {
			compare.Source = merged
		}
		more, err := compare.Compare(ctx, s.from, s.to, s.dlopen)
		lost, errs = append(lost, more...), append(errs, err)
	}
	return lost, compare.Files(), errors.Join(errs...)
}

// sameFile reports whether a file found in the image is the one found in the source.
// The same real path means the same file, since the tree has the file of the source
// there; another file would be a conflict in the tree.
func (c comparison) sameFile(ctx context.Context, atSource, inImage *elfdeps.Object) (bool, error) {
	if atSource.RealPath == inImage.RealPath {
		return true, nil
	}
	if atSource.Size != inImage.Size {
		return false, nil
	}
	tree := c.inside.tree.FS()
	one, err := overlay.New(c.sys.Root, tree).Open(atSource.RealPath)
	if err != nil {
		return false, err
	}
	defer one.Close()
	other, err := tree.Open(inImage.RealPath)
	if err != nil {
		return false, err
	}
	defer other.Close()
	return iocopy.Equal(ctx, one, other)
}

package pack

import (
	"context"
	"errors"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps/relocate"
	"github.com/mkrootfs/mkrootfs/internal/inimage"
	"github.com/mkrootfs/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// addLoaderFiles adds the files that the image's loaders need to find the libraries
// that those of the source found by ld.so.cache, LD_LIBRARY_PATH or musl's .path file.
// The files are written anew and list only what is in the image; without need none is
// added. A file that --copy added is kept. It returns the libraries that the image's
// loader still does not find.
func addLoaderFiles(ctx context.Context, sys system, c contents, in inimage.Search) ([]*relocate.LostError, error) {
	starts, err := startsOf(ctx, sys, c)
	if err != nil {
		return nil, err
	}
	src := inimage.Source{Root: sys.Root, Search: sys.search}
	lost, made, err := in.Compare(ctx, src, starts)
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
	lost, _, err = in.Compare(ctx, src, starts)
	return lost, err
}

// addLoaderFilesIfDoubtful is addLoaderFiles for a tree that is only printed. Such a
// tree may have thousands of programs, so it compares the searches only if there is a
// reason to expect a difference.
func addLoaderFilesIfDoubtful(ctx context.Context, sys system, c contents, in inimage.Search) error {
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

// startsOf returns the starts to compare: the programs, the first one with a dlopen of
// each --lib, and the copied objects.
func startsOf(ctx context.Context, sys system, c contents) (starts []inimage.Start, err error) {
	for _, p := range sys.programs {
		starts = append(starts, inimage.Start{From: p.Src, To: p.Dest})
	}
	first := sys.programs[0]
	for _, name := range sys.libs {
		if strings.Contains(name, "/") {
			name = sys.Abs(name)
		}
		starts = append(starts, inimage.Start{From: first.Src, To: first.Dest, Dlopen: name})
	}
	merged := c.merged(sys)
	named, inTrees, err := probe(ctx, merged, c.objects)
	for _, list := range []probed{named, inTrees} {
		for _, name := range list.programs {
			starts = append(starts, inimage.Start{From: name, To: name, Merged: true})
		}
		for _, name := range list.libraries {
			starts = append(starts, inimage.Start{From: first.Dest, To: first.Dest, Dlopen: name, Merged: true})
		}
	}
	return starts, err
}

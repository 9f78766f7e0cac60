package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/relocate"
	"github.com/mkrootfs/mkrootfs/internal/overlay"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// later takes note of files that go in only when it is known what they must
// say: the .path files of musl's loader.
func (p *packing) later(name string) bool {
	is := source.IsPathFile(name)
	if is && !slices.Contains(p.pathFiles, name) {
		p.pathFiles = append(p.pathFiles, name)
	}
	return is
}

// addLoaderFiles gives the image the files by which its loaders find what the
// source's found by its ld.so.cache, by LD_LIBRARY_PATH or in its .path file:
// files of their own, and none when nothing is lost without. What --copy put
// there stays.
func (p *packing) addLoaderFiles(ctx context.Context) error {
	t := &relocate.Comparison{Image: p.inside(), Same: p.sameFile}
	var err error
	if p.lost, err = p.compare(ctx, t); err != nil {
		return err
	}
	var errs []error
	made := map[string]bool{}
	for _, f := range t.Files() {
		p.mended = true
		made[f.Path] = true
		errs = append(errs, p.tree.Add(rootfs.Entry{Path: f.Path, Mode: 0o644, Content: rootfs.Bytes(f.Data), Claim: "what the loader would not find"}))
	}
	have := p.tree.FS()
	for _, name := range p.pathFiles {
		if _, err := have.Lstat(name); err != nil && !made[name] {
			errs = append(errs, p.tree.AddFrom(p.src.Root, name, rootfs.CopyOptions{}))
		}
	}
	return errors.Join(append(errs, ctx.Err())...)
}

// foreseeLoaderFiles does so for a tree that is only looked at, and may hold
// many programs: it looks closer only where there is reason to.
func (p *packing) foreseeLoaderFiles(ctx context.Context) error {
	if len(p.pathFiles) == 0 && !p.resolver.Doubtful(ctx, p.closure) {
		return nil
	}
	return p.addLoaderFiles(ctx)
}

// inside is a resolver that searches as the image's loader will, started with
// the image's own environment.
func (p *packing) inside() *elfdeps.Resolver {
	return &elfdeps.Resolver{
		FS: p.tree.FS(), Dir: p.workdir, Path: p.variable("PATH"),
		LibraryPath: p.variable("LD_LIBRARY_PATH"), Preload: p.variable("LD_PRELOAD"), Audit: p.variable("LD_AUDIT"),
	}
}

// compare starts everything in the image that was started at the source, and
// returns what is lost.
func (p *packing) compare(ctx context.Context, t *relocate.Comparison) (lost []*relocate.LostError, err error) {
	there := *p.resolver
	there.Preload, there.Audit = p.variable("LD_PRELOAD"), p.variable("LD_AUDIT")
	t.Source = &there
	var errs []error
	start := func(from, to, name string) {
		more, err := t.Compare(ctx, from, to, name)
		lost, errs = append(lost, more...), append(errs, err)
	}
	for _, prog := range p.programs {
		start(prog.Src, prog.Dest, "")
	}
	for _, name := range p.libs {
		if strings.Contains(name, "/") {
			name = source.Absolute(p.src.Dir, name)
		}
		start(p.programs[0].Src, p.programs[0].Dest, name)
	}
	copied := append(append([]string(nil), p.plugins...), p.inTrees...)
	if len(copied) == 0 {
		return lost, errors.Join(errs...)
	}
	over := elfdeps.Resolver{FS: overlay.New(p.tree.FS(), p.src.Root), LibraryPath: there.LibraryPath, Preload: there.Preload, Audit: there.Audit}
	t.Source = &over
	for _, name := range copied {
		kind, err := over.Probe(ctx, name)
		errs = append(errs, err)
		switch kind {
		case elfdeps.Executable, elfdeps.Script:
			start(name, name, "")
		case elfdeps.Library:
			start(p.programs[0].Dest, p.programs[0].Dest, name)
		}
	}
	return lost, errors.Join(errs...)
}

// sameFile reports whether a file found in the image is the one found at the
// source. At one real path it is: there the tree has the source's file, or
// claims contradicted each other.
func (p *packing) sameFile(ctx context.Context, source, image *elfdeps.Object) (bool, error) {
	if source.RealPath == image.RealPath {
		return true, nil
	}
	if source.Size != image.Size {
		return false, nil
	}
	tree := p.tree.FS()
	one, err := overlay.New(p.src.Root, tree).Open(source.RealPath)
	if err != nil {
		return false, err
	}
	defer one.Close()
	other, err := tree.Open(image.RealPath)
	if err != nil {
		return false, err
	}
	defer other.Close()
	return sameBytes(ctx, one, other)
}

// sameBytes reports whether two readers have the same bytes, piece by piece.
func sameBytes(ctx context.Context, a, b io.Reader) (bool, error) {
	const piece = 64 << 10
	one, other := make([]byte, piece), make([]byte, piece)
	for {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		n, errA := io.ReadFull(a, one)
		m, errB := io.ReadFull(b, other)
		ended := atEnd(errA)
		switch {
		case errA != nil && !ended:
			return false, errA
		case errB != nil && !atEnd(errB):
			return false, errB
		case !bytes.Equal(one[:n], other[:m]):
			return false, nil
		case ended:
			return true, nil
		}
	}
}

// atEnd reports whether io.ReadFull met the end of the file.
func atEnd(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// lostErrors words what the image's loader would not find, a library once for
// each that looks for it itself.
func lostErrors(lost []*relocate.LostError) (errs []error, names map[string]bool) {
	names = map[string]bool{}
	told := map[string]bool{}
	for _, l := range lost {
		names[l.Name] = true
		if l.Source.Rule == elfdeps.RuleAlreadyLoaded && told[l.Source.Path] {
			continue
		}
		told[l.Source.Path] = true
		errs = append(errs, withHint(l, lostHint(l)))
	}
	return errs, names
}

// lostHint says how to let the image's loader find what the source's found.
func lostHint(l *relocate.LostError) string {
	dir := path.Dir(l.Source.Path)
	switch rule := l.Source.Rule; {
	case rule == elfdeps.RuleLibraryPath:
		return "it was found by LD_LIBRARY_PATH: add -e " + shellWord("LD_LIBRARY_PATH="+dir)
	case rule == elfdeps.RulePreload:
		return shellWord(l.Source.Element) + " names it: add --lib " + shellWord(l.Name)
	case rule == elfdeps.RuleCache:
		return "it was found by ld.so.cache: leave another one out, or add -e " + shellWord("LD_LIBRARY_PATH="+dir)
	case rule != elfdeps.RuleRpath && rule != elfdeps.RuleRunpath:
		return ""
	case strings.Contains(l.Source.Element, "ORIGIN"):
		return "it was found by " + shellWord(l.Source.Element) + " beside the program: leave out :DEST, and both move together"
	case !path.IsAbs(l.Source.Element):
		return "it was found by " + shellWord(l.Source.Element) + ", which depends on the working directory: say it with --workdir"
	}
	return ""
}

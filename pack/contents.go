package pack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/internal/overlay"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// contents is what goes into an image so far. A stage takes it and returns it with
// what the stage added; what is in tree stays.
type contents struct {
	tree    *rootfs.Tree
	closure *elfdeps.Closure
	moved   map[string]bool // paths of the source that have another place in the image

	copied  []string        // regular files that --conf and --copy put into the image
	configs []doctor.Config // of all files, those that may name accounts, modules and ports
	pending []candidate     // files that may be objects, whose closures are not in yet
	objects []candidate     // those that are objects, and whose closures are in

	groups   []Group
	opened   []Opened
	asked    map[string]bool // what the objects may dlopen and was looked for, by its names
	findings *doctor.Findings
	warnings []Warning
}

// candidate is a file of the image that may be an ELF file or a script.
type candidate struct {
	path string
	// inTree is set for files of a tree, a package or a group, of which not each
	// has to be usable: one whose libraries the source lacks is unusable there too.
	inTree bool
}

// loadClosure finds what the loader opens for the programs, and for --lib as dlopened by
// the first one.
func loadClosure(ctx context.Context, sys system) (*elfdeps.Closure, error) {
	var names []string
	for _, p := range sys.programs {
		names = append(names, p.Src)
	}
	closure, err := sys.search.Resolve(ctx, names...)
	if len(sys.libs) == 0 || ctx.Err() != nil {
		return closure, err
	}
	more, _ := sys.search.Dlopen(ctx, sys.programs[0].Src, sys.libs...)
	closure.Merge(more)
	return closure, closure.Err()
}

// isStarted reports whether a program is meant to be started. A shared object,
// which may be packed too, need not be executable, even if it names a loader.
func isStarted(sys system, closure *elfdeps.Closure, p Program) bool {
	o := closure.Object(sys.Abs(p.Src))
	if o == nil || o.Soname == "" {
		return o == nil || o.Kind != elfdeps.Library
	}
	n, err := sys.Root.Walk(o.Path)
	return err != nil || n.Info.Mode()&0o111 != 0 && o.Kind != elfdeps.Library
}

// checkExecutable returns an error for each program that the kernel would not
// start because it has no x bit.
func checkExecutable(sys system, closure *elfdeps.Closure) error {
	var errs []error
	for _, p := range sys.programs {
		o := closure.Object(sys.Abs(p.Src))
		if o == nil || !isStarted(sys, closure, p) {
			continue
		}
		n, err := sys.Root.Walk(o.Path)
		switch {
		case sysroot.IsAbsent(err):
		case err != nil:
			errs = append(errs, err)
		case n.Info.Mode()&0o111 == 0:
			err := fmt.Errorf("%s: not executable", p.Arg)
			errs = append(errs, usererr.WithHint(err, "chmod +x "+quote.ShellPath(p.Arg)))
		}
	}
	return errors.Join(errs...)
}

// askedFor returns what r asks for by name: the programs with their closure,
// copies, configuration files, packages and directories.
func askedFor(ctx context.Context, sys system, r request, closure *elfdeps.Closure) (contents, error) {
	c := contents{tree: &rootfs.Tree{}, closure: closure, asked: map[string]bool{}, findings: &doctor.Findings{}}
	var err error
	if c.moved, err = addPrograms(c.tree, sys, closure); err != nil {
		return c, err
	}
	copied, err := addCopies(ctx, c.tree, sys, r.copies)
	if err != nil {
		return c, err
	}
	confs, err := addConfs(c.tree, sys, r.Files.Conf)
	if err != nil {
		return c, err
	}
	c.copied = append(copied.files, confs.files...)
	packaged, err := addPackages(ctx, c.tree, sys, packageRequest{r.Files.Package, c.copied})
	if err != nil {
		return c, err
	}
	for _, a := range []added{copied, confs, packaged} {
		c.configs = append(c.configs, a.configs...)
		c.pending = append(c.pending, a.candidates...)
		c.warnings = append(c.warnings, a.warnings...)
	}
	return c, addDirs(c.tree, sys, r.dirs, r.Image.WorkingDir)
}

// added is what a stage put into the tree.
type added struct {
	files      []string // regular files, by their paths in the image
	candidates []candidate
	configs    []doctor.Config
	warnings   []Warning
}

// merged returns a resolver that sees the tree over the source, as files that came
// from elsewhere have to be resolved: a library that was copied along is found
// beside them, any other where the source has it.
func (c contents) merged(sys system) *elfdeps.Resolver {
	return &elfdeps.Resolver{FS: overlay.New(c.tree.FS(), sys.Root), LibraryPath: sys.search.LibraryPath}
}

// readers are the resolvers that can read the objects of a closure.
type readers struct {
	sys    system
	merged *elfdeps.Resolver
}

// of returns the resolver for the object at a path: that of the source, or for
// what came to a place that the source does not have, the one that sees the tree.
func (r readers) of(name string) *elfdeps.Resolver {
	if _, err := r.sys.Root.Walk(name); sysroot.IsAbsent(err) {
		return r.merged
	}
	return r.sys.search
}

// addDirs adds the --mkdir directories, and the working directory, which exists
// as after a Dockerfile's WORKDIR.
func addDirs(tree *rootfs.Tree, sys system, dirs []dirRequest, workdir string) error {
	for _, d := range dirs {
		who, err := lookUpOwner(sys, "mkdir", d.Owner)
		if err != nil {
			return err
		}
		err = tree.Add(rootfs.Entry{
			Path: d.Path, Mode: fs.ModeDir | d.mode, UID: who.UID, GID: who.GID,
			Claim: Reason{Cause: Asked, Flag: "--mkdir " + d.Path},
		})
		if err != nil {
			return err
		}
	}
	if workdir == "" {
		return nil
	}
	return addImpliedDir(tree, workdir, "--workdir "+workdir)
}

// addImpliedDir adds a directory that has to be there, whatever its mode and owner.
func addImpliedDir(tree *rootfs.Tree, dir, flag string) error {
	return tree.Add(rootfs.Entry{
		Path: dir, Mode: fs.ModeDir | 0o755, Implied: true, Claim: Reason{Cause: Asked, Flag: flag},
	})
}

// addConfDirs adds the directories that --conf files name.
func addConfDirs(tree *rootfs.Tree, settings []doctor.Setting) error {
	for _, s := range settings {
		if s.Kind != doctor.Directory {
			continue
		}
		if err := addImpliedDir(tree, s.Value, fmt.Sprintf("--conf %s, line %d", s.File, s.Line)); err != nil {
			return err
		}
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/tell"
	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/relocate"
	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/internal/conf"
	"github.com/mkrootfs/mkrootfs/internal/needs"
	"github.com/mkrootfs/mkrootfs/internal/owner"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// packing is an image in the making: what was asked for, what was found, and
// the tree that comes of it.
type packing struct {
	*request
	src      *source.Source
	programs []source.Program
	resolver *elfdeps.Resolver
	closure  *elfdeps.Closure
	tree     *rootfs.Tree
	confDest string
	warnings []error

	troubles []confTrouble // what the --conf files ask for

	plugins, inTrees []string // files that --copy brought, by themselves and in trees
	donePlugins      int      // of these, those whose closures are in
	doneInTrees      int
	over             *elfdeps.Resolver // sees the tree over the source
	copied           []string          // every regular file that --copy brought
	configs          []string          // of these and of --conf, what groups may read: paths at the source

	brought []brought // groups that went in
	hints   []brought // and those that were left to the user
	opens   []declared

	places    []sysroot.Place // of the tree, for --print json
	terminal  bool            // a terminal may show what --print prints
	literals  *literalCache
	moved     map[string]bool        // paths at the source that are elsewhere in the image
	examined  map[string]bool        // objects that the doctor has looked at
	needed    map[string]*needs.Need // the surest need of each group that it found
	pathFiles []string               // musl's .path files at the source
	lost      []*relocate.LostError
	mended    bool // loaders' files were added, so that lost must be found anew
}

// compose finds everything that goes in and settles the tree. Nothing has been
// written when it returns.
func compose(ctx context.Context, r *request) (*packing, error) {
	src, err := source.Open(r.sysroot)
	if err != nil {
		return nil, err
	}
	p := newPacking(r, src)
	for _, step := range []func(context.Context) error{
		p.findPrograms, p.resolve, p.checkModes, p.addClosure, p.addCopies, p.addConf, p.addPackages, p.addPlugins, p.addDirs, p.addDeclared, p.addNeeds, p.addConfDirs, p.addLoaderFiles, p.settleConfig, p.check,
	} {
		if err := step(ctx); err != nil {
			return p, p.nameProviders(ctx, err)
		}
	}
	return p, nil
}

func newPacking(r *request, src *source.Source) *packing {
	return &packing{request: r, src: src, tree: &rootfs.Tree{}, resolver: src.Resolver(r.libraryPath), closure: &elfdeps.Closure{}, literals: newLiteralCache()}
}

func (p *packing) findPrograms(context.Context) error {
	var errs []error
	for _, arg := range p.options.programs {
		found, err := p.src.Find(arg)
		errs = append(errs, err)
		p.programs = append(p.programs, found)
	}
	return errors.Join(errs...)
}

// resolve finds the closures of the programs and of --lib.
func (p *packing) resolve(ctx context.Context) error {
	var names []string
	for _, prog := range p.programs {
		names = append(names, prog.Src)
	}
	closure, err := p.resolver.Resolve(ctx, names...)
	p.closure = closure
	if len(p.libs) == 0 || ctx.Err() != nil {
		return err
	}
	more, _ := p.resolver.Dlopen(ctx, p.programs[0].Src, p.libs...)
	p.closure.Merge(more)
	return p.closure.Err()
}

// runs reports whether a program is meant to be started: a shared object, which
// may be packed as well, need not be executable, even if it names a loader.
func (p *packing) runs(prog source.Program) bool {
	o := p.closure.Object(p.src.Abs(prog.Src))
	if o == nil || o.Soname == "" {
		return o == nil || o.Kind != elfdeps.Library
	}
	n, err := p.src.Root.Walk(o.Path)
	return err != nil || n.Info.Mode()&0o111 != 0 && o.Kind != elfdeps.Library
}

// checkModes refuses programs that the kernel would not start for want of an x
// bit.
func (p *packing) checkModes(context.Context) error {
	var errs []error
	for _, prog := range p.programs {
		o := p.closure.Object(p.src.Abs(prog.Src))
		if o == nil || !p.runs(prog) {
			continue
		}
		n, err := p.src.Root.Walk(o.Path)
		switch {
		case sysroot.IsAbsent(err):
		case err != nil:
			errs = append(errs, err)
		case n.Info.Mode()&0o111 == 0:
			errs = append(errs, withHint(fmt.Errorf("%s: not executable", prog.Arg), "chmod +x "+tell.ShellPath(prog.Arg)))
		}
	}
	return errors.Join(errs...)
}

// addConf puts each --conf where its rule says, with a mode that does not
// depend on the umask it was written under: an image has no secrets from
// whoever runs it, and its program need not be root.
func (p *packing) addConf(ctx context.Context) error {
	mode := fs.FileMode(0o644)
	for i, spec := range p.conf {
		src, dst := source.SplitDest(spec)
		if dst == "" {
			dst = conf.Dest(src)
		} else if dst[len(dst)-1] == '/' {
			dst += path.Base(src)
		}
		from, name := p.src.File(src)
		err := p.tree.AddFrom(from, name, rootfs.CopyOptions{Dest: dst, Mode: &mode, Claim: "--conf " + src})
		if err != nil {
			return confError(src, err)
		}
		if i == 0 {
			p.confDest = path.Clean(dst)
		}
		p.copied = append(p.copied, path.Clean(dst))
		if from == p.src.Root {
			p.configs = append(p.configs, name)
		}
		if err := p.readConf(ctx, from, name, src); err != nil {
			return err
		}
	}
	return nil
}

// addDirs makes the --mkdir directories and the working directory.
func (p *packing) addDirs(context.Context) error {
	for _, d := range p.mkdirs {
		var who owner.IDs
		if d.owner != "" {
			var err error
			if who, err = ownerOf(p.src, "mkdir", d.owner); err != nil {
				return err
			}
		}
		err := p.tree.Add(rootfs.Entry{
			Path: d.path, Mode: fs.ModeDir | d.mode, UID: who.UID, GID: who.GID, Claim: "--mkdir " + d.path,
		})
		if err != nil {
			return err
		}
	}
	if p.workdir == "" {
		return nil
	}
	// As a Dockerfile's WORKDIR: made when nothing else makes it.
	return p.tree.Add(rootfs.Entry{Path: p.workdir, Mode: fs.ModeDir | 0o755, Implied: true, Claim: "--workdir " + p.workdir})
}

// settleConfig completes the configuration with what the files tell: the
// platform, the command and the user's number.
func (p *packing) settleConfig(context.Context) error {
	if err := p.settlePlatform(); err != nil {
		return err
	}
	runs := p.programs[0].Dest
	switch {
	case p.hasArgs && len(p.config.Entrypoint) > 0:
		p.config.Cmd = p.args
	case p.hasArgs:
		p.config.Cmd = append([]string{runs}, p.args...)
	case p.cmd.given || len(p.config.Entrypoint) > 0:
	case p.confDest != "":
		p.config.Cmd = []string{runs, p.confDest}
	case p.runs(p.programs[0]):
		p.config.Cmd = []string{runs}
	}
	p.settlePath()
	if err := p.settleUser(); err != nil {
		return err
	}
	checked := p.config
	checked.Annotations = nil // which a format may not have; they are checked with it
	var text *image.TextError
	err := checked.Check()
	if errors.As(err, &text) && !p.makesImage() { // the root file system has no configuration
		return nil
	}
	return err
}

// makesImage reports whether the configuration goes anywhere.
func (p *packing) makesImage() bool {
	return p.load || p.push || slices.ContainsFunc(p.outputs, output.isImage)
}

// settleUser writes a user's name as the numbers that the source has for it; a
// number stays as it was typed.
func (p *packing) settleUser() error {
	if p.user == "" {
		return nil
	}
	who, err := ownerOf(p.src, "user", p.user)
	if err != nil {
		return err
	}
	if p.config.User = p.user; strings.Trim(p.user, "0123456789:") != "" {
		p.config.User = fmt.Sprintf("%d:%d", who.UID, who.GID)
	}
	return nil
}

// settlePath names the usual PATH beside other variables. Engines supply it for
// an image without one, but containerd's client only where there are none at
// all (oci.WithImageConfig).
func (p *packing) settlePath() {
	if len(p.config.Env) > 0 && !slices.ContainsFunc(p.config.Env, func(kv string) bool { return strings.HasPrefix(kv, "PATH=") }) {
		p.config.Env = append([]string{"PATH=" + source.UsualPath}, p.config.Env...)
	}
}

// settlePlatform takes the platform from the first program's ELF header and
// holds it against --platform.
func (p *packing) settlePlatform() error {
	var found *elfdeps.Object
	for _, o := range p.closure.Objects {
		if o.Kind != elfdeps.Script {
			found = o
			break
		}
	}
	if found == nil {
		return nil
	}
	osName, arch, variant := found.Platform()
	want := &p.config.Platform
	if want.OS == "" {
		want.OS, want.Architecture, want.Variant = osName, arch, variant
		return nil
	}
	if want.OS != osName || want.Architecture != arch {
		return withHint(fmt.Errorf("%s: made for %s/%s, which contradicts --platform %s", found.Path, osName, arch, p.platform),
			"leave --platform out: it is read from the program")
	}
	if want.Variant == "" {
		want.Variant = variant
	}
	return nil
}

// ownerOf looks a user up in the source's passwd and group files.
func ownerOf(s *source.Source, flag, spec string) (owner.IDs, error) {
	who, err := owner.Lookup(s.Root, spec)
	if err != nil {
		return who, withHint(fmt.Errorf("--%s: %s: %w", flag, spec, err), "a number needs no entry in /etc/passwd: UID:GID")
	}
	return who, nil
}

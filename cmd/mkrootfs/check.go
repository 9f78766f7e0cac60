package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/relocate"
	"github.com/mkrootfs/mkrootfs/image"
)

// check holds the settled tree to what was found: each file that the loader
// opens is there, and the image's own loader, started with the image's own
// environment, finds everything again.
func (p *packing) check(ctx context.Context) error {
	for _, o := range p.closure.Objects {
		if o.Kind == elfdeps.Interpreter && o.Interp == "" {
			p.tree.Require(o.Path, true, "the program interpreter")
		}
	}
	for _, prog := range p.programs {
		p.tree.Require(prog.Dest, p.runs(prog), "the program "+path.Base(prog.Dest))
	}
	if err := p.tree.Check(); err != nil {
		return err
	}
	return p.findAgain(ctx)
}

// findAgain runs the resolver inside the tree: whatever it met at the source
// it must meet there, and nothing else goes wrong.
func (p *packing) findAgain(ctx context.Context) error {
	inside := p.inside()
	if p.mended {
		var err error
		if p.lost, err = p.compare(ctx, &relocate.Comparison{Image: inside, Same: p.sameFile}); err != nil {
			return err
		}
	}
	errs, told := lostErrors(p.lost)
	var names []string
	for _, prog := range p.programs {
		names = append(names, prog.Dest)
	}
	_, err := inside.Resolve(ctx, names...)
	if err == nil || ctx.Err() != nil {
		return errors.Join(append(errs, ctx.Err())...)
	}
	for _, e := range flatten(err) {
		var missing *elfdeps.MissingError
		var interp *elfdeps.InterpreterError
		switch {
		case errors.As(e, &interp) && p.isLibrary(interp.Path): // which names none; the source's was a guess
		case !errors.As(e, &missing):
			errs = append(errs, fmt.Errorf("in the image: %w", e))
		case !told[missing.Name]:
			errs = append(errs, fmt.Errorf("%s: would not be found in the image, where %s needs it", missing.Name, missing.NeededBy))
		}
	}
	return errors.Join(errs...)
}

// isLibrary reports whether what is at a path of the image is a shared object that
// was named as a program.
func (p *packing) isLibrary(dest string) bool {
	return slices.ContainsFunc(p.programs, func(prog source.Program) bool { return prog.Dest == dest && !p.runs(prog) })
}

// variable returns the value that the image gives an environment variable.
func (p *packing) variable(name string) string {
	for _, kv := range p.config.Env {
		if len(kv) > len(name) && kv[:len(name)] == name && kv[len(name)] == '=' {
			return kv[len(name)+1:]
		}
	}
	return ""
}

// warn says what may be amiss.
func (p *packing) warn(u *ui) {
	if what := p.dropsAnnotations(); what != "" {
		u.warn(what+" has no place for annotations, which the OCI formats have", "-o x.oci.tar, type=oci-dir or --push keep them")
	}
	p.warnConf(u)
	for _, err := range p.warnings {
		u.warn(describe(err))
	}
	p.warnRights(u)
	for _, b := range p.brought {
		if len(b.plan.Absent) > 0 && (b.need == nil || b.plan.Group == "locale" || b.plan.Group == "tzdata") {
			u.warn(fmt.Sprintf("--with %s: not here: %s", b.plan.Group, some(b.plan.Absent)), "install it, or leave the group out")
		}
	}
	p.warnDangling(u)
}

// dropsAnnotations names an output that cannot carry the annotations given.
func (p *packing) dropsAnnotations() string {
	if len(p.config.Annotations) == 0 {
		return ""
	}
	for _, out := range p.outputs {
		if out.kind == kindDocker {
			return "a docker archive"
		}
	}
	switch {
	case p.load:
		return "an engine"
	case p.format == image.Docker:
		return "the docker format"
	}
	return ""
}

// warnDangling says which symlinks of copied trees lead nowhere in the image,
// the first few by name.
func (p *packing) warnDangling(u *ui) {
	list := p.tree.Dangling()
	mendable := false
	for i, d := range list {
		mendable = mendable || d.AtSource
		if i < maxShown || u.verbose {
			u.warn(fmt.Sprintf("%s: a symlink to %s, which is not in the image", d.Path, d.Target), "")
		}
	}
	if more := len(list) - maxShown; more > 0 && !u.verbose {
		u.warn(fmt.Sprintf("and %d more symlinks lead nowhere", more), "--verbose names them all")
	}
	if mendable && !u.quiet {
		u.line("hint", "--copy with what a symlink leads to brings that in too")
	}
}

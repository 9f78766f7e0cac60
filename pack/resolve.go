package pack

import (
	"context"
	"os"
	"syscall"

	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/internal/providers"
	"github.com/mkrootfs/mkrootfs/internal/source"
)

// Options say how far Resolve goes, and what the process around it contributes.
// The zero value resolves everything, in an empty environment.
type Options struct {
	Environment Environment
	Depth       Depth
}

// Environment is what the programs are looked up and started with at the source.
// It matters to what the loader finds there; the image has the environment of its
// own configuration.
type Environment struct {
	Dir         string // the working directory on this machine, absolute
	Path        string // PATH, for programs of this machine; a sysroot has the usual one
	LibraryPath string // LD_LIBRARY_PATH, searched after Spec.LibraryPath
	Preload     string // LD_PRELOAD
	Audit       string // LD_AUDIT
}

// removedDir stands for a working directory that was removed: no file can have
// this path, and absolute paths do not need it.
const removedDir = "/proc/self/cwd (deleted)"

// CurrentEnvironment returns the environment of this process, without LD_PRELOAD
// and LD_AUDIT, which are about the programs that run here and not about images.
func CurrentEnvironment() Environment {
	dir, err := syscall.Getwd() // which the loader asks as well, whatever PWD says
	if err != nil {
		dir = removedDir
	}
	return Environment{Dir: dir, Path: os.Getenv("PATH"), LibraryPath: os.Getenv("LD_LIBRARY_PATH")}
}

// Depth is how far Resolve goes.
type Depth int

const (
	// Complete finds everything, checks that the image's own loader will find all of
	// it again, and completes the configuration.
	Complete Depth = iota
	// Composed finds everything and composes the tree, without the check.
	Composed
	// Loaded finds what the loader opens for the programs, and makes no tree.
	Loaded
)

// Resolve finds everything that goes into the image that spec describes. It reads
// the source and changes nothing.
//
// With an error that says only what is missing comes the plan as far as it could
// be made, for showing; Write refuses it. Every missing library is a part of the
// error (errors.Join), and Explain gives the hint for each part. It ends with the
// error of ctx once that has ended.
func Resolve(ctx context.Context, spec Spec, o Options) (*Plan, error) {
	r, err := parse(spec)
	if err != nil {
		return nil, err
	}
	src, err := source.Open(spec.Sysroot, source.Environment(o.Environment))
	if err != nil {
		return nil, err
	}
	programs, err := findPrograms(src, spec.Programs)
	if err != nil {
		return nil, err
	}
	sys := system{src, src.Resolver(spec.LibraryPath), programs, spec.Files.Lib}
	plan, err := resolve(ctx, sys, r, o.Depth)
	if err != nil {
		err = providers.AddHints(ctx, sys.Root, hasSetID(sys), err)
	}
	return plan, err
}

// resolve makes the plan for r. Where libraries are missing and the plan is to be
// shown, it composes what it can and returns that they are missing.
func resolve(ctx context.Context, sys system, r request, depth Depth) (*Plan, error) {
	closure, missing := loadClosure(ctx, sys)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	plan := &Plan{
		Programs: sys.programs, Closure: closure, Config: r.config,
		source: sourceFiles{Source: sys.Source, copies: r.copies, search: sys.search},
	}
	if depth == Loaded || depth == Complete && missing != nil {
		return plan, missing
	}
	err := compose(ctx, sys, r, depth, plan)
	if missing != nil && ctx.Err() == nil {
		return plan, missing // other errors follow from this one
	}
	return plan, err
}

// compose completes plan, whose closure is found, to the given depth.
func compose(ctx context.Context, sys system, r request, depth Depth, plan *Plan) error {
	if depth == Complete {
		if err := checkExecutable(sys, plan.Closure); err != nil {
			return err
		}
	}
	c, err := askedFor(ctx, sys, r, plan.Closure)
	if err == nil {
		c, err = grow(ctx, sys, r, c)
	}
	plan.fill(c)
	if err != nil {
		return err
	}
	if err := addConfDirs(c.tree, c.findings.Settings); err != nil {
		return err
	}
	if depth == Complete {
		if plan.Config, err = completeConfig(sys, r, c); err != nil {
			return err
		}
	}
	inside := imageSearch{tree: c.tree, config: plan.Config}
	if depth == Composed {
		return foreseeLoaderFiles(ctx, sys, c, inside)
	}
	lost, err := addLoaderFiles(ctx, sys, c, inside)
	if err != nil {
		return err
	}
	plan.Warnings = append(plan.Warnings, treeWarnings(c.tree)...)
	err = verify(ctx, sys, c, inside, lost)
	plan.isChecked = err == nil
	return err
}

// fill takes over what there is to say about the contents.
func (p *Plan) fill(c contents) {
	p.Tree, p.Closure, p.Groups, p.Opened = c.tree, c.closure, c.groups, c.opened
	for _, g := range c.findings.Hints {
		p.Suggestions = append(p.Suggestions, groupOf(g))
	}
	for _, open := range c.findings.Opens {
		if !c.asked[openKey(open)] {
			p.Opened = append(p.Opened, Opened{Reason: openReason(open), Guessed: open.Priority == doctor.Hinted})
		}
	}
	for _, pattern := range c.findings.Patterns {
		for _, name := range pattern.Names {
			r := Reason{Cause: ByDlopen, By: pattern.By, Name: name}
			p.Opened = append(p.Opened, Opened{Reason: r, Guessed: true, Pattern: true})
		}
	}
	if p.Config.ExposedPorts == nil {
		p.Config.ExposedPorts = c.findings.Ports
	}
	p.Warnings = append(settingWarnings(c.findings.Settings), c.warnings...)
	for _, err := range c.findings.Warnings {
		p.Warnings = append(p.Warnings, warningOf(err))
	}
}

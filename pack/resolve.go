package pack

import (
	"context"
	"slices"

	"github.com/mkrootfs/mkrootfs/internal/confplan"
	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/internal/inimage"
	"github.com/mkrootfs/mkrootfs/internal/owner"
	"github.com/mkrootfs/mkrootfs/internal/providers"
	"github.com/mkrootfs/mkrootfs/internal/rights"
	"github.com/mkrootfs/mkrootfs/internal/source"
)

// Resolve finds everything that goes into the image that spec describes. It reads
// the source and changes nothing.
//
// If Resolve returns both a plan and an error, the plan is incomplete: it can be
// printed, but not written. The error joins an error for each missing library
// (errors.Join); Explain returns a message for each. When ctx ends, the error is that
// of ctx.
func Resolve(ctx context.Context, spec Spec, o Options) (*Plan, error) {
	r, err := parse(spec, o.Depth)
	if err != nil {
		return nil, err
	}
	src, err := source.Open(spec.Sysroot, source.Environment(o.Environment))
	if err != nil {
		return nil, err
	}
	programs, err := findPrograms(src, spec.Programs)
	if err != nil {
		return nil, providers.AddProgramHints(ctx, src, err)
	}
	owners, err := owner.NewTable(src.Root, r.accounts)
	if err != nil {
		return nil, err
	}
	search := src.Resolver(spec.LibraryPath, inimage.Environment(r.Image.Env)("PATH"))
	sys := system{src, search, programs, spec.Files.Lib, owners}
	plan, err := resolve(ctx, sys, r)
	if err != nil {
		err = providers.AddHints(ctx, sys.Root, hasSetID(sys), err)
	}
	return plan, err
}

// resolve makes the plan for r. If libraries are missing, it returns an error with a
// plan of what was found.
func resolve(ctx context.Context, sys system, r request) (*Plan, error) {
	closure, missing := loadClosure(ctx, sys)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	plan := &Plan{
		Programs: sys.programs, Closure: closure, Config: r.config,
		source: sourceFiles{Source: sys.Source, copies: r.copies, search: sys.search},
	}
	if r.depth == Loaded || r.depth == Complete && missing != nil {
		return plan, missing
	}
	err := compose(ctx, sys, r, plan)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case missing != nil:
		return plan, missing // other errors follow from this one
	case err != nil:
		return nil, err
	}
	return plan, nil
}

// compose completes a plan that has only a closure to the depth of r.
func compose(ctx context.Context, sys system, r request, plan *Plan) error {
	if r.depth == Complete {
		if err := checkExecutable(sys, plan.Closure); err != nil {
			return err
		}
	}
	c, err := askedFor(ctx, sys, r, plan.Closure)
	if err == nil {
		c, err = grow(ctx, sys, r, c)
	}
	start := startOf(sys, r, c)
	start.Advice = append(start.Advice, confplan.FileAdvice(c.findings, c.placed.confs, sys.File)...)
	plan.fill(c, r.dlopen, start)
	if err != nil {
		return err
	}
	if r.depth == Complete {
		if plan.Config, err = completeConfig(sys, r, c, start); err != nil {
			return err
		}
	}
	inside := searched{Search: inimage.Search{Tree: c.tree, Config: plan.Config}}
	if r.depth == Composed {
		return addLoaderFilesIfDoubtful(ctx, sys, c, inside.Search)
	}
	if inside.lost, err = addLoaderFiles(ctx, sys, c, inside.Search); err != nil {
		return err
	}
	user := rights.User{Name: r.Image.User}
	if user.IDs, err = sys.owners.ForFlag("user", r.Image.User); err != nil {
		return err
	}
	plan.Warnings = slices.Concat(plan.Warnings, treeWarnings(c.tree), accessWarnings(user, c))
	err = verify(ctx, sys, c, inside)
	plan.isChecked = err == nil
	return err
}

// fill sets the fields of p that describe c.
func (p *Plan) fill(c contents, level doctor.Level, start confplan.Start) {
	p.Tree, p.Closure, p.Groups, p.Opened = c.tree, c.closure, c.groups, c.opened
	p.Opened = append(p.Opened, leftOut(c, level)...)
	if p.Config.ExposedPorts == nil {
		p.Config.ExposedPorts = c.findings.Ports
	}
	p.Notes = start.Notes
	for _, w := range confplan.SettingWarnings(c.findings.Settings, start.Stays) {
		p.Warnings = append(p.Warnings, Warning{Text: w.Text, Hint: w.Hint})
	}
	p.Warnings = append(p.Warnings, c.warnings...)
	for _, err := range c.findings.Warnings {
		p.Warnings = append(p.Warnings, warningOf(err))
	}
	p.addAdvice(slices.Concat(start.Advice, c.findings.Advice))
}

package doctor

import (
	"context"
	"fmt"
	"slices"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/doctor/internal/conffile"
)

// Examine returns what the objects, the configuration files and in.Groups need other
// than the closure. If a group adds objects, the caller adds them to in.Objects and
// calls Examine again.
//
// Examine returns an error if a file cannot be read, a limit of this package is
// exceeded, or ctx has ended. A missing file is not an error; Group.Absent has its name.
func (d *Doctor) Examine(ctx context.Context, in Input) (*Findings, error) {
	if err := in.Groups.check(); err != nil {
		return nil, err
	}
	if in.Env == nil {
		in.Env = func(string) string { return "" }
	}
	configs, err := conffile.Read(ctx, in.Image, in.Configs)
	if err != nil {
		return nil, err
	}
	found := findingsOf(in, configs)
	if found.Dirs, err = d.confDirs(in, configs); err != nil {
		return nil, err
	}
	d.findRootRefusal(in, configs.Users, found)
	findLostAccounts(in, found)
	if err := d.findOpens(ctx, withoutScripts(in), found); err != nil {
		return nil, err
	}
	if !in.Groups.Auto && len(in.Groups.With) == 0 {
		return found, nil // the objects need not be read for groups
	}
	return found, d.findGroups(ctx, in, configs, found)
}

// findingsOf returns what the configuration files say.
func findingsOf(in Input, c conffile.Contents) *Findings {
	isSet := func(v Setting) bool { return in.Env(v.Value) != "" }
	return &Findings{
		Ports: c.Ports, Settings: c.Settings, Modes: c.Modes, Includes: c.Includes, Warnings: c.Warnings,
		Variables: slices.DeleteFunc(c.Variables, isSet),
	}
}

// findGroups adds the groups for the image, and advice about what else it may lack, to
// found.
func (d *Doctor) findGroups(ctx context.Context, in Input, configs conffile.Contents, found *Findings) error {
	linked := withoutScripts(in)
	needs, err := d.findNeeds(ctx, linked)
	if err != nil {
		return err
	}
	facts, err := d.collectFacts(ctx, linked, configs)
	if err != nil {
		return err
	}
	basis := groupBasis{needs, facts}
	if err := d.advise(ctx, in, &basis, found); err != nil {
		return err
	}
	return d.chooseGroups(ctx, linked, basis, found)
}

// withoutScripts returns in without the objects that are not linked: scripts and
// interpreters.
func withoutScripts(in Input) Input {
	in.Objects = slices.DeleteFunc(slices.Clone(in.Objects), func(o Object) bool {
		return o.Kind == elfdeps.Script || o.Kind == elfdeps.Interpreter
	})
	return in
}

// advise adds the data and the helpers of the programs and scripts to b, and the advice
// about them to found. Data are those of programs that run, so helpers are searched
// first, and again with the programs among the data that interpreters start.
func (d *Doctor) advise(ctx context.Context, in Input, b *groupBasis, found *Findings) error {
	started, err := d.findHelpers(ctx, in)
	if err != nil {
		return err
	}
	data, err := d.findData(ctx, startedObjects(in, started.list), in.Groups)
	if err != nil {
		return err
	}
	b.facts.selected, b.needs["data"] = data.selected, data.selected.need()
	if in.Groups.Auto && !slices.Contains(in.Groups.Without, "data") {
		found.Advice = append(found.Advice, data.rest.advice(in)...)
	}
	in.Programs = slices.Concat(in.Programs, data.selected.starts())
	b.facts.started, err = d.adviseHelpers(ctx, in, b.needs, found)
	if problem := d.packages.Problem(); problem != nil {
		const text = "the package database cannot be read, so data and helpers of programs may be missing: %w"
		found.Warnings = append(found.Warnings, fmt.Errorf(text, problem))
	}
	return err
}

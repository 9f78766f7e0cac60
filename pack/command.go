package pack

import (
	"context"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/confplan"
	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// startOf returns how a container starts the first program. Start.Command is CMD.
func startOf(sys system, r request, c contents) confplan.Start {
	program := sys.programs[0]
	switch {
	case len(r.Args) > 0 && len(r.Image.Entrypoint) > 0:
		return confplan.Start{Command: r.Args}
	case r.Image.Cmd != nil || len(r.Image.Entrypoint) > 0:
		return confplan.Start{Command: r.Image.Cmd}
	case len(r.Args)+len(c.placed.confs) == 0 && !isStarted(sys, c.closure, program):
		return confplan.Start{}
	}
	return confplan.Plan(confplan.Run{
		Names: namesOf(program), Path: program.Dest, Confs: c.placed.confs, Args: r.Args,
		Settings: c.findings.Modes, At: sys.File, Image: sysroot.New(c.tree.FS()),
	})
}

// namesOf returns the names by which a table may know a program.
func namesOf(p Program) []string { return []string{p.Src, p.Dest} }

// placeConfs returns the paths of the --conf files in the image.
func placeConfs(ctx context.Context, sys system, closure *elfdeps.Closure, list []Conf) ([]confplan.Placed, error) {
	confs := make([]confplan.Conf, len(list))
	for i, c := range list {
		confs[i] = confplan.Conf(c)
	}
	return confplan.Place(confplan.Program{
		Names: namesOf(sys.programs[0]),
		Strings: func(yield func([]byte) bool) error {
			return doctor.OwnStrings(ctx, sys.search, closure.Objects, yield)
		},
		Exists: func(name string) bool {
			n, err := sys.Root.Walk(name)
			return err == nil && n.Info.Mode().IsRegular()
		},
	}, confs)
}

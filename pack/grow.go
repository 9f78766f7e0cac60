package pack

import (
	"context"
	"fmt"
	"slices"

	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/internal/inimage"
)

// maxRounds limits how often added files may require further files. Four rounds
// are enough for every group with plugins.
const maxRounds = 100

// grow adds what the contents need until they need nothing more: the closures of
// copied objects, the libraries that objects declare to dlopen, and groups of run-time
// files, whose objects are examined in turn.
func grow(ctx context.Context, sys system, r request, c contents) (contents, error) {
	x := examiner{sys, r, doctor.New(sys.Root)}
	level := r.dlopen
	for range maxRounds {
		var err error
		if c, err = addClosures(ctx, sys, c); err != nil {
			return c, err
		}
		findings, err := x.examine(ctx, c)
		if err != nil {
			return c, err
		}
		c.findings = findings
		before := len(c.closure.Objects)
		if c, err = addOpened(ctx, sys, level, c); err != nil {
			return c, err
		}
		if level == doctor.LevelHinted {
			level = doctor.LevelSuggested // strings count only in objects that do not come from strings
		}
		if len(c.closure.Objects) > before {
			continue // the groups depend on all objects
		}
		if c, err = addConfDirs(c); err != nil {
			return c, err
		}
		var isNew bool
		c, isNew = addStarted(c)
		isNew = isNew || len(c.findings.Groups) > 0
		if c, err = addGroups(ctx, sys, c); err != nil || !isNew {
			return c, err
		}
	}
	return c, fmt.Errorf("more than %d rounds of libraries that dlopen further libraries; add --dlopen none", maxRounds)
}

// addStarted makes files of the image that a program starts candidates, and reports whether
// there are any.
func addStarted(c contents) (_ contents, isNew bool) {
	for _, name := range c.findings.Started {
		if key := openKey(doctor.Open{By: name}); !c.asked[key] {
			c.asked[key], isNew = true, true
			c.pending = append(c.pending, candidate{path: name, inTree: true})
		}
	}
	return c, isNew
}

// examiner finds out from package doctor what contents need.
type examiner struct {
	sys system
	r   request
	doc *doctor.Doctor
}

// examine returns what c needs.
func (x examiner) examine(ctx context.Context, c contents) (*doctor.Findings, error) {
	libc, err := x.sys.search.Libc(ctx, c.closure)
	if err != nil {
		return nil, err
	}
	in := doctor.Input{
		Libc: libc, Env: inimage.Environment(x.r.Image.Env), User: x.r.Image.User, Accounts: x.accounts(),
		Image: c.tree.FS(), Moved: map[string]string{}, Configs: c.configs, Groups: x.r.groups, Dlopen: x.r.dlopen,
	}
	at := readers{x.sys, c.merged(x.sys)}
	for _, o := range c.closure.Objects {
		in.Objects = append(in.Objects, doctor.Object{Object: o, In: at.of(o.Path)})
	}
	for _, p := range x.sys.programs {
		in.Programs = append(in.Programs, p.Src)
		in.Moved[p.Src] = p.Dest
	}
	for _, g := range c.groups {
		in.Done = append(in.Done, g.Name)
	}
	return x.doc.Examine(ctx, in)
}

// accounts returns what the flags say about accounts.
func (x examiner) accounts() doctor.Accounts {
	image := x.r.Image
	a := doctor.Accounts{
		Added: x.sys.owners.Added, Env: image.Env, Command: slices.Concat(image.Entrypoint, image.Cmd, x.r.Args),
	}
	if image.Cmd == nil && len(image.Entrypoint) == 0 {
		a.Command = append([]string{x.sys.programs[0].Dest}, x.r.Args...)
	}
	for _, o := range x.r.copies {
		a.Owners = append(a.Owners, o.Chown)
	}
	for _, d := range x.r.dirs {
		a.Owners = append(a.Owners, d.Owner)
	}
	return a
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/internal/conf"
	"github.com/mkrootfs/mkrootfs/internal/groups"
	"github.com/mkrootfs/mkrootfs/internal/needs"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// choice is what --with and --without say.
type choice struct {
	auto    bool
	with    []string
	without []string
}

// readGroups reads --with and --without. "auto" stays unless "none" or a list
// without "auto" takes its place: --with gconv adds to what is found, --with
// none,gconv is gconv alone.
func (r *request) readGroups() error {
	r.groups.auto = true
	for _, list := range r.with {
		for name := range strings.SplitSeq(list, ",") {
			switch {
			case name == "auto":
				r.groups.auto = true
			case name == "none":
				r.groups.auto = false
			case groups.Brings(name) == "":
				return unknownGroup("with", name)
			default:
				r.groups.with = append(r.groups.with, name)
			}
		}
	}
	for _, list := range r.without {
		for name := range strings.SplitSeq(list, ",") {
			if groups.Brings(name) == "" {
				return unknownGroup("without", name)
			}
			r.groups.without = append(r.groups.without, name)
		}
	}
	return nil
}

func unknownGroup(flag, name string) error {
	names := append([]string{"auto", "none"}, groups.Names()...)
	hint := "the groups are " + strings.Join(groups.Names(), ", ")
	if near := nearest(name, names); near != "" {
		hint = "did you mean --" + flag + " " + near + "?"
	}
	return usage(fmt.Sprintf("--%s: there is no group %q", flag, name), hint)
}

// brought is a group that went in, and why.
type brought struct {
	plan groups.Plan
	need *needs.Need // nil when --with asked for it
}

// maxRounds bounds how often plugins that a group brought may bring groups.
const maxRounds = 4

// addNeeds adds the run-time files that the closure asks for, or --with: what
// one group brings may ask for another.
func (p *packing) addNeeds(ctx context.Context) error {
	for range maxRounds {
		fresh, err := p.nextGroups(ctx)
		if err != nil {
			return err
		}
		if len(fresh) == 0 {
			return nil
		}
		for _, b := range fresh {
			p.brought = append(p.brought, b)
			if err := p.addGroup(ctx, b); err != nil {
				return fmt.Errorf("--with %s: %w", b.plan.Group, err)
			}
		}
		if err := p.addPlugins(ctx); err != nil {
			return err
		}
	}
	return nil
}

// nextGroups decides which groups go in that have not yet.
func (p *packing) nextGroups(ctx context.Context) ([]brought, error) {
	best, err := p.findNeeds(ctx)
	if err != nil {
		return nil, err
	}
	p.hints = nil
	facts, err := p.groupFacts(ctx)
	if err != nil {
		return nil, err
	}
	var out []brought
	for _, name := range groups.Names() {
		need := best[name]
		asked := slices.Contains(p.groups.with, name)
		wanted := asked || p.groups.auto && need != nil && need.Degree >= needs.Likely
		if !wanted || slices.Contains(p.groups.without, name) || p.has(name) {
			continue
		}
		plan, err := groups.Make(ctx, p.src.Root, facts, name)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("--with %s: %w", name, err)
		}
		p.warnUnread(plan.Unread)
		if asked {
			need = nil
		}
		b := brought{plan, need}
		if asked || need.Certain() && plan.Size <= groups.AutoLimit {
			out = append(out, b)
		} else if plan.Size > 0 && !p.hasAll(plan) {
			p.hints = append(p.hints, b)
		}
	}
	return out, nil
}

// warnUnread warns of configuration files that were not searched, once of each.
func (p *packing) warnUnread(unread []error) {
	for _, err := range unread {
		warning := errors.New(pathFirst(err) + ": accounts and modules that it names are not looked for")
		if !slices.ContainsFunc(p.warnings, func(w error) bool { return w.Error() == warning.Error() }) {
			p.warnings = append(p.warnings, warning)
		}
	}
}

// hasAll reports whether everything of a group is in the tree anyway.
func (p *packing) hasAll(plan groups.Plan) bool {
	have := p.tree.FS()
	for _, a := range plan.Additions {
		if _, err := have.Lstat(a.Path); err != nil {
			return false
		}
	}
	return true
}

func (p *packing) has(group string) bool {
	return slices.ContainsFunc(p.brought, func(b brought) bool { return b.plan.Group == group })
}

// findNeeds returns the surest need of each group. Objects that it has looked
// at in an earlier round are not read again.
func (p *packing) findNeeds(ctx context.Context) (map[string]*needs.Need, error) {
	fresh, err := p.needObjects(ctx)
	if err != nil || len(fresh) == 0 {
		return p.needed, err
	}
	libc, err := p.resolver.Libc(ctx, p.closure)
	if err != nil {
		return nil, err
	}
	found, err := needs.Find(fresh, needs.Facts{Libc: libc.Kind, Env: p.variable, Configs: len(p.configs) > 0})
	if p.needed == nil {
		p.needed = map[string]*needs.Need{}
	}
	for _, n := range needs.Best(found) {
		if had := p.needed[n.Group]; had == nil || had.Degree < n.Degree {
			p.needed[n.Group] = &n
		}
	}
	return p.needed, err
}

// needObjects turns those objects of the closure that are new since it was last
// called into what the doctor looks at.
func (p *packing) needObjects(ctx context.Context) ([]needs.Object, error) {
	if p.examined == nil {
		p.examined = map[string]bool{}
	}
	var out []needs.Object
	for _, o := range p.closure.Objects {
		if o.Kind == elfdeps.Script || o.Kind == elfdeps.Interpreter || p.examined[o.Path] {
			continue
		}
		p.examined[o.Path] = true
		at := p.lookAt(o)
		imports, err := ask(ctx, at, o.Path, (*elffile.File).Imports)
		if err != nil {
			return nil, err
		}
		isGo, err := ask(ctx, at, o.Path, (*elffile.File).IsGo)
		if err != nil {
			return nil, err
		}
		n := needs.Object{
			Path: o.Path, Soname: o.Soname, Imports: imports, Go: isGo,
			Program: o.Kind == elfdeps.Executable, Static: o.Interp == "" && len(o.Needed) == 0,
			Literals: p.literals.of(ctx, at, o.Path),
		}
		for _, e := range o.Needed {
			n.Needed = append(n.Needed, e.Name)
		}
		out = append(out, n)
	}
	return out, nil
}

// lookAt returns the resolver that can read an object: the source's, or for
// what --copy and groups brought to another place, the image's.
func (p *packing) lookAt(o *elfdeps.Object) *elfdeps.Resolver {
	if _, err := p.src.Root.Walk(o.Path); sysroot.IsAbsent(err) && p.over != nil {
		return p.over
	}
	return p.resolver
}

// groupFacts are what the groups depend on.
func (p *packing) groupFacts(ctx context.Context) (groups.Facts, error) {
	libc, err := p.resolver.Libc(ctx, p.closure)
	if err != nil {
		return groups.Facts{}, err
	}
	f := groups.Facts{
		Env: p.variable, Libc: libc.Kind, LibcVersion: libc.Version, User: p.user,
		Libraries: map[string]string{}, Configs: p.configs,
	}
	f.Literals = func(path string, yield func([]byte) bool) error { return p.literals.each(ctx, p.resolver, path, yield) }
	for _, t := range p.troubles {
		if t.Kind == conf.User {
			f.Users = append(f.Users, t.Value)
		}
	}
	f.Static = true
	for _, o := range p.closure.Objects {
		switch o.Kind {
		case elfdeps.Library, elfdeps.Plugin:
			f.Libraries[o.Soname] = o.Path
			if dir := path.Dir(o.Path); !slices.Contains(f.LibraryDirs, dir) {
				f.LibraryDirs = append(f.LibraryDirs, dir)
			}
		case elfdeps.Executable:
			f.Programs = append(f.Programs, o.Path)
			isGo, err := ask(ctx, p.lookAt(o), o.Path, (*elffile.File).IsGo)
			if err != nil {
				return f, err
			}
			f.Static = f.Static && isGo && o.Interp == ""
		}
	}
	return f, nil
}

// addGroup puts the files of a group into the tree, where nothing else has
// claimed their places.
func (p *packing) addGroup(ctx context.Context, b brought) error {
	claim := "--with " + b.plan.Group
	have := p.tree.FS()
	var errs []error
	for _, a := range b.plan.Additions {
		_, statErr := have.Lstat(a.Path)
		taken := statErr == nil
		switch a.Kind {
		case groups.File:
			if !taken {
				errs = append(errs, p.tree.AddFrom(p.src.Root, a.Path, rootfs.CopyOptions{}))
			}
			if a.Plugin || a.Program {
				p.inTrees = append(p.inTrees, a.Path)
			}
		case groups.Bytes:
			if !taken {
				errs = append(errs, p.tree.Add(rootfs.Entry{Path: a.Path, Mode: a.Mode, UID: a.UID, GID: a.GID, Content: rootfs.Bytes(a.Data), Claim: claim}))
			}
		case groups.Dir:
			if !p.isMade(a.Path) {
				errs = append(errs, p.tree.Add(rootfs.Entry{Path: a.Path, Mode: fs.ModeDir | a.Mode, UID: a.UID, GID: a.GID, Claim: claim}))
			}
		case groups.Link:
			if !taken {
				errs = append(errs, p.tree.Add(rootfs.Entry{Path: a.Path, Mode: fs.ModeSymlink, Linkname: a.Target, Claim: claim}))
			}
		case groups.Library:
			errs = append(errs, p.addLibrary(ctx, a.Target))
		}
	}
	return errors.Join(errs...)
}

// isMade reports whether --mkdir or --copy has settled what a directory is like.
func (p *packing) isMade(dir string) bool {
	for _, d := range p.mkdirs {
		if path.Clean(d.path) == dir {
			return true
		}
	}
	for _, c := range p.copied {
		if strings.HasPrefix(c, dir+"/") {
			return true
		}
	}
	return false
}

// addLibrary adds what the first program would get by dlopen; where the
// source has none the programs do without it there as well.
func (p *packing) addLibrary(ctx context.Context, name string) error {
	more, err := p.resolver.Dlopen(ctx, p.programs[0].Src, name)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		p.warnings = append(p.warnings, err)
		return nil
	}
	p.closure.Merge(more)
	return p.addFound(more.Opened)
}

// because says in a few words why a group went in.
func (b brought) because() string {
	if b.need == nil {
		return "asked for"
	}
	who := path.Base(b.need.In)
	if len(b.need.Triggers) == 0 {
		return b.need.Why
	}
	return fmt.Sprintf("%s (%s)", strings.Join(b.need.Triggers[:1], ", "), who)
}

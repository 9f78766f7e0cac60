package elfdeps

import (
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/preload"
)

const (
	preloadFile = "/etc/ld.so.preload"
	maxPreload  = 1 << 20 // bytes of that file
	maxName     = 255     // SECURE_NAME_LIMIT (sysdeps/generic/ldsodefs.h)
)

// preloads loads what LD_PRELOAD and then /etc/ld.so.preload name
// (§12; handle_preload_list and dl_main in rtld.c). The loader
// only warns of a file that it cannot load, so that is no error here.
func (g *glibc) preloads() []*linkMap {
	var out []*linkMap
	for name := range strings.FieldsFuncSeq(g.s.r.Preload, func(c rune) bool { return c == ' ' || c == ':' }) {
		out = g.preload(out, name, "LD_PRELOAD")
	}
	names := g.s.preloadNames()
	if len(names) > 0 {
		g.c.addOpened(preloadFile)
	}
	for _, name := range names {
		out = g.preload(out, name, preloadFile)
	}
	return out
}

func (g *glibc) preload(out []*linkMap, name, from string) []*linkMap {
	if (strings.Contains(name, "/") && from != preloadFile || len(name) >= maxName) && g.atSecure() {
		return out // dso_name_valid_for_suid
	}
	r := request{name: name, by: g.main, parent: g.main, kind: Library, suid: true}
	if expanded, ok := g.tokens(g.main).Expand(name); ok && strings.Contains(name, "/") {
		r.name = expanded
	}
	l, e, err := g.mapObject(r)
	if err != nil {
		return out
	}
	if e.Rule != RuleAlreadyLoaded {
		e.Rule, e.Element = RulePreload, from
	}
	g.main.obj.Needed = append(g.main.obj.Needed, e)
	if slices.Contains(out, l) || l.queued {
		return out
	}
	return append(out, l)
}

// preloadNames returns the names in /etc/ld.so.preload.
func (s *session) preloadNames() []string {
	b, err := s.contents(s.open(preloadFile), maxPreload)
	if err != nil {
		return nil
	}
	return preload.Names(b)
}

// audits loads the audit modules that LD_AUDIT and the program's DT_AUDIT and
// DT_DEPAUDIT name, each in a namespace of its own (§12; load_audit_modules in
// rtld.c). One that cannot be loaded is ignored. So is one that needs a library
// that cannot be loaded, but the libraries before that one are loaded.
func (g *glibc) audits() {
	lists := []struct{ from, names string }{{"LD_AUDIT", g.s.r.Audit}}
	if g.loader.Version == 0 || g.loader.Version >= 232 {
		lists = append(lists, []struct{ from, names string }{
			{"DT_AUDIT", g.file.Dynamic.Audit}, {"DT_DEPAUDIT", g.file.Dynamic.DepAudit},
		}...)
	}
	for _, list := range lists {
		for name := range strings.SplitSeq(list.names, ":") {
			restricted := strings.Contains(name, "/") || len(name) >= maxName
			if name != "" && (!restricted || !g.atSecure()) {
				g.auditModule(name, list.from)
			}
		}
	}
}

func (g *glibc) auditModule(name, from string) {
	rtld := g.loaded[len(g.loaded)-1]
	own := *g.main
	own.obj = &Object{Path: g.main.obj.Path, Kind: g.main.obj.Kind}
	a := &glibc{
		process: g.process, cpu: g.cpu, c: &Closure{}, main: &own, audit: true, opening: true,
		byName: make(map[string]*linkMap),
	}
	again := *rtld
	again.key = g.interp.key // there can be only one ld.so (_dl_map_object_from_fd)
	a.add(&again)
	if expanded, ok := a.tokens(&own).Expand(name); ok && strings.Contains(name, "/") {
		name = expanded
	}
	l, e, err := a.mapObject(request{name: name, by: &own, kind: Plugin, suid: true})
	if err != nil {
		return
	}
	a.dependencies([]*linkMap{l})
	a.checkVersions()
	a.c.Missing, a.c.Errors = nil, nil
	if e.Rule != RuleAlreadyLoaded {
		e.Rule, e.Element = RulePreload, from
	}
	g.main.obj.Needed = append(g.main.obj.Needed, e)
	g.differ = g.differ.or(a.differ)
	g.c.Merge(a.c)
}

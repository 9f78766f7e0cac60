package elfdeps

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/shebang"
)

// maxScripts is how many "#!" lines the kernel follows for one start
// (§2; exec_binprm in fs/exec.c).
const maxScripts = 5

// defaultPath is where env looks when PATH is not set.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// scripts follows scripts to the programs that they name, and adds all of them to
// a closure.
type scripts struct {
	s    *session
	ctx  context.Context //nolint:containedctx // it lives as long as the call that it came with
	c    *Closure
	seen map[string]bool // paths of the scripts of the chain
}

// link is a place in a chain of scripts.
type link struct {
	depth int      // scripts since the last execve
	names []string // to dlopen in the program at the end of the chain
}

// script adds a script and what its interpreter loads, and with it env's
// argument; names are dlopened in the program at the end of the chain.
func (s *session) script(ctx context.Context, c *Closure, o *opened, names []string) {
	f := scripts{s: s, ctx: ctx, c: c, seen: map[string]bool{}}
	f.script(o, link{names: names})
}

func (f *scripts) script(o *opened, at link) {
	interp, arg, ok := shebang.Parse(o.file.Head)
	obj := f.c.adopt(&Object{Path: o.path, RealPath: o.node.Real, Kind: Script, Interp: interp, Size: o.file.Size})
	f.c.addOpened(o.path)
	at.depth++
	switch {
	case !ok:
		f.fail(obj, interp, fmt.Errorf("the #! line names no interpreter: %w", syscall.ENOEXEC))
		return
	case at.depth > maxScripts || f.seen[o.path]:
		f.fail(obj, interp, ErrScriptChain)
		return
	}
	f.seen[o.path] = true
	next := f.s.open(f.s.abs(interp))
	isEnv := path.Base(interp) == "env" && arg != ""
	to := at
	if isEnv {
		to.names = nil
	}
	if f.program(obj, next, Edge{Name: interp, Rule: RuleAbsolute}, to) && isEnv {
		f.envProgram(obj, arg, link{names: at.names})
	}
}

// fail notes that by names an interpreter that cannot be started.
func (f *scripts) fail(by *Object, interp string, err error) {
	f.c.addError(&InterpreterError{by.Path, interp, err})
}

// program follows the script by to the program o that it names by e, and reports
// whether that can be started.
func (f *scripts) program(by *Object, o *opened, e Edge, at link) bool {
	if err := f.s.startable(o); err != nil {
		by.addEdge(Edge{Name: e.Name})
		f.fail(by, e.Name, err)
		return false
	}
	if o.file.IsScript() {
		f.script(o, at)
	} else {
		f.s.resolveFile(f.ctx, f.c, o, at.names)
	}
	e.Path, e.To = o.path, f.c.Object(o.path)
	by.addEdge(e)
	return true
}

// startable returns why the kernel cannot start what o leads to. It reads the
// file.
func (s *session) startable(o *opened) error {
	switch {
	case o.err != nil:
		return o.err
	case !o.node.Info.Mode().IsRegular(), !executable(o.node.Info):
		return fmt.Errorf("%w: %w", errNotExecutable, fs.ErrPermission)
	}
	return s.load(o).openErr
}

func (o *Object) addEdge(e Edge) {
	if !o.hasEdge(e) {
		o.Needed = append(o.Needed, e)
	}
}

// envProgram follows the program that env starts for the script by.
func (f *scripts) envProgram(by *Object, arg string, at link) {
	name, search := shebang.EnvProgram(arg)
	switch {
	case name == "":
		return
	case strings.Contains(name, "/"):
		f.program(by, f.s.open(f.s.abs(name)), Edge{Name: name, Rule: RuleAbsolute}, at)
		return
	case search == "" && f.s.r.Path != "":
		search = f.s.r.Path
	case search == "":
		search = defaultPath
	}
	for dir := range strings.SplitSeq(search, ":") {
		if dir != "" {
			dir = strings.TrimRight(dir, "/") + "/"
		}
		o := f.s.open(f.s.abs(dir + name))
		if o.err == nil && o.node.Info.Mode().IsRegular() && executable(o.node.Info) {
			f.program(by, o, Edge{Name: name, Rule: RulePath, Element: dir}, at)
			return
		}
	}
	by.addEdge(Edge{Name: name})
	f.fail(by, name, fmt.Errorf("%w in PATH", fs.ErrNotExist))
}

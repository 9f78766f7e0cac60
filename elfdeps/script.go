package elfdeps

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
)

// maxScripts is how many "#!" lines the kernel follows for one start
// (§2; exec_binprm in fs/exec.c).
const maxScripts = 5

// defaultPath is where env looks when PATH is not told.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// shebang reads a "#!" line as load_script (§2; fs/binfmt_script.c) does: the
// interpreter and one argument, which may hold blanks. What is beyond the first
// 256 bytes does not exist.
func shebang(head []byte) (interp, arg string, ok bool) {
	line := head[2:]
	end := bytes.IndexByte(line, '\n')
	if end >= 0 {
		line = line[:end]
	}
	text := strings.Trim(string(line), " \t")
	text, _, nul := strings.Cut(text, "\x00")
	interp, arg = text, ""
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		interp, arg = text[:i], strings.Trim(text[i:], " \t")
	} else if end < 0 && !nul && len(head) == elffile.HeadSize {
		return "", "", false // the name goes on beyond what the kernel reads
	}
	return interp, arg, interp != ""
}

// script adds a script and what its interpreter loads, and with it env's
// argument; names are dlopened in the program at the end of the chain.
func (s *session) script(ctx context.Context, c *Closure, o *opened, names []string) {
	s.scripts(ctx, c, o, chain{names: names, seen: map[string]bool{}})
}

// chain is where a chain of scripts stands.
type chain struct {
	depth int             // scripts since the last execve
	seen  map[string]bool // scripts of the whole chain
	names []string        // to dlopen
}

func (s *session) scripts(ctx context.Context, c *Closure, o *opened, at chain) {
	interp, arg, ok := shebang(o.file.Head)
	obj := &Object{Path: o.path, RealPath: o.node.Real, Kind: Script, Interp: interp, Size: o.file.Size}
	obj = c.adopt(obj)
	c.addOpened(o.path)
	at.depth++
	switch {
	case !ok:
		c.addError(&InterpreterError{o.path, interp, fmt.Errorf("its #! line names none: %w", syscall.ENOEXEC)})
		return
	case at.depth > maxScripts || at.seen[o.path]:
		c.addError(&InterpreterError{o.path, interp, ErrScriptChain})
		return
	}
	at.seen[o.path] = true
	next := s.open(s.abs(interp))
	env := path.Base(interp) == "env" && arg != ""
	to := at
	if env {
		to.names = nil
	}
	if !s.runs(ctx, c, obj, next, Edge{Name: interp, Rule: RuleAbsolute}, to) || !env {
		return
	}
	at.depth = 0
	s.envProgram(ctx, c, obj, arg, at)
}

// runs follows a script to the program that it names; false if it cannot be.
func (s *session) runs(ctx context.Context, c *Closure, by *Object, o *opened, e Edge, at chain) bool {
	err := o.err
	switch {
	case err != nil:
	case o.node.Info.IsDir(), !o.node.Info.Mode().IsRegular(), !executable(o.node.Info):
		err = fmt.Errorf("%w: %w", errNotExecutable, fs.ErrPermission)
	default:
		err = s.load(o).openErr
	}
	if err != nil {
		by.addEdge(Edge{Name: e.Name})
		c.addError(&InterpreterError{by.Path, e.Name, err})
		return false
	}
	if s.load(o).IsScript() {
		s.scripts(ctx, c, o, at)
	} else {
		s.resolveFile(ctx, c, o, at.names)
	}
	e.Path, e.To = o.path, c.Object(o.path)
	by.addEdge(e)
	return true
}

func (o *Object) addEdge(e Edge) {
	if !o.hasEdge(e) {
		o.Needed = append(o.Needed, e)
	}
}

// envProgram follows the program that env starts for the script by.
func (s *session) envProgram(ctx context.Context, c *Closure, by *Object, arg string, at chain) {
	name, search := envArgument(arg)
	if name == "" {
		return
	}
	if search == "" {
		search = s.r.Path
	}
	if search == "" {
		search = defaultPath
	}
	e := Edge{Name: name, Rule: RuleAbsolute}
	if strings.Contains(name, "/") {
		s.runs(ctx, c, by, s.open(s.abs(name)), e, at)
		return
	}
	for dir := range strings.SplitSeq(search, ":") {
		if dir != "" {
			dir = strings.TrimRight(dir, "/") + "/"
		}
		o := s.open(s.abs(dir + name))
		if o.err == nil && o.node.Info.Mode().IsRegular() && executable(o.node.Info) {
			e.Rule, e.Element = RulePath, dir
			s.runs(ctx, c, by, o, e, at)
			return
		}
	}
	by.addEdge(Edge{Name: name})
	c.addError(&InterpreterError{by.Path, name, fmt.Errorf("%w in PATH", fs.ErrNotExist)})
}

// envArgument finds the program among the arguments of env, and the PATH that
// they set: options come first, then assignments. A "#!" line gives env one
// argument, which only -S splits.
func envArgument(arg string) (name, search string) {
	args := envOperands([]string{arg})
	if len(args) > 0 && args[0] == "-" {
		args = args[1:]
	}
	for _, a := range args {
		if strings.IndexByte(a, '=') <= 0 {
			return a, search
		}
		if value, ok := strings.CutPrefix(a, "PATH="); ok {
			search = value
		}
	}
	return "", search
}

// envOperands passes over env's options, as getopt does, and splits the
// argument of -S wherever it stands among them.
func envOperands(args []string) []string {
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		option, value, has := envOption(args[0])
		if args = args[1:]; option == "--" {
			return args
		}
		if option != "" && !has && len(args) > 0 {
			value, args = args[0], args[1:]
		}
		if option == "S" {
			args = append(splitString(value), args...)
		}
	}
	return args
}

// envOption recognises an option of env that has a value, which stands in the
// same argument or is the next one; it is "" for one that has none. Letters may
// stand together: -vS, -iu.
func envOption(a string) (option, value string, has bool) {
	if strings.HasPrefix(a, "--") {
		long, value, has := strings.Cut(a, "=")
		switch long {
		case "--split-string":
			return "S", value, has
		case "--unset", "--chdir", "--argv0":
			return long, value, has
		case "--":
			return long, "", true
		}
		return "", "", false
	}
	if i := strings.IndexAny(a, "SuCa"); i > 0 {
		return a[i : i+1], a[i+1:], i+1 < len(a)
	}
	return "", "", false
}

// splitString splits the argument of env -S: at blanks, with quotes, backslash
// escapes and "#" comments (the manual of GNU env).
func splitString(s string) (args []string) {
	var word strings.Builder
	in, quote := false, byte(0)
	end := func() {
		if in {
			args = append(args, word.String())
		}
		word.Reset()
		in = false
	}
	for i := 0; i < len(s); i++ {
		ch := s[i]
		switch {
		case ch == '\\' && i+1 < len(s) && (quote != '\'' || s[i+1] == '\\' || s[i+1] == '\''):
			i++
			if s[i] == '_' && quote == 0 {
				end()
				continue
			}
			if s[i] == 'c' {
				end()
				return args
			}
			word.WriteByte(unescape(s[i]))
			in = true
		case quote != 0 && ch == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(ch)
		case ch == '"' || ch == '\'':
			quote, in = ch, true
		case strings.IndexByte(" \t\n\v\f\r", ch) >= 0:
			end()
		case ch == '#' && !in:
			return args
		default:
			word.WriteByte(ch)
			in = true
		}
	}
	end()
	return args
}

func unescape(c byte) byte {
	if i := strings.IndexByte("fnrtv_", c); i >= 0 {
		return "\f\n\r\t\v "[i]
	}
	return c
}

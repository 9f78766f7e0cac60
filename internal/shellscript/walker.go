package shellscript

import (
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// walker visits the commands of a script in the order in which the shell runs them. It
// exists only during a call of Parse.
type walker struct {
	vars      variables
	functions map[string]*function
	found     map[string]*use
	names     []string // the keys of found, in order
	calls     int
	texts     int // the bytes of the texts in the text
}

// function is a function of a script.
type function struct {
	body    *syntax.Stmt
	walked  bool // it was visited
	certain bool // it was visited as one that is called for certain
	checks  bool // it reports whether the command that its argument names exists
	exits   bool // it ends the script
}

// use is how a script uses a command.
type use struct {
	line     int
	plain    bool // it is used where its failure matters
	checked  bool // the script checks whether it exists
	required bool // and ends without it
	certain  bool // some use is certain
}

// state is the state in which a command is visited.
type state struct {
	certain  bool // the shell gets here in every usual run
	fallback bool // another command follows if this one fails
	required bool // the script ends if a check for a command fails here
	line     int  // the line of the outer text, 0 in the outermost
	nested   int  // the number of outer texts
	called   int  // the number of functions that are being called
}

// maybe returns s for commands that not every run reaches.
func (s state) maybe() state {
	s.certain, s.fallback, s.required = false, false, false
	return s
}

// checking returns s for commands that are conditions. required is set if the script ends
// when they fail.
func (s state) checking(required bool) state {
	s.required = required
	return s
}

func newWalker(list []*syntax.Stmt) *walker {
	w := &walker{vars: variables{}, functions: map[string]*function{}, found: map[string]*use{}}
	w.declare(list)
	return w
}

// declare collects the variables and functions of statements.
func (w *walker) declare(list []*syntax.Stmt) {
	var added []*function
	for _, s := range list {
		w.vars.collect(s)
		syntax.Walk(s, func(n syntax.Node) bool {
			if d, ok := n.(*syntax.FuncDecl); ok && d.Name != nil && w.functions[d.Name.Value] == nil {
				f := &function{body: d.Body}
				w.functions[d.Name.Value] = f
				added = append(added, f)
			}
			return true
		})
	}
	for _, f := range added {
		f.checks = w.checksArgument(f.body)
		f.exits = w.exits(f.body)
	}
}

// list visits statements, and reports whether the last of those that run ends the script.
func (w *walker) list(list []*syntax.Stmt, at state) (ended bool) {
	for _, s := range list {
		if w.statement(s, at) && at.certain {
			return true
		}
	}
	return false
}

// statement visits a statement, and reports whether it ends the script.
func (w *walker) statement(s *syntax.Stmt, at state) (ended bool) {
	for _, r := range s.Redirs {
		w.words(r, at)
	}
	switch c := s.Cmd.(type) {
	case *syntax.CallExpr:
		return w.callExpr(c, at)
	case *syntax.Block:
		return w.list(c.Stmts, at)
	case *syntax.Subshell:
		w.list(c.Stmts, at)
	case *syntax.BinaryCmd:
		w.binary(c, at)
	case *syntax.TimeClause:
		if c.Stmt != nil {
			return w.statement(c.Stmt, at)
		}
	case *syntax.CoprocClause:
		w.statement(c.Stmt, at)
	case *syntax.FuncDecl, nil:
	default:
		w.compound(c, at)
	}
	return false
}

// compound visits a condition, a loop or another command whose parts need not run.
func (w *walker) compound(c syntax.Command, at state) {
	switch c := c.(type) {
	case *syntax.IfClause:
		w.condition(c, at)
	case *syntax.WhileClause:
		w.list(c.Cond, at.checking(false))
		w.list(c.Do, at.maybe())
	case *syntax.ForClause:
		w.words(c.Loop, at)
		w.list(c.Do, w.inLoop(c, at))
	case *syntax.CaseClause:
		w.words(c.Word, at)
		for _, item := range c.Items {
			for _, p := range item.Patterns {
				w.words(p, at.maybe())
			}
			w.list(item.Stmts, at.maybe())
		}
	case *syntax.TestClause:
		w.tests(c, at)
		w.words(c, at)
	default:
		w.words(c, at)
	}
}

// inLoop returns the state in a for loop: it runs for certain if its words are literals.
func (w *walker) inLoop(c *syntax.ForClause, at state) state {
	if items, ok := c.Loop.(*syntax.WordIter); ok && len(items.Items) > 0 {
		if _, known := w.vars.word(items.Items[0]); known {
			return at
		}
	}
	return at.maybe()
}

// condition visits an if clause with its elif and else parts.
func (w *walker) condition(c *syntax.IfClause, at state) {
	negated := len(c.Cond) > 0 && c.Cond[len(c.Cond)-1].Negated
	failing := c.Then
	if !negated {
		failing = nil
		if c.Else != nil && len(c.Else.Cond) == 0 {
			failing = c.Else.Then
		}
	}
	w.list(c.Cond, at.checking(w.exitList(failing)))
	w.list(c.Then, at.maybe())
	if c.Else == nil {
		return
	}
	if len(c.Else.Cond) > 0 {
		w.condition(c.Else, at.maybe())
		return
	}
	w.list(c.Else.Then, at.maybe())
}

// binary visits a pipeline, or a list with && or ||.
func (w *walker) binary(c *syntax.BinaryCmd, at state) {
	switch c.Op {
	case syntax.OrStmt:
		left := at.checking(w.exits(c.Y))
		left.fallback = !left.required || at.fallback
		w.statement(c.X, left)
		w.statement(c.Y, at.maybe())
	case syntax.AndStmt:
		right := at.maybe()
		right.required = at.required
		w.statement(c.X, at.checking(at.required || c.X.Negated && w.exits(c.Y)))
		w.statement(c.Y, right)
	default:
		w.statement(c.X, at)
		w.statement(c.Y, at)
	}
}

// words visits the command substitutions below node, which is not a statement.
func (w *walker) words(node syntax.Node, at state) {
	syntax.Walk(node, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CmdSubst:
			w.list(n.Stmts, at.checking(false))
			return false
		case *syntax.ProcSubst:
			w.list(n.Stmts, at.checking(false))
			return false
		}
		return true
	})
}

// callExpr visits a simple command, and reports whether it ends the script.
func (w *walker) callExpr(c *syntax.CallExpr, at state) (ended bool) {
	for _, a := range c.Assigns {
		w.words(a, at)
	}
	for _, a := range c.Args {
		w.words(a, at)
	}
	if len(c.Args) == 0 {
		return false
	}
	if at.nested == 0 {
		at.line = int(c.Pos().Line())
	}
	return w.call(w.arguments(c.Args), at)
}

// text visits the statements of a text in the text, such as the argument of eval.
func (w *walker) text(text string, at state) {
	at.nested++
	w.texts += len(text)
	if at.nested > maxNested || w.texts > maxText {
		return
	}
	list, _ := parse(text)
	w.declare(list)
	w.list(list, at)
}

// uncalled visits the functions that no call was seen of.
func (w *walker) uncalled() {
	for _, name := range w.functionNames() {
		if f := w.functions[name]; !f.walked {
			f.walked = true
			w.statement(f.body, state{})
		}
	}
}

// use returns the entry for the command called name, nil if it is none.
func (w *walker) use(name string, at state) *use {
	if !isCommandName(name) || w.functions[name] != nil || IsBuiltin(name) {
		return nil
	}
	u := w.found[name]
	if u == nil && len(w.names) < maxCommands {
		u = &use{line: at.line}
		w.found[name] = u
		w.names = append(w.names, name)
	}
	return u
}

// isCommandName reports whether name can be looked up: it is an absolute path or has no
// slash.
func isCommandName(name string) bool {
	if name == "" || len(name) > maxName || strings.ContainsAny(name[:1], "-~") || strings.HasSuffix(name, "/") {
		return false
	}
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("*?[]{}()<>|&;$`'\"\\=%#!,", c) >= 0 {
			return false
		}
	}
	return path.IsAbs(name) || strings.IndexByte(name, '/') < 0
}

// commands returns what was found.
func (w *walker) commands() []Command {
	var list []Command
	for _, name := range w.names {
		u := w.found[name]
		optional := !u.required && (u.checked || !u.plain)
		list = append(list, Command{Name: name, Line: u.line, Optional: optional, Certain: u.certain && !optional})
	}
	return list
}

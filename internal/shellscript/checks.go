package shellscript

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// check visits a command that reports whether other commands exist, and reports whether
// it is one: command -v, type, hash, which, test -x.
func (w *walker) check(name string, args []argument, at state) bool {
	switch name {
	case "command":
		if len(args) < 2 || !slices.Contains([]string{"-v", "-V", "-pv"}, args[0].text()) {
			return false
		}
	case "type", "hash":
	case "which":
		w.record(name, at.maybe())
	case "test", "[":
		w.checkFile(args, at)
		return true
	default:
		return false
	}
	for _, a := range args {
		w.checkNames(a, at)
	}
	return true
}

// checkFile visits the conditions of test(1) that a program is executable or exists.
func (w *walker) checkFile(args []argument, at state) {
	for i, a := range args[:max(len(args)-1, 0)] {
		negated := i > 0 && args[i-1].text() == "!"
		switch a.text() {
		case "-x":
			w.checkPath(args[i+1], at, negated)
		case "-e", "-f":
			w.checkKnownPath(args[i+1])
		}
	}
}

// tests visits the conditions in [[ ]].
func (w *walker) tests(c *syntax.TestClause, at state) {
	syntax.Walk(c, func(n syntax.Node) bool {
		t, ok := n.(*syntax.UnaryTest)
		if !ok || t.Op != syntax.TsExec {
			return true
		}
		if word, ok := t.X.(*syntax.Word); ok {
			values, _ := w.vars.word(word)
			w.checkPath(values, at, false)
		}
		return true
	})
}

// checkPath notes that the script checks whether a program is executable.
func (w *walker) checkPath(a argument, at state, negated bool) {
	if negated {
		at.required = false
	}
	if strings.HasPrefix(a.text(), "/") {
		w.checkNames(a, at)
	}
}

// checkKnownPath notes that the script checks whether a file exists that is a command in
// another place of the script.
func (w *walker) checkKnownPath(a argument) {
	if u := w.found[a.text()]; u != nil {
		u.checked = true
	}
}

// checkNames notes that the script checks whether the commands a exist.
func (w *walker) checkNames(a argument, at state) {
	for _, name := range a {
		if u := w.use(name, at); u != nil {
			u.checked = true
			u.required = u.required || at.required
			u.certain = u.certain || at.certain && at.required
		}
	}
}

// checksArgument reports whether the body of a function checks whether the command that
// its argument names exists.
func (w *walker) checksArgument(body *syntax.Stmt) (checks bool) {
	syntax.Walk(body, func(n syntax.Node) bool {
		call, ok := n.(*syntax.CallExpr)
		if !ok || len(call.Args) < 2 {
			return true
		}
		last := call.Args[len(call.Args)-1]
		switch call.Args[0].Lit() {
		case "command", "type", "hash", "which":
			checks = checks || isArgument(last)
		}
		return true
	})
	return checks
}

// isArgument reports whether a word is an argument of the function: "$1", "$@" or "$*".
func isArgument(w *syntax.Word) bool {
	p := onlyParameter(w)
	return p != nil && p.Exp == nil && strings.Contains("1@*", p.Param.Value)
}

// exits reports whether a statement certainly ends the script.
func (w *walker) exits(s *syntax.Stmt) bool {
	switch c := s.Cmd.(type) {
	case *syntax.CallExpr:
		if len(c.Args) == 0 {
			return false
		}
		name := c.Args[0].Lit()
		f := w.functions[name]
		return name == "exit" && !exitsWithZero(c) || f != nil && f.exits
	case *syntax.Block:
		return w.exitList(c.Stmts)
	}
	return false
}

// exitsWithZero reports whether the command is "exit 0", with which a script ends when
// it has nothing to do.
func exitsWithZero(c *syntax.CallExpr) bool { return len(c.Args) > 1 && c.Args[1].Lit() == "0" }

// exitList reports whether one of the statements certainly ends the script.
func (w *walker) exitList(list []*syntax.Stmt) bool { return slices.ContainsFunc(list, w.exits) }

package shellscript

import (
	"slices"

	"mvdan.cc/sh/v3/syntax"
)

// lastCall returns the last of the statements if it is a command with the arguments of
// the script, nil if it is not.
func (w *walker) lastCall(list []*syntax.Stmt) *Call {
	if len(list) == 0 {
		return nil
	}
	switch c := list[len(list)-1].Cmd.(type) {
	case *syntax.Block:
		return w.lastCall(c.Stmts)
	case *syntax.CallExpr:
		return w.forwarding(c)
	}
	return nil
}

// forwarding returns a command if one of its arguments is "$@", nil if not.
func (w *walker) forwarding(c *syntax.CallExpr) *Call {
	if !slices.ContainsFunc(c.Args, isAllArguments) {
		return nil
	}
	var args []argument
	for _, word := range c.Args {
		if !isAllArguments(word) {
			args = append(args, w.arguments([]*syntax.Word{word})...)
		}
	}
	call := &Call{Line: int(c.Pos().Line())}
	if len(args) > 0 && args[0].text() == "exec" {
		call.Exec = true
		args = w.inner("exec", args[1:])
	}
	if len(args) > 0 && args[0].text() == "env" {
		args = w.inner("env", args[1:])
	}
	if len(args) == 0 || w.functions[args[0].text()] != nil || IsBuiltin(args[0].text()) {
		return nil
	}
	call.Name = args[0].text()
	for _, a := range args[1:] {
		call.Args = append(call.Args, a.text())
	}
	return call
}

// isAllArguments reports whether a word is "$@" or ${1+"$@"}.
func isAllArguments(w *syntax.Word) bool {
	p := onlyParameter(w)
	if p == nil {
		return false
	}
	return p.Param.Value == "@" ||
		p.Param.Value == "1" && p.Exp != nil && p.Exp.Word != nil && isAllArguments(p.Exp.Word)
}

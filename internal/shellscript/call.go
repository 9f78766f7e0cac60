package shellscript

import (
	"maps"
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// argument is an argument of a command: its possible values, none if it is computed.
type argument []string

// text returns the value of an argument that has one, "" for any other.
func (a argument) text() string {
	if len(a) == 1 {
		return a[0]
	}
	return ""
}

// arguments returns the words of a call. A variable without quotes is several words if
// its value has blanks.
func (w *walker) arguments(words []*syntax.Word) (list []argument) {
	for _, word := range words {
		values, ok := w.vars.word(word)
		switch _, variable := word.Parts[0].(*syntax.ParamExp); {
		case !ok:
			list = append(list, nil)
		case variable && len(word.Parts) == 1 && len(values) == 1:
			for _, field := range strings.Fields(values[0]) {
				list = append(list, argument{field})
			}
		default:
			list = append(list, values)
		}
	}
	return list
}

// call visits a command with its arguments, and reports whether it ends the script.
func (w *walker) call(args []argument, at state) (ended bool) {
	w.calls++
	if len(args) == 0 || len(args[0]) == 0 || w.calls > maxCalls {
		return false
	}
	if len(args[0]) > 1 { // the variable of a loop
		for _, name := range args[0] {
			w.record(name, at)
		}
		return false
	}
	name, rest := args[0][0], args[1:]
	if f := w.functions[name]; f != nil {
		return w.callFunction(f, rest, at)
	}
	if w.check(name, rest, at) {
		return false
	}
	w.record(name, at)
	switch name {
	case "exit":
		return true
	case "eval":
		w.text(joined(rest), at)
	case "trap":
		if len(rest) > 0 {
			w.text(rest[0].text(), at.maybe())
		}
	case "exec":
		command := w.inner(name, rest)
		w.call(command, at)
		return len(command) > 0
	default:
		w.arg(path.Base(name), rest, at)
	}
	return false
}

// record adds a command.
func (w *walker) record(name string, at state) {
	u := w.use(name, at)
	if u == nil {
		return
	}
	u.plain = u.plain || !at.fallback
	u.certain = u.certain || at.certain
}

// callFunction visits the body of a function, once for calls that are certain and once
// for others, and reports whether the function ends the script.
func (w *walker) callFunction(f *function, args []argument, at state) (ended bool) {
	if f.checks {
		for _, a := range args {
			w.checkNames(a, at)
		}
	}
	if f.walked && (f.certain || !at.certain) || at.called > maxFunctions {
		return f.exits
	}
	f.walked, f.certain = true, f.certain || at.certain
	at.called++
	return w.statement(f.body, at.checking(false)) || f.exits
}

// arg visits the command that the command name starts in its arguments, and the text
// that it gives to a shell.
func (w *walker) arg(name string, args []argument, at state) {
	switch {
	case IsShell(name), name == "su", name == "runuser":
		w.text(commandText(args), at)
	case name == "find":
		for i, a := range args {
			if slices.Contains([]string{"-exec", "-execdir", "-ok", "-okdir"}, a.text()) {
				w.call(args[i+1:], at.maybe())
			}
		}
	default:
		w.call(w.inner(name, args), at)
	}
}

// commandText returns the argument of the option -c, "" if there is none.
func commandText(args []argument) string {
	for i, a := range args {
		text := a.text()
		isOption := strings.HasPrefix(text, "-") && !strings.HasPrefix(text, "--") && strings.HasSuffix(text, "c")
		if (isOption || text == "--command") && i+1 < len(args) {
			return args[i+1].text()
		}
	}
	return ""
}

// joined returns arguments separated by blanks, "" if one is computed.
func joined(args []argument) string {
	var words []string
	for _, a := range args {
		if len(a) != 1 {
			return ""
		}
		words = append(words, a[0])
	}
	return strings.Join(words, " ")
}

// functionNames returns the names of the functions, sorted.
func (w *walker) functionNames() []string { return slices.Sorted(maps.Keys(w.functions)) }

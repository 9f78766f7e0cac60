// Package shellscript finds the programs that shell scripts start.
//
// It parses the text of a script for sh or bash, or a command line that system(3) gives
// to sh, and returns the names of the commands in it that are neither functions of the
// script nor builtins of shells. It follows variables with a literal value, and commands
// that start the command in their arguments, such as env and xargs. It reads no files and
// runs nothing. Its caveat: names that a script computes in other ways are unknown and
// left out. Memory and time are bounded whatever a text contains. Start with Parse.
package shellscript

import "strings"

// Script is what Parse found in a text.
type Script struct {
	// Commands are the commands that the script starts, each name once, in the order of
	// their first appearance.
	Commands []Command
	// Last is the last statement if that starts a program with the arguments of the
	// script ("$@"); nil if it does not, or with Err.
	Last *Call
	// Err is the error that ended the parsing, nil if the whole text was parsed. The other
	// fields describe the text before it.
	Err error
}

// Command is a command that a script starts.
type Command struct {
	Name string // as the script has it: a name without a slash, or an absolute path
	Line int    // of its first appearance
	// Optional is set if the script works without the command: it checks whether the
	// command exists, or does something else when the command fails.
	Optional bool
	// Certain is set if every usual run of the script starts the command: it stands
	// outside conditions and loops, and it is not Optional.
	Certain bool
}

// Call is a command with its arguments.
type Call struct {
	Name string   // "" if it is computed
	Args []string // without the arguments of the script; "" for one that is computed
	Exec bool     // the command replaces the shell
	Line int
}

// The limits of Parse. What exceeds them is left out.
const (
	maxText      = 256 << 10 // the bytes of a text
	maxStatement = 32 << 10  // the bytes of one statement; the parser is recursive
	maxCommands  = 4096      // different names
	maxCalls     = 1 << 16   // calls of commands and functions
	maxNested    = 4         // texts in texts: sh -c, eval, trap
	maxFunctions = 16        // functions that call each other
	maxValues    = 64        // the values of a variable
	maxName      = 4096      // the bytes of a name: PATH_MAX
)

// Parse returns the commands that the script or command line text starts. It returns
// those before a syntax error, too.
func Parse(text string) Script { return ParseFile("", text) }

// ParseFile is Parse for the script at a path, which is its $0; "" is unknown.
func ParseFile(name, text string) Script {
	if len(text) > maxText {
		text = text[:maxText]
	}
	list, err := parse(strings.ToValidUTF8(text, "?")) // the parser stops at other bytes
	w := newWalker(list)
	if name != "" {
		w.vars["0"] = &variable{values: []string{name}, ok: true, found: true}
	}
	w.list(list, state{certain: true})
	w.uncalled()
	s := Script{Commands: w.commands(), Err: err}
	if err == nil {
		s.Last = w.lastCall(list)
	}
	return s
}

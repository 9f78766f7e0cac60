package shellscript

import "strings"

// starter is a command that starts the command in its arguments.
type starter struct {
	valued string // the letters of the options that have a value
	skip   int    // the operands before the command
	sets   bool   // operands NAME=VALUE may come first
}

// starters are the utilities of POSIX (Utilities, chapter 3), GNU coreutils, findutils,
// util-linux and sudo that start another command, with the options of their manuals.
var starters = map[string]starter{
	"builtin": {},
	"command": {},
	"env":     {valued: "uCS", sets: true},
	"exec":    {valued: "a"},
	"nice":    {valued: "n"},
	"nohup":   {},
	"time":    {valued: "fo"},
	"timeout": {valued: "ks", skip: 1},
	"xargs":   {valued: "adEILnPs"},
	"setsid":  {},
	"ionice":  {valued: "cn"},
	"stdbuf":  {valued: "ioe"},
	"sudo":    {valued: "CDghpRrtTuU", sets: true},
	"doas":    {valued: "Cu"},
}

// inner returns the command with its arguments that the command name starts in its
// arguments args, nil if there is none.
func (w *walker) inner(name string, args []argument) []argument {
	s, ok := starters[name]
	if !ok {
		return nil
	}
	skip := s.skip
	for i := 0; i < len(args); i++ {
		text := args[i].text()
		switch {
		case text == "--":
		case strings.HasPrefix(text, "-"):
			if !strings.HasPrefix(text, "--") && strings.ContainsAny(text[len(text)-1:], s.valued) {
				i++
			}
		case s.sets && strings.Contains(text, "="):
		case skip > 0:
			skip--
		default:
			return args[i:]
		}
	}
	return nil
}

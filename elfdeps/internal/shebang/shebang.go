// Package shebang reads the first line of scripts: the interpreter that the kernel
// starts for one, and the program that env starts when env is that interpreter.
//
// It never looks for a file. Start with Parse.
package shebang

import (
	"bytes"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
)

// Parse reads the "#!" line that head begins with as load_script (§2;
// fs/binfmt_script.c) does: the interpreter and one argument, which may hold
// blanks. head has elffile.HeadSize bytes, or all of a shorter file. It is not ok
// when the line names no interpreter.
func Parse(head []byte) (interp, arg string, ok bool) {
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

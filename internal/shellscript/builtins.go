package shellscript

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// builtins are the builtin commands of the shells: the special and regular ones of POSIX
// (Shell Command Language, 2.9.1.4 and 2.14), and those of dash(1) and bash(1).
const builtins = " : . [ alias bg bind break builtin caller cd chdir command compgen complete compopt continue " +
	"declare dirs disown echo enable eval exec exit export false fc fg getopts hash help history jobs kill let " +
	"local logout mapfile newgrp popd printf pushd pwd read readarray readonly return set shift shopt source " +
	"suspend test times trap true type typeset ulimit umask unalias unset wait "

// IsBuiltin reports whether name is a builtin or a reserved word of shells.
func IsBuiltin(name string) bool {
	return strings.Contains(builtins, " "+name+" ") || syntax.IsKeyword(name)
}

// shells are the names of shells whose language Parse understands.
var shells = []string{"sh", "bash", "dash", "ash", "ksh", "mksh"}

// IsShell reports whether a program called name, perhaps with a version at the end of the
// name, is a shell whose scripts Parse understands.
func IsShell(name string) bool {
	return slices.Contains(shells, strings.TrimRight(name, "0123456789."))
}

// Package spawn finds the programs that an ELF program starts, from the functions that it
// imports and its string constants: absolute paths of programs, and command lines for a
// shell. It reads no files. Its caveat: a string that looks like a command line may be a
// message, so the rules prefer to miss a command. Start with Find.
package spawn

import (
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/shellscript"
)

// Start is a program that a program starts.
type Start struct {
	Name     string // a name that is looked up in PATH, or an absolute path
	Line     string // the command line that names it, "" for a string that is only the name
	Optional bool   // the command line checks whether the program exists
}

// Means are the ways in which a program starts others.
type Means struct {
	Shell  bool // with a command line for a shell
	Direct bool // by the path of a program
	Search bool // by a name that is looked up in PATH
}

// The functions that start programs: those of the C library, and those of GLib, Qt, libuv,
// APR and libpipeline, which are prefixes.
var (
	shellFunctions  = []string{"system", "popen", "wordexp"}
	searchFunctions = []string{"execlp", "execvp", "execvpe", "posix_spawnp"}
	directFunctions = []string{"execl", "execle", "execv", "execve", "fexecve", "posix_spawn"}
	prefixes        = []string{
		"g_spawn_", "g_subprocess_", "g_app_info_create_from_commandline", "_ZN8QProcess", "uv_spawn",
		"apr_proc_create", "pipecmd_", "pipeline_",
	}
)

// MeansOf returns the ways in which a program that imports the given functions starts
// others.
func MeansOf(imports []string) (m Means) {
	for _, name := range imports {
		m.Shell = m.Shell || slices.Contains(shellFunctions, name)
		m.Search = m.Search || m.Shell || slices.Contains(searchFunctions, name) ||
			slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
		m.Direct = m.Direct || m.Search || slices.Contains(directFunctions, name)
	}
	return m
}

// Find returns the programs that a program starts by m, each name once. literals calls
// yield with each of its string constants. exists reports whether the source has a program
// of a name. The error is that of literals.
func Find(m Means, literals func(yield func([]byte) bool) error, exists func(name string) bool) ([]Start, error) {
	if !m.Direct {
		return nil, nil
	}
	f := finder{exists: exists, seen: map[string]bool{}}
	err := literals(func(b []byte) bool {
		switch {
		case len(b) > maxLine:
		case b[0] == '/' && isPath(b):
			f.path(string(b))
		case m.Shell && isCommandLine(string(b), exists):
			f.line(string(b))
		}
		return len(f.found) < maxStarts && f.lines < maxLines
	})
	return f.found, err
}

// The limits of Find: the bytes of a string, and the numbers of programs and of command
// lines.
const (
	maxLine   = 512
	maxStarts = 256
	maxLines  = 1024
)

// finder collects what Find returns.
type finder struct {
	exists func(name string) bool
	seen   map[string]bool
	found  []Start
	lines  int // command lines that were parsed
}

// path adds the program at the path name. A program with the name of a shell's builtin,
// such as /bin/false, mostly stands for none.
func (f *finder) path(name string) {
	if !shellscript.IsBuiltin(path.Base(name)) && f.exists(name) {
		f.add(Start{Name: name})
	}
}

// line adds the commands of a command line.
func (f *finder) line(text string) {
	f.lines++
	for _, c := range shellscript.Parse(text).Commands {
		if f.exists(c.Name) {
			f.add(Start{Name: c.Name, Line: text, Optional: c.Optional})
		}
	}
}

func (f *finder) add(s Start) {
	if !f.seen[s.Name] {
		f.seen[s.Name] = true
		f.found = append(f.found, s)
	}
}

// isPath reports whether b may be the path of a program: it has no blanks and no verbs of
// formats, and it is not a shared object or a file of the kernel.
func isPath(b []byte) bool {
	s := string(b)
	if strings.ContainsAny(s, " %*?$\"'<>|;:,=()") || strings.HasSuffix(s, "/") || strings.Contains(s, ".so") {
		return false
	}
	top, rest, _ := strings.Cut(s[1:], "/")
	return rest != "" && top != "proc" && top != "sys" && top != "dev"
}

package elfdeps

import (
	"errors"
	"fmt"
	"io/fs"
)

// ReadError says that a file or directory that the result depends on could not be
// read, so that it is unknown whether it exists or what it contains. The search
// went on as if it did not exist, as the loader's would.
type ReadError struct {
	Path string // absolute
	Err  error  // an errno, io.ErrUnexpectedEOF, or why the file is refused
}

func (e *ReadError) Error() string { return e.Path + ": " + e.Err.Error() }

func (e *ReadError) Unwrap() error { return e.Err }

// reportedBy reports whether err already says that e.Path could not be read.
func (e *ReadError) reportedBy(err error) bool {
	var interp *InterpreterError
	var fatal *FatalError
	switch {
	case errors.As(err, &interp):
		return interp.Interp == e.Path && errors.Is(interp.Err, e.Err)
	case errors.As(err, &fatal):
		return fatal.Path == e.Path && errors.Is(fatal.Err, e.Err)
	}
	return false
}

// InterpreterError says that the kernel cannot start a program because of the
// interpreter that it names in PT_INTERP or in a "#!" line.
type InterpreterError struct {
	Path   string // the program
	Interp string // the interpreter, as the program names it
	// Err is ErrScriptChain, an errno (ELOOP is a loop of symlinks), or why the
	// file cannot be an interpreter.
	Err error
}

// ErrScriptChain says that more scripts are interpreters of one another than
// the kernel follows, which execve calls ELOOP as it does a loop of symlinks.
var ErrScriptChain = errors.New("too many nested script interpreters")

func (e *InterpreterError) Error() string {
	if e.Interp == "" { // of a script
		return fmt.Sprintf("%s: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("%s: its interpreter %s: %v", e.Path, e.Interp, e.Err)
}

func (e *InterpreterError) Unwrap() error { return e.Err }

// Tried is a place where a library was looked for, and why it was not taken.
type Tried struct {
	Path string
	Why  string // "no such file or directory", "wrong ELF class", …
	Rule Rule   // the rule by which it was tried
}

// MissingError says that a library is not found. It is an fs.ErrNotExist.
type MissingError struct {
	Name     string
	NeededBy string // Path of the Object that names it
	Tried    []Tried
	More     int // places that are not listed in Tried
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s: needs %s, which is not found", e.NeededBy, e.Name)
}

func (e *MissingError) Unwrap() error { return fs.ErrNotExist }

// FatalError says that the loader stops: the first file that it finds under a
// library's name is one that it cannot load, or an object requires something that
// no loaded object provides.
type FatalError struct {
	Path     string // the file refused; NeededBy where no file is refused
	Name     string // the name under which it was looked for
	NeededBy string // Path of the Object that names it
	Err      error
}

func (e *FatalError) Error() string {
	if e.Path == e.NeededBy {
		return fmt.Sprintf("%s: needs %s: %v", e.Path, e.Name, e.Err)
	}
	return fmt.Sprintf("%s: cannot be loaded as %s, needed by %s: %v", e.Path, e.Name, e.NeededBy, e.Err)
}

func (e *FatalError) Unwrap() error { return e.Err }

// VersionError says that a library does not define a symbol version that an
// object requires of it.
type VersionError struct {
	Version  string
	Name     string // the library's name in DT_VERNEED
	NeededBy string // Path of the Object that requires it
	Path     string // the library found under that name
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("version '%s' of %s, needed by %s, is not in %s", e.Version, e.Name, e.NeededBy, e.Path)
}

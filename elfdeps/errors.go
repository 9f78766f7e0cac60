package elfdeps

import (
	"fmt"
	"io/fs"
)

// FormatError tells where an ELF file, or a cache, is not what its format
// demands.
type FormatError struct {
	Path   string
	Offset int64 // in the file, of what is wrong
	Msg    string
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("%s: %s (at byte %d)", e.Path, e.Msg, e.Offset)
}

// KindError tells that a file is no program, shared object or script.
type KindError struct {
	Path string
	Is   string // "a directory", "an empty file", "a core dump", …
}

func (e *KindError) Error() string {
	return fmt.Sprintf("%s: is %s, not a program", e.Path, e.Is)
}

// InterpreterError tells that the kernel cannot start a program because of the
// interpreter that it names in PT_INTERP or behind "#!".
type InterpreterError struct {
	Path   string // the program
	Interp string // the interpreter, as the program names it
	Err    error
}

func (e *InterpreterError) Error() string {
	if e.Interp == "" { // of a script
		return fmt.Sprintf("%s: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("%s: its interpreter %s: %v", e.Path, e.Interp, e.Err)
}

func (e *InterpreterError) Unwrap() error { return e.Err }

// Tried is a place where a library was looked for, and why it did not serve.
type Tried struct {
	Path string
	Why  string // "no such file or directory", "wrong ELF class", …
	Rule Rule   // the rule that led there
}

// MissingError tells that a library is not found. It is an fs.ErrNotExist.
type MissingError struct {
	Name     string
	NeededBy string // Path of the Object that names it
	Tried    []Tried
	More     int // places looked at that Tried has no room for
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s: needs %s, which is not found", e.NeededBy, e.Name)
}

func (e *MissingError) Unwrap() error { return fs.ErrNotExist }

// FatalError tells that the loader refuses to go on: the first file that it
// finds under a library's name is one that it can not load, or an object asks
// for something that no loaded object gives.
type FatalError struct {
	Path     string // the file refused; NeededBy where it is no file's fault
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

// VersionError tells that a library does not define a symbol version that an
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

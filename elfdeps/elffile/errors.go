package elffile

import "fmt"

// FormatError says where a file violates its format.
type FormatError struct {
	Path   string
	Offset int64 // in the file, of what is wrong
	Msg    string
}

func (e *FormatError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("%s (at byte %d)", e.Msg, e.Offset)
	}
	return fmt.Sprintf("%s: %s (at byte %d)", e.Path, e.Msg, e.Offset)
}

// KindError says that a file is neither a program nor a shared object.
type KindError struct {
	Path string
	Is   string // "a directory", "an empty file", "a core dump", …
}

func (e *KindError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("is %s, not a program", e.Is)
	}
	return fmt.Sprintf("%s: is %s, not a program", e.Path, e.Is)
}

package elffile

import (
	"debug/elf"
	"unicode/utf8"
)

// IsScript reports whether the kernel sees a "#!" line.
func (f *Info) IsScript() bool { return len(f.Head) > 2 && f.Head[0] == '#' && f.Head[1] == '!' }

// IsProgram reports whether the file is a program rather than a library. A
// program has a PT_INTERP, or is static: it has a fixed address, no dynamic
// segment or the flag of a position-independent executable.
func (f *Info) IsProgram() bool {
	return f.HasInterp || f.Type == elf.ET_EXEC || !f.Dynamic.Present || f.Dynamic.Flags1&elf.DF_1_PIE != 0
}

// Check returns an error that says what the file is, which is called path, when
// it is neither a program nor a shared object: a *KindError or a *FormatError.
func (f *Info) Check(path string) error {
	kind := ""
	switch {
	case f.IsScript():
		kind = "a script"
	case f.Size == 0:
		kind = "an empty file"
	case !f.IsELF():
		kind = foreign(f)
	case f.Malformed != nil:
		return &FormatError{path, f.Malformed.Offset, f.Malformed.Msg}
	case f.Type == elf.ET_CORE:
		kind = "a core dump"
	case f.Type == elf.ET_REL:
		kind = "a relocatable object, not yet linked"
	case f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN:
		return &FormatError{path, 16, "unknown ELF file type " + f.Type.String()}
	case f.Dynamic.Present && f.Dynamic.Segment.Size == 0 && (!f.HasInterp || !f.Dynamic.Mapped):
		kind = "a separate debug file"
	case len(f.Loads) == 0:
		return &FormatError{path, 0, "no loadable segment"}
	default:
		return nil
	}
	return &KindError{path, kind}
}

// foreign describes a file without the ELF magic number.
func foreign(f *Info) string {
	switch head := string(f.Head); {
	case len(head) > 2 && head[:2] == "MZ":
		return "a Windows program"
	case len(head) > 4 && (head[:4] == "\xcf\xfa\xed\xfe" || head[:4] == "\xca\xfe\xba\xbe"):
		return "a macOS program or a Java class"
	case len(head) > 8 && head[:8] == "!<arch>\n":
		return "a static library"
	case isText(head):
		return "a text file without a #! line"
	}
	return "a file of unknown format"
}

// isText reports whether the beginning of a file looks like text in UTF-8.
func isText(head string) bool {
	for i, r := range head {
		control := r < ' ' && r != '\n' && r != '\t' && r != '\r' && r != '\f' && r != 0x1b
		cut := r == utf8.RuneError && i > len(head)-utf8.UTFMax
		if control || r == utf8.RuneError && !cut {
			return false
		}
	}
	return true
}

package elfdeps

import (
	"debug/elf"
	"unicode/utf8"
)

// classify returns an error that says what f is when it is neither a program
// nor a shared object.
func classify(f *elfFile, path string) error {
	kind := ""
	switch {
	case f.size == 0:
		kind = "an empty file"
	case !f.isELF():
		kind = foreign(f)
	case f.broken != nil:
		return &FormatError{path, f.broken.Offset, f.broken.Msg}
	case f.typ == elf.ET_CORE:
		kind = "a core dump"
	case f.typ == elf.ET_REL:
		kind = "a relocatable object, not yet linked"
	case f.typ != elf.ET_EXEC && f.typ != elf.ET_DYN:
		return &FormatError{path, 16, "unknown ELF file type " + f.typ.String()}
	case f.hasDyn && f.dynamic.size == 0 && (!f.hasIntp || !f.dynMap):
		kind = "a separate debug file"
	case len(f.loads) == 0:
		return &FormatError{path, 0, "no segment to load"}
	default:
		return nil
	}
	return &KindError{path, kind}
}

// foreign says what a file without the ELF magic number is.
func foreign(f *elfFile) string {
	switch head := string(f.head); {
	case len(head) > 2 && head[:2] == "MZ":
		return "a Windows program"
	case len(head) > 4 && (head[:4] == "\xcf\xfa\xed\xfe" || head[:4] == "\xca\xfe\xba\xbe"):
		return "a macOS program or a Java class"
	case len(head) > 8 && head[:8] == "!<arch>\n":
		return "a static library"
	case isText(head):
		return "a text file without a #! line"
	}
	return "no ELF file"
}

// isText tells whether the beginning of a file looks like text in UTF-8.
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

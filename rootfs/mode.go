package rootfs

import (
	"fmt"
	"io/fs"
)

// modeBits are the bits of a mode that an image keeps.
const modeBits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

// ModeOf returns the fs.FileMode for permission, set-id and sticky bits in the
// form of chmod(2), such as 04755 or 01777. Callers that parse an octal mode use
// it, since fs.FileMode has other values for these bits.
func ModeOf(unix uint32) fs.FileMode {
	m := fs.FileMode(unix) & fs.ModePerm
	if unix&0o4000 != 0 {
		m |= fs.ModeSetuid
	}
	if unix&0o2000 != 0 {
		m |= fs.ModeSetgid
	}
	if unix&0o1000 != 0 {
		m |= fs.ModeSticky
	}
	return m
}

// unixMode is the mode as Linux has it in st_mode, without the type.
func unixMode(m fs.FileMode) int64 {
	bits := int64(m.Perm())
	if m&fs.ModeSetuid != 0 {
		bits |= 0o4000
	}
	if m&fs.ModeSetgid != 0 {
		bits |= 0o2000
	}
	if m&fs.ModeSticky != 0 {
		bits |= 0o1000
	}
	return bits
}

func octal(m fs.FileMode) string { return fmt.Sprintf("%04o", unixMode(m)) }

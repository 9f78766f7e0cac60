// Package rights describes the rights that files of an image give to those who run
// them, set-id bits and capabilities, and finds the files that the user of the image
// cannot read. Start with Of and Denied.
package rights

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/filecap"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// Capabilities returns the capabilities of a file in the form of cap_to_text(3),
// "" if it has none.
func Capabilities(e *rootfs.Entry) string {
	value := e.Xattrs[filecap.Attr]
	if value == "" {
		return ""
	}
	text, err := filecap.Text(value)
	if err != nil {
		return "unreadable capabilities (" + err.Error() + ")"
	}
	return text
}

// Of returns a description of the rights that a file gives to the user who runs it, ""
// if it gives none or is a hard link to another entry, whose rights are described.
func Of(e *rootfs.Entry) string {
	if !e.Mode.IsRegular() || e.Hardlink != "" {
		return ""
	}
	var parts []string
	if who := setIDChange(e); who != "" {
		parts = append(parts, fmt.Sprintf("set-id for %s in the source, for root in the image", who))
	} else if who := setIDOwner(e); who != "" {
		parts = append(parts, fmt.Sprintf("set-id for %s in the image", who))
	}
	if caps := Capabilities(e); caps != "" {
		parts = append(parts, "has "+caps+" in the image")
	}
	return strings.Join(parts, ", ")
}

// setIDOwner returns the user and group whose rights a set-id file gives in the image.
func setIDOwner(e *rootfs.Entry) string {
	var who []string
	if e.Mode&fs.ModeSetuid != 0 {
		who = append(who, fmt.Sprintf("user %d", e.UID))
	}
	if e.Mode&fs.ModeSetgid != 0 {
		who = append(who, fmt.Sprintf("group %d", e.GID))
	}
	return strings.Join(who, " and ")
}

// setIDChange returns the user and group whose rights a set-id file gives in the
// source, if it belongs to root only in the image.
func setIDChange(e *rootfs.Entry) string {
	info, ok := e.Source()
	if !ok || e.Mode&(fs.ModeSetuid|fs.ModeSetgid) == 0 {
		return ""
	}
	uid, gid, ok := sysroot.Owner(info)
	switch {
	case !ok:
		return ""
	case e.Mode&fs.ModeSetuid != 0 && e.UID == 0 && uid != 0:
		return fmt.Sprintf("user %d", uid)
	case e.Mode&fs.ModeSetgid != 0 && e.GID == 0 && gid != 0:
		return fmt.Sprintf("group %d", gid)
	}
	return ""
}

// Mode returns m in the format of ls: -rwsr-xr-x.
func Mode(m fs.FileMode) string {
	text := []byte(m.Perm().String())
	switch m.Type() {
	case fs.ModeDir:
		text[0] = 'd'
	case fs.ModeSymlink:
		text[0] = 'l'
	}
	for _, bit := range []struct {
		bit  fs.FileMode
		at   int
		with string // the letter with and without the x bit in whose place it is
	}{{fs.ModeSetuid, 3, "sS"}, {fs.ModeSetgid, 6, "sS"}, {fs.ModeSticky, 9, "tT"}} {
		if m&bit.bit == 0 {
			continue
		}
		letter := bit.with[0]
		if text[bit.at] != 'x' {
			letter = bit.with[1]
		}
		text[bit.at] = letter
	}
	return string(text)
}

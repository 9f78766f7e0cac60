package main

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/show"
	"github.com/mkrootfs/mkrootfs/internal/filecap"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// entryLine is one file of the account: mode, owner, size, path and
// capabilities.
func entryLine(e *rootfs.Entry) string {
	line := fmt.Sprintf("%s %d:%d %8s %s", modeText(e.Mode), e.UID, e.GID, show.Size(e.Size), e.Path)
	if e.Linkname != "" {
		line += " -> " + e.Linkname
	}
	if e.Hardlink != "" {
		line += " = " + e.Hardlink
	}
	if caps := capsOf(e); caps != "" {
		line += " [" + caps + "]"
	}
	return line
}

// modeText is a mode as ls shows it: -rwsr-xr-x.
func modeText(m fs.FileMode) string {
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
		with string // the letter with and without the x bit in whose place it stands
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

// capsOf words the capabilities of a file, "" when it has none.
func capsOf(e *rootfs.Entry) string {
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

// warnRights says which files run with the rights of another, or with
// capabilities, the first few by name.
func (p *packing) warnRights(u *ui) {
	count := 0
	for _, e := range p.tree.Entries() {
		what := rightsOf(e)
		if what == "" {
			continue
		}
		if count++; count <= maxShown || u.verbose {
			u.warn(e.Path+": "+what, "")
		}
	}
	if more := count - maxShown; more > 0 && !u.verbose {
		u.warn(fmt.Sprintf("and %d more files with set-id bits or capabilities", more), "--verbose names them all")
	}
	if count > 0 && !u.quiet {
		u.line("hint", "--copy src=…,chmod=0755 drops set-id bits and capabilities, src=…,chown=… gives a file to another owner")
	}
}

// rightsOf says what a file gives to the user that runs it, "" when that is nothing. A
// further name of a file says nothing anew.
func rightsOf(e *rootfs.Entry) string {
	if !e.Mode.IsRegular() || e.Hardlink != "" {
		return ""
	}
	var parts []string
	if who := setIDChange(e); who != "" {
		parts = append(parts, fmt.Sprintf("set-id for %s here, for root in the image", who))
	} else if who := setIDOwner(e); who != "" {
		parts = append(parts, fmt.Sprintf("set-id for %s in the image", who))
	}
	if caps := capsOf(e); caps != "" {
		parts = append(parts, "has "+caps+" in the image")
	}
	return strings.Join(parts, ", ")
}

// setIDOwner names whose rights a set-id file gives in the image.
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

// setIDChange says whose rights a set-id file of the source gives, when the
// image, in which it belongs to root, would give root's.
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

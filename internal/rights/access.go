package rights

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/owner"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// User is the user that runs an image.
type User struct {
	Name string // as --user names it; "" is root
	owner.IDs
	// Needs reports whether the user has to read a file, or to execute a program.
	Needs func(*rootfs.Entry) bool
	// Writes are directories in which the user has to make files, with the flags that
	// name them.
	Writes map[string]string
}

// Denied returns a text for each file of a tree that the user needs and cannot read, and
// for each directory with such files that the user cannot search, and a hint for all of
// them. Root, who can read all files, may run programs that change to another user: for
// root it returns the files that an account or a group of the image could read in the
// source, but cannot in the image.
func Denied(tree *rootfs.Tree, u User) (texts []string, hint string) {
	if u.UID == 0 {
		return lostReaders(tree, u)
	}
	entries := tree.Entries()
	blocked := map[string]bool{} // directories that the user cannot search, or inside of one
	told := map[string]bool{}
	for _, e := range entries {
		dir := path.Dir(e.Path)
		switch {
		case e.Mode.IsDir():
			blocked[e.Path] = blocked[dir] || !u.may(e, 1)
			if blocked[e.Path] && !blocked[dir] {
				told[e.Path] = false
			}
		case !e.Mode.IsRegular() || !u.Needs(e):
		case blocked[dir]:
			if top := topmost(dir, told); !told[top] {
				told[top] = true
				texts = append(texts, fmt.Sprintf("%s: the user %s cannot enter this directory of %s",
					top, u.Name, e.Path))
			}
		case e.Mode&0o111 != 0 && !u.may(e, 1):
			texts = append(texts, fmt.Sprintf("%s: the user %s cannot execute it: %s", e.Path, u.Name, state(e)))
		case e.Mode&0o111 == 0 && !u.may(e, 4):
			texts = append(texts, fmt.Sprintf("%s: the user %s cannot read it: %s", e.Path, u.Name, state(e)))
		}
	}
	if len(texts) > 0 {
		hint = fmt.Sprintf("change the owner or the mode: --copy src=…,chown=%s, or chmod=0644 for a file and "+
			"chmod=0755 for a program or a directory", u.Name)
	}
	return append(texts, u.unwritable(entries)...), hint
}

// topmost returns the directory of dirs that is dir or contains it.
func topmost(dir string, dirs map[string]bool) string {
	for {
		if _, is := dirs[dir]; is || dir == "/" {
			return dir
		}
		dir = path.Dir(dir)
	}
}

// may reports whether the user has a permission: 4 to read, 2 to write, 1 to execute a
// file or to search a directory (path_resolution(7)).
func (u User) may(e *rootfs.Entry, bits fs.FileMode) bool {
	switch {
	case u.UID == 0:
		return true
	case e.UID == u.UID:
		bits <<= 6
	case e.GID == u.GID:
		bits <<= 3
	}
	return e.Mode&bits == bits
}

// state returns the mode and the owner of a file for messages.
func state(e *rootfs.Entry) string {
	return fmt.Sprintf("mode %04o, owner %d:%d", e.Mode.Perm(), e.UID, e.GID)
}

// lostReaders returns the result of Denied for root.
func lostReaders(tree *rootfs.Tree, u User) (texts []string, hint string) {
	users, groups := names(tree.FS(), "etc/passwd"), names(tree.FS(), "etc/group")
	for _, e := range tree.Entries() {
		info, ok := e.Source()
		if !ok || e.Mode&0o4 != 0 || e.UID != 0 || e.GID != 0 || !u.Needs(e) {
			continue
		}
		uid, gid, ok := sysroot.Owner(info)
		switch {
		case !ok:
		case uid != 0 && users[uid] != "":
			texts = append(texts, fmt.Sprintf("%s: %s, who owns it here, cannot read it in the image: %s",
				e.Path, users[uid], state(e)))
			hint = users[uid]
		case gid != 0 && groups[gid] != "" && info.Mode()&0o40 != 0:
			texts = append(texts, fmt.Sprintf("%s: the group %s can read it here, but not in the image: %s",
				e.Path, groups[gid], state(e)))
			hint = "0:" + groups[gid]
		}
	}
	if hint != "" {
		hint = "keep the owner: --copy src=…,chown=" + hint
	}
	return texts, hint
}

// names returns the names in a passwd or group file by their numbers, without those that
// every image has. A file that cannot be read counts as empty.
func names(fsys fs.FS, file string) map[int]string {
	found := map[int]string{}
	data, _ := bounded.ReadFile(fsys, file, bounded.Config)
	for line := range strings.Lines(string(data)) {
		f := strings.SplitN(line, ":", 4)
		if len(f) < 4 || slices.Contains([]string{"root", "nobody", "nogroup", "nonroot"}, f[0]) {
			continue
		}
		if id, err := strconv.Atoi(f[2]); err == nil && found[id] == "" {
			found[id] = f[0]
		}
	}
	return found
}

// unwritable returns a text for each directory of u.Writes in which the user cannot make
// files. With --copy or --mkdir it may have another mode than usual.
func (u User) unwritable(entries []*rootfs.Entry) (texts []string) {
	for _, e := range entries {
		flag := cmp.Or(u.Writes[e.Path], u.Writes["/var"+e.Path]) // /var/run is /run
		if flag != "" && e.Mode.IsDir() && !u.may(e, 3) {
			texts = append(texts, fmt.Sprintf("%s: the user %s cannot make files in %s: add --mkdir %s:0755:%s",
				flag, u.Name, e.Path, e.Path, u.Name))
		}
	}
	return texts
}

// Package owner looks up the ids of users and groups in the passwd and group files of a
// file system. It never uses those of this machine. Start with Lookup.
package owner

import (
	"bytes"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/moby/sys/user"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// IDs are the ids of a user and a group.
type IDs struct{ UID, GID int }

// MaxID is the largest id of a user or group. For chown(2), 2^32-1 means that the owner
// stays unchanged.
const MaxID = 1<<32 - 2

// Lookup returns the ids for NAME|UID[:GROUP|GID], the format of docker's --user. The
// default group is that of the user's passwd entry, or 0 without one. Names are looked
// up in etc/passwd and etc/group of fsys, in which the first matching line is used;
// numbers need no entry. A missing file counts as empty. A file that cannot be read or
// has more than 4 MiB, and a number greater than MaxID, are errors.
//
// The names nobody and nonroot, which every image has, need no entry.
func Lookup(fsys fs.FS, spec string) (IDs, error) {
	name, group, _ := strings.Cut(spec, ":")
	if name == "" {
		name = "0"
	}
	passwd, err := lineOf(fsys, "etc/passwd", name)
	if err != nil {
		return IDs{}, err
	}
	groups, err := lineOf(fsys, "etc/group", group)
	if err != nil {
		return IDs{}, err
	}
	who, err := user.GetExecUser(spec, nil, bytes.NewReader(passwd), bytes.NewReader(groups))
	if ids, ok := builtIn[spec]; err != nil && ok {
		return ids, nil
	}
	if err != nil {
		return IDs{}, err
	}
	for _, id := range []int{who.Uid, who.Gid} {
		if id < 0 || id > MaxID {
			return IDs{}, fmt.Errorf("etc/passwd or etc/group: the number %d is not from 0 to %d", id, MaxID)
		}
	}
	return IDs{who.Uid, who.Gid}, nil
}

// builtIn are the ids of the accounts that every image has. Other minimal images have
// the same.
var builtIn = map[string]IDs{"nobody": {65534, 65534}, "nonroot": {65532, 65532}}

// maxLine is the maximum length of a line for package user (bufio.MaxScanTokenSize).
// Longer lines can be cut: the members of a group, which are not needed, come last.
const maxLine = 1 << 15

// lineOf returns the first line of a passwd or group file whose name or id is want, nil
// if there is none. Package user would keep every such line in memory.
func lineOf(fsys fs.FS, name, want string) ([]byte, error) {
	data, err := bounded.ReadFile(fsys, name, bounded.Config)
	if sysroot.IsAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	number, notNumber := strconv.Atoi(want)
	for line := range bytes.Lines(data) {
		line = bytes.TrimSpace(line)
		fields := bytes.SplitN(line, []byte{':'}, 4)
		if len(fields) < 3 {
			continue
		}
		id, err := strconv.Atoi(string(fields[2]))
		if want != "" && string(fields[0]) == want || notNumber == nil && err == nil && id == number {
			return line[:min(len(line), maxLine)], nil
		}
	}
	return nil, nil
}

// Package owner turns user and group names into numbers, by the passwd and
// group files of the tree that the image is made from. It never asks the
// machine that it runs on. Start with Lookup.
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

// IDs is who a file belongs to, or a process runs as.
type IDs struct{ UID, GID int }

// MaxID is the largest number of a user or group: 2^32-1 is no one's, since
// chown(2) takes it for "leave it as it is".
const MaxID = 1<<32 - 2

// Lookup reads NAME|UID[:GROUP|GID] as docker's --user has it: a user without
// a group gets the group of its passwd entry, or 0 where it has none. Names are
// looked up in etc/passwd and etc/group of fsys, of which the first line that
// fits counts; numbers need no entry there. A file that is absent is empty; one
// that cannot be read, or has more than 4 MiB, is an error, as is a number
// beyond MaxID.
//
// nobody and nonroot, which every image gets, are known without an entry.
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

// builtIn are the accounts of every image, under the numbers that others use
// for them.
var builtIn = map[string]IDs{"nobody": {65534, 65534}, "nonroot": {65532, 65532}}

// maxLine is what package user takes of a line (bufio.MaxScanTokenSize); the
// members of a group, which it does not ask for, come last.
const maxLine = 1 << 15

// lineOf returns the first line of a passwd or group file whose name or number
// is want; empty when there is none. Package user would keep every such line.
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

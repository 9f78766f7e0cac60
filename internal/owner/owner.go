// Package owner turns user and group names into numbers, by the passwd and
// group files of the tree that the image is made from. It never asks the
// machine that it runs on. Start with Lookup.
package owner

import (
	"errors"
	"io"
	"io/fs"

	"github.com/moby/sys/user"
)

// IDs is who a file belongs to, or a process runs as.
type IDs struct{ UID, GID int }

// Lookup reads NAME|UID[:GROUP|GID] as docker's --user has it: a user without
// a group gets the group of its passwd entry, or 0 where it has none. Names are
// looked up in etc/passwd and etc/group of fsys; numbers need no entry there.
//
// nobody and nonroot, which every image gets, are known without an entry.
func Lookup(fsys fs.FS, spec string) (IDs, error) {
	passwd, err := open(fsys, "etc/passwd")
	if err != nil {
		return IDs{}, err
	}
	defer passwd.Close()
	group, err := open(fsys, "etc/group")
	if err != nil {
		return IDs{}, err
	}
	defer group.Close()
	who, err := user.GetExecUser(spec, nil, passwd, group)
	if ids, ok := builtIn[spec]; err != nil && ok {
		return ids, nil
	}
	if err != nil {
		return IDs{}, err
	}
	return IDs{who.Uid, who.Gid}, nil
}

// builtIn are the accounts of every image, under the numbers that others use
// for them.
var builtIn = map[string]IDs{"nobody": {65534, 65534}, "nonroot": {65532, 65532}}

// open opens a file that may be absent, which then is empty.
func open(fsys fs.FS, name string) (io.ReadCloser, error) {
	f, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return io.NopCloser(eof{}), nil
	}
	return f, err
}

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

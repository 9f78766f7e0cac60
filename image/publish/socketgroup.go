package publish

import (
	"errors"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// socketGroup returns the name of the group whose members may connect to an engine that
// refused the caller with err: it owns the socket and may write to it. The result is ""
// if there is no such group, its name is unknown, or it is root.
func socketGroup(host string, err error) string {
	path, isUnix := strings.CutPrefix(host, "unix://")
	if !isUnix || !errors.Is(err, fs.ErrPermission) {
		return ""
	}
	info, serr := os.Stat(path)
	if serr != nil || info.Mode()&0o020 == 0 {
		return ""
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || owner.Gid == 0 {
		return ""
	}
	group, gerr := user.LookupGroupId(strconv.FormatUint(uint64(owner.Gid), 10))
	if gerr != nil {
		return ""
	}
	return group.Name
}

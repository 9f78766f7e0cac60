package doctor

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/doctor/internal/conffile"
	"github.com/mkrootfs/mkrootfs/internal/owner"
	"github.com/mkrootfs/mkrootfs/internal/testfs"
)

// TestConfDirs checks the owners and modes of directories that configuration files name.
func TestConfDirs(t *testing.T) {
	source := testfs.FS{
		MapFS: fstest.MapFS{
			"etc/passwd":        {Data: []byte("redis:x:106:109::/:\n")},
			"var/lib/redis":     {Mode: fs.ModeDir | 0o2750, Sys: &syscall.Stat_t{Uid: 106, Gid: 109}},
			"var/log":           {Mode: fs.ModeDir | 0o775, Sys: &syscall.Stat_t{Gid: 4}},
			"tmp":               {Mode: fs.ModeDir | fs.ModeSticky | 0o777, Sys: &syscall.Stat_t{}},
			"srv/file":          {},
			"var/lib/closed/in": {Mode: fs.ModeDir | 0o700, Sys: &syscall.Stat_t{Uid: 9}},
		},
		Fail: map[string]error{"lstat var/lib/closed/in": fs.ErrPermission},
	}
	for _, tc := range []struct {
		dir, user, want string
		users           []string
	}{
		{"/var/lib/redis", "", "drwxr-x--- 106:109 false", nil},
		{"/var/lib/redis", "5:6", "drwxr-x--- 5:6 false", nil},
		{"/var/lib/redis", "redis", "drwxr-x--- 106:109 false", nil},
		{"/var/lib/redis", "root:109", "drwxr-x--- 106:109 false", nil},
		{"/var/lib/gone", "", "drwxr-xr-x 0:0 false", nil},
		{"/var/lib/gone", "app", "drwxr-xr-x 7:8 false", nil},
		{"/var/lib/closed/in", "redis", "drwxr-xr-x 106:109 false", nil},
		{"/srv/file", "redis", "drwxr-xr-x 106:109 false", nil},
		{"/var/log", "redis", "drwxrwxr-x 0:4 true", nil},
		{"/tmp", "redis", "dtrwxrwxrwx 0:0 true", nil},
		{"/run", "redis", "drwxr-xr-x 0:0 true", nil},
		{"/etc/redis", "redis", "drwxr-xr-x 0:0 true", nil},
		{"/data", "redis", "drwxr-xr-x 106:109 false", nil},
		{"/var/lib/gone", "", "drwxr-xr-x 106:109 false", []string{"nobody7", "redis", "app"}},
		{"/var/lib/gone", "app", "drwxr-xr-x 7:8 false", []string{"redis"}},
		{"/run", "", "drwxr-xr-x 0:0 true", []string{"redis"}},
		{"/var/log", "", "drwxrwxr-x 0:4 true", []string{"redis"}},
	} {
		in := Input{User: tc.user, Accounts: Accounts{Added: []owner.Account{{Name: "app", IDs: owner.IDs{UID: 7, GID: 8}}}}}
		settings := []Setting{{Kind: Loopback}, {Kind: Directory, File: "r.conf", Line: 3, Value: tc.dir}}
		list, err := New(source).confDirs(in, conffile.Contents{Settings: settings, Users: tc.users})
		if err != nil || len(list) != 1 || list[0].Why != "--conf r.conf, line 3" {
			t.Errorf("%s: %+v, %v", tc.dir, list, err)
			continue
		}
		d := list[0]
		mode := strings.Replace((fs.ModeDir | d.Mode).String(), "dg", "d", 1)
		if got := fmt.Sprintf("%s %d:%d %t", mode, d.UID, d.GID, d.Shared); got != tc.want {
			t.Errorf("%s for %q: %s, want %s", tc.dir, tc.user, got, tc.want)
		}
	}
	in, setting := Input{User: "nonesuch"}, Setting{Kind: Directory, Value: "/data"}
	if _, err := New(source).confDirs(in, conffile.Contents{Settings: []Setting{setting}}); err == nil {
		t.Error("no error for a user that does not exist")
	}
	source.Fail["lstat data"] = syscall.EIO
	if _, err := New(source).confDirs(Input{}, conffile.Contents{Settings: []Setting{setting}}); err == nil {
		t.Error("no error for a directory that cannot be read")
	}
}

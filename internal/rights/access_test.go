package rights

import (
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/owner"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// imageTree returns a tree with files of several modes and owners.
func imageTree(t *testing.T) *rootfs.Tree {
	t.Helper()
	tree := &rootfs.Tree{}
	for name, e := range map[string]rootfs.Entry{
		"/bin/all":        {Mode: 0o755},
		"/bin/root":       {Mode: 0o750},
		"/bin/own":        {Mode: 0o500, UID: 5, GID: 6},
		"/bin/hidden":     {Mode: 0o711},
		"/lib/l.so":       {Mode: 0o644},
		"/etc/secret":     {Mode: 0o640},
		"/etc/group":      {Mode: 0o640, GID: 6},
		"/etc/ownerless":  {Mode: 0o044, UID: 5},
		"/etc/unneeded":   {Mode: 0o600},
		"/data":           {Mode: fs.ModeDir | 0o700},
		"/data/a":         {Mode: 0o644},
		"/data/deep/b":    {Mode: 0o600},
		"/data/deep":      {Mode: fs.ModeDir | 0o700, UID: 5},
		"/run":            {Mode: fs.ModeDir | 0o755},
		"/var/log":        {Mode: fs.ModeDir | 0o775, GID: 6},
		"/home/link":      {Mode: fs.ModeSymlink, Linkname: "/data/a"},
		"/home/unneeded/": {Mode: fs.ModeDir | 0o700},
	} {
		e.Path = name
		if e.Mode.IsRegular() {
			e.Content = rootfs.Bytes("x")
		}
		if err := tree.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

func TestDenied(t *testing.T) {
	u := User{
		Name: "app", IDs: owner.IDs{UID: 5, GID: 6},
		Needs:  func(e *rootfs.Entry) bool { return !strings.Contains(e.Path, "unneeded") },
		Writes: map[string]string{"/var/run": "--conf x, line 1", "/var/log": "--conf x, line 2", "/gone": "--conf x, line 3"},
	}
	texts, hint := Denied(imageTree(t), u)
	want := `/bin/root: the user app cannot execute it: mode 0750, owner 0:0
/data: the user app cannot enter this directory of /data/a
/etc/ownerless: the user app cannot read it: mode 0044, owner 5:0
/etc/secret: the user app cannot read it: mode 0640, owner 0:0
--conf x, line 1: the user app cannot make files in /run: add --mkdir /run:0755:app`
	if got := strings.Join(texts, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if !strings.Contains(hint, "--copy src=…,chown=app, or chmod=0644") {
		t.Error(hint)
	}
	u.UID, u.Needs = 0, func(*rootfs.Entry) bool { return true }
	if texts, _ := Denied(imageTree(t), u); len(texts) != 0 {
		t.Errorf("root: %q", texts)
	}
}

// TestLostReaders checks that files whose owner or group of the source is an account of
// the image are found, but not files of other users.
func TestLostReaders(t *testing.T) {
	file := func(mode fs.FileMode, uid, gid uint32) *fstest.MapFile {
		return &fstest.MapFile{Mode: mode, Sys: &syscall.Stat_t{Uid: uid, Gid: gid}}
	}
	source := fstest.MapFS{
		"k/key": file(0o640, 0, 103), "k/own": file(0o600, 101, 0), "k/public": file(0o644, 101, 103), "k/mine": file(0o600, 1000, 1000),
		"k/kept": file(0o640, 0, 103), "k/closed": file(0o600, 0, 103), "k/root": file(0o600, 0, 0),
	}
	tree := &rootfs.Tree{}
	gid := 103
	for name := range source {
		o := rootfs.CopyOptions{}
		if name == "k/kept" {
			o.GID = &gid
		}
		if err := tree.AddFrom(source, "/"+name, o); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"/etc/passwd": "root:x:0:0::/:\nweb:x:101:101::/:\n", "/etc/group": "root:x:0:\nssl-cert:x:103:web\nbroken:x:y:\n",
	} {
		if err := tree.Add(rootfs.Entry{Path: name, Mode: 0o644, Content: rootfs.Bytes(text)}); err != nil {
			t.Fatal(err)
		}
	}
	texts, hint := Denied(tree, User{Needs: func(*rootfs.Entry) bool { return true }})
	want := `/k/key: the group ssl-cert can read it here, but not in the image: mode 0640, owner 0:0
/k/own: web, who owns it here, cannot read it in the image: mode 0600, owner 0:0`
	if got := strings.Join(texts, "\n"); got != want || hint != "keep the owner: --copy src=…,chown=web" {
		t.Errorf("got\n%s\n%s\nwant\n%s", got, hint, want)
	}
}

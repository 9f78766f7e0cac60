package rootfs_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/rootfs"
)

func Example() {
	host := fstest.MapFS{
		"lib":              {Mode: fs.ModeSymlink | 0o777, Data: []byte("usr/lib")},
		"usr/lib/ld.so":    {Mode: 0o755, Data: []byte("the loader")},
		"usr/bin/server":   {Mode: 0o755, Data: []byte("a program")},
		"home/me/app.conf": {Mode: 0o600, Data: []byte("port 80\n")},
	}

	var tree rootfs.Tree
	for _, name := range []string{"/usr/bin/server", "/lib/ld.so"} {
		if err := tree.AddFrom(host, name, rootfs.CopyOptions{}); err != nil {
			fmt.Println(err)
			return
		}
	}
	if err := tree.AddFrom(host, "/home/me/app.conf", rootfs.CopyOptions{Dest: "/etc/app/app.conf"}); err != nil {
		fmt.Println(err)
		return
	}
	tree.Require("/lib/ld.so", true, "the program interpreter of /usr/bin/server")

	for _, e := range tree.Entries() {
		fmt.Println(e.Mode, e.Path)
	}
	sum, err := tree.WriteLayer(context.Background(), io.Discard, rootfs.Options{})
	fmt.Println(sum.DiffID, err)
	// Output:
	// drwxr-xr-x /etc
	// drwxr-xr-x /etc/app
	// -rw-r--r-- /etc/app/app.conf
	// Lrwxrwxrwx /lib
	// drwxr-xr-x /usr
	// drwxr-xr-x /usr/bin
	// -rwxr-xr-x /usr/bin/server
	// drwxr-xr-x /usr/lib
	// -rwxr-xr-x /usr/lib/ld.so
	// sha256:fa90efe92386e9d0be297f7a1e6a84195b8d73d64c2de79b40836f8cbb94a019 <nil>
}

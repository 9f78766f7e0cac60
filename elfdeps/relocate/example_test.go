package relocate_test

import (
	"context"
	"fmt"
	"io/fs"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/relocate"
	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

// tree is a file system with a program for musl and one of its libraries.
func tree() fs.ReadLinkFS {
	file := func(f elftest.File) *fstest.MapFile { return &fstest.MapFile{Data: f.Bytes(), Mode: 0o755} }
	return fstest.MapFS{
		"bin/app":                   file(elftest.File{Interp: "/lib/ld-musl-x86_64.so.1", Needed: []string{"libapp.so"}}),
		"lib/ld-musl-x86_64.so.1":   file(elftest.File{Soname: "libc.so"}),
		"opt/app/lib/libapp.so":     file(elftest.File{}),
		"opt/app/lib/libapp.so.txt": {Data: []byte("no library")},
	}
}

func ExampleComparison_Compare() {
	// On this machine the library is found by LD_LIBRARY_PATH, which the image lacks.
	source := &elfdeps.Resolver{FS: tree(), LibraryPath: "/opt/app/lib"}
	image := &elfdeps.Resolver{FS: tree()}
	c := relocate.Comparison{Source: source, Image: image}
	lost, err := c.Compare(context.Background(), "/bin/app", "/bin/app", "")
	fmt.Println(lost, err)
	for _, f := range c.Files() {
		fmt.Printf("%s: %q\n", f.Path, f.Data)
	}
	// Output:
	// [] <nil>
	// /etc/ld-musl-x86_64.path: "/lib\n/usr/local/lib\n/usr/lib\n/opt/app/lib\n"
}

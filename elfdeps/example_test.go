package elfdeps_test

import (
	"context"
	"fmt"
	"io/fs"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

// tree is a file system with a program, its loader and one of its libraries.
func tree() fs.ReadLinkFS {
	file := func(f elftest.File) *fstest.MapFile { return &fstest.MapFile{Data: f.Bytes(), Mode: 0o755} }
	return fstest.MapFS{
		"opt/app/bin/app":             file(elftest.File{Interp: "/lib64/ld-linux-x86-64.so.2", Needed: []string{"libapp.so.1", "libc.so.6"}, Runpath: "$ORIGIN/../lib"}),
		"opt/app/lib/libapp.so.1":     file(elftest.File{Needed: []string{"libc.so.6", "libgone.so.2"}}),
		"lib64/ld-linux-x86-64.so.2":  file(elftest.File{Soname: "ld-linux-x86-64.so.2"}),
		"lib64/libc.so.6":             file(elftest.File{Needed: []string{"ld-linux-x86-64.so.2"}}),
		"lib64/never-asked-for.so.99": file(elftest.File{}),
	}
}

func ExampleResolver_Resolve() {
	r := &elfdeps.Resolver{FS: tree()} // without FS: this machine
	closure, err := r.Resolve(context.Background(), "/opt/app/bin/app")
	for _, o := range closure.Objects {
		fmt.Println(o.Kind, o.Path)
		for _, e := range o.Needed {
			fmt.Printf("\t%s => %s (%s)\n", e.Name, e.Path, e.Rule)
		}
	}
	fmt.Println(err)
	// Output:
	// executable /opt/app/bin/app
	// 	libapp.so.1 => /opt/app/bin/../lib/libapp.so.1 (runpath)
	// 	libc.so.6 => /lib64/libc.so.6 (default)
	// interpreter /lib64/ld-linux-x86-64.so.2
	// library /opt/app/bin/../lib/libapp.so.1
	// 	libc.so.6 => /lib64/libc.so.6 (already-loaded)
	// 	libgone.so.2 =>  ()
	// library /lib64/libc.so.6
	// 	ld-linux-x86-64.so.2 => /lib64/ld-linux-x86-64.so.2 (already-loaded)
	// /opt/app/bin/../lib/libapp.so.1: needs libgone.so.2, which is not found
}

func ExampleResolver_File() {
	r := &elfdeps.Resolver{FS: tree()}
	f, err := r.File(context.Background(), "/opt/app/bin/app")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	isGo, err := f.IsGo()
	fmt.Println(f.Dynamic.Runpath, isGo, err)
	// Output:
	// $ORIGIN/../lib false <nil>
}

package pack_test

import (
	"context"
	"fmt"
	"io"
	"log"

	"github.com/mkrootfs/mkrootfs/pack"
)

// This example packs a program into an OCI archive.
func Example() {
	ctx := context.Background()
	plan, err := pack.Resolve(ctx, pack.Spec{
		Programs: []string{"glibc"},
		Sysroot:  "../testdata/bins/amd64", // without it, this machine
		Groups:   pack.Groups{With: []string{"none", "tmp"}},
	}, pack.Options{Environment: pack.CurrentEnvironment()})
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range plan.Tree.Entries() {
		if e.Mode.IsRegular() {
			fmt.Println(e.Path, "by", pack.ReasonOf(e))
		}
	}
	result, err := pack.Write(ctx, plan, pack.Outputs{
		Tags:   []string{"glibc:1"},
		Files:  []pack.Output{{Type: pack.OCIArchive, Dest: "-"}},
		Stdout: io.Discard,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Layer.Files, "files, CMD", plan.Config.Cmd)
	// Output:
	// /lib/x86_64-linux-gnu/libc.so.6 by /usr/bin/glibc, which needs libc.so.6
	// /lib64/ld-linux-x86-64.so.2 by /usr/bin/glibc, whose interpreter it is
	// /usr/bin/glibc by glibc
	// 3 files, CMD [/usr/bin/glibc]
}

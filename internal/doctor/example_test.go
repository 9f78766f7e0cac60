package doctor_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

// A program that looks users up, whose configuration file names one of them.
func Example() {
	ctx := context.Background()
	program := elftest.File{
		Interp: "/lib64/ld-linux-x86-64.so.2", Needed: []string{"libc.so.6"}, Symbols: []elftest.Symbol{{Name: "getpwnam"}},
	}
	source := fstest.MapFS{
		"bin/served":                 {Data: program.Bytes(), Mode: 0o755},
		"lib64/ld-linux-x86-64.so.2": {Data: elftest.File{Soname: "ld-linux-x86-64.so.2"}.Bytes(), Mode: 0o755},
		"lib64/libc.so.6":            {Data: elftest.File{Soname: "libc.so.6"}.Bytes(), Mode: 0o755},
		"etc/passwd":                 {Data: []byte("www:x:103:110::/var/www:/bin/sh\n")},
	}
	image := fstest.MapFS{"etc/served.conf": {Data: []byte("user www;\nlisten 80;\n")}}

	resolver := &elfdeps.Resolver{FS: source}
	closure, err := resolver.Resolve(ctx, "/bin/served")
	if err != nil {
		fmt.Println(err)
		return
	}
	in := doctor.Input{
		Libc:    elfdeps.Libc{Kind: "glibc", Version: 236},
		Image:   image,
		Configs: []doctor.Config{{Path: "/etc/served.conf", Main: true}},
		Groups:  doctor.Choice{Auto: true},
	}
	for _, o := range closure.Objects {
		in.Objects = append(in.Objects, doctor.Object{Object: o, In: resolver})
	}
	found, err := doctor.New(source).Examine(ctx, in)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, g := range found.Groups {
		fmt.Println(g.Name+":", g.Need.Why)
		for _, a := range g.Additions {
			fmt.Println("\t" + a.Path)
		}
	}
	fmt.Println(found.Ports)
	// Output:
	// passwd: user names, group names and home directories cannot be looked up
	// 	/etc/group
	// 	/etc/passwd
	// 	/home/nonroot
	// 	/root
	// 	/var/www
	// tmp: programs also create temporary files without the C library
	// 	/run
	// 	/tmp
	// 	/var/run
	// 	/var/tmp
	// nss: host, user and group names are not looked up as configured
	// 	/etc/nsswitch.conf
	// modules: configuration files may name modules
	// [80/tcp]
}

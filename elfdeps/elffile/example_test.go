package elffile_test

import (
	"bytes"
	"fmt"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

func ExampleNewFile() {
	data := elftest.File{
		Interp: "/lib64/ld-linux-x86-64.so.2", Needed: []string{"libc.so.6"}, Runpath: "$ORIGIN/../lib",
		Symbols: []elftest.Symbol{{Name: "dlopen"}, {Name: "main", Defined: true}},
		Notes:   []elftest.Note{{Owner: "FDO", Type: 0x407c0c0a, Desc: []byte(`[{"soname":["libidn2.so.0"],"priority":"suggested"}]`)}},
		Payload: []byte("\x00libssl.so.3\x00"),
	}.Bytes()

	f, err := elffile.NewFile(bytes.NewReader(data), int64(len(data))) // or Open("/bin/ls")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	_, arch, _ := f.Platform()
	fmt.Println(arch, f.Interp, f.Dynamic.Runpath, f.Dynamic.Needed[0].Name)

	imports, _ := f.Imports()
	fmt.Println("imports:", imports)
	notes, _ := f.DlopenNotes()
	fmt.Println("declares:", notes[0].Sonames, notes[0].Priority)
	hints, _ := f.DlopenHints()
	fmt.Println("may open:", hints)
	// Output:
	// amd64 /lib64/ld-linux-x86-64.so.2 $ORIGIN/../lib libc.so.6
	// imports: [dlopen]
	// declares: [libidn2.so.0] suggested
	// may open: [libssl.so.3]
}

package main

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// The commands of scripts for outputs that are being written:
//
//	reader FIFO N       opens a pipe once it has a writer, reads N bytes and leaves it open
//	stale FILE          makes what a killed run leaves for FILE; a FILE that ends in / is a directory
func init() {
	scriptCommands["reader"] = cmdReader
	scriptCommands["stale"] = cmdStale
}

func cmdReader(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	f, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Defer(func() { f.Close() })
	_, err = io.CopyN(io.Discard, f, n)
	ts.Check(err)
}

func cmdStale(ts *testscript.TestScript, _ bool, args []string) {
	name, isDir := strings.CutSuffix(args[0], "/")
	name = ts.MkAbs(name)
	hidden := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".mkrootfs-0123456789abcdef")
	if isDir {
		ts.Check(os.Mkdir(hidden, 0o700))
		hidden = filepath.Join(hidden, "index.json")
	}
	ts.Check(os.WriteFile(hidden, []byte("half"), 0o600))
}

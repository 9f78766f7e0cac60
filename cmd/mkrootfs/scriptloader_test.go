package main

import (
	"debug/elf"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mkrootfs/mkrootfs/elfdeps/ldcache"
	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

// The commands of scripts for files of the loaders:
//
//	hwloader FILE                     a glibc loader with glibc-hwcaps, and ld.so.cache in /etc
//	muslloader FILE                   a musl loader
//	cache FILE NAME[@LEVEL]=PATH...   an ld.so.cache
func init() {
	scriptCommands["hwloader"] = cmdHwLoader
	scriptCommands["muslloader"] = cmdMuslLoader
	scriptCommands["cache"] = cmdCache
}

func cmdHwLoader(ts *testscript.TestScript, _ bool, args []string) {
	putLoader(ts, args[0], "\x00/lib/\x00/usr/lib/\x00LIB\x00lib\x00/etc/ld.so.cache\x00glibc-hwcaps/\x00"+
		"x86-64-v4:x86-64-v3:x86-64-v2\x00ld.so (GNU libc) stable release version 2.38.\x00")
}

func cmdMuslLoader(ts *testscript.TestScript, _ bool, args []string) {
	putLoader(ts, args[0], "\x00/lib:/usr/local/lib:/usr/lib\x00/etc/ld-musl-x86_64.path\x00")
}

func putLoader(ts *testscript.TestScript, name, strings string) {
	putFile(ts, name, elftest.File{Soname: filepath.Base(name), Payload: []byte(strings)}.Bytes())
}

func cmdCache(ts *testscript.TestScript, _ bool, args []string) {
	var entries []ldcache.Entry
	for _, word := range args[1:] {
		name, path, _ := strings.Cut(word, "=")
		name, level, _ := strings.Cut(name, "@")
		entries = append(entries, ldcache.Entry{Name: name, Path: path, Flags: 0x303, Level: level})
	}
	putFile(ts, args[0], ldcache.Marshal(entries, elf.EM_X86_64, elf.ELFDATA2LSB))
}

func putFile(ts *testscript.TestScript, name string, data []byte) {
	name = ts.MkAbs(name)
	ts.Check(os.MkdirAll(filepath.Dir(name), 0o755))
	ts.Check(os.WriteFile(name, data, 0o755)) //nolint:gosec // loaders are executable
}

// Package testtree makes file systems with ELF files for tests, out of a few words
// for each file.
//
// It never touches the disk. Its ELF files have the parts that loaders read, and
// nothing that could run. Start with Tree.
package testtree

import (
	"debug/elf"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// The paths of the usual loaders.
const (
	GlibcLoader = "/lib64/ld-linux-x86-64.so.2"
	MuslLoader  = "/lib/ld-musl-x86_64.so.1"
)

// Tree is a file system in a few words: a path and what is there.
//
//	"-> TARGET"            a symlink
//	"dir", "socket"        a directory, a socket
//	"text CONTENT"         a file; 0755 when it is a "#!" script
//	"= PATH"               one more hard link to the file there
//	"exe|lib|ld|static …"  an ELF file, see ELF
type Tree map[string]string

// Build makes the file system. Files have inode numbers.
func (tree Tree) Build(t testing.TB) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	ino := uint64(100)
	for name, spec := range tree {
		word, rest, _ := strings.Cut(spec, " ")
		ino++
		f := &fstest.MapFile{Mode: 0o755, Sys: &sysroot.ID{Dev: 1, Ino: ino}}
		switch word {
		case "->":
			f.Mode, f.Data = fs.ModeSymlink|0o777, []byte(rest)
		case "socket":
			f.Mode = fs.ModeSocket | 0o755
		case "dir":
			f.Mode = fs.ModeDir | 0o755
		case "text":
			f.Data = []byte(rest)
		case "=":
			continue
		default:
			f.Data = ELF(t, spec).Bytes()
			if strings.Contains(spec, " suid") {
				f.Mode |= fs.ModeSetuid
			}
		}
		m[name[1:]] = f
	}
	for name, spec := range tree {
		if to, ok := strings.CutPrefix(spec, "= "); ok {
			m[name[1:]] = m[to[1:]]
		}
	}
	return m
}

// ELF makes an ELF file out of words: its kind, then KEY=VALUE, lists being
// separated by commas. An exe has the usual interpreter.
func ELF(t testing.TB, spec string) elftest.File {
	t.Helper()
	words := strings.Fields(spec)
	f := elftest.File{}
	switch words[0] {
	case "exe":
		f.Interp = GlibcLoader
	case "musl":
		f.Interp = MuslLoader
	case "static":
		f.Static, f.Type = true, elf.ET_EXEC
	case "ld":
		f = Loader(words[1:])
	case "lib":
	default:
		t.Fatalf("what is %q?", spec)
	}
	for _, w := range words[1:] {
		key, value, _ := strings.Cut(w, "=")
		if err := set(&f, key, value); err != nil {
			t.Fatalf("%s: %v", spec, err)
		}
	}
	return f
}

// set sets one property of a file.
func set(f *elftest.File, key, value string) error {
	if tag, ok := texts[key]; ok {
		for v := range strings.SplitSeq(value, ",") {
			f.Dyn = append(f.Dyn, elftest.Text(tag, v))
		}
		return nil
	}
	if flag, ok := flags[key]; ok {
		f.Flags1 |= uint64(flag)
		return nil
	}
	n, err := strconv.ParseUint(value, 0, 64)
	switch key {
	case "needs":
		f.Needed = strings.Split(value, ",")
	case "interp":
		f.Interp = value
	case "wants":
		file, versions, _ := strings.Cut(value, ":")
		f.Verneed = append(f.Verneed, elftest.Verneed{File: file, Versions: strings.Split(versions, ",")})
	case "defines":
		f.Verdef = strings.Split(value, ",")
	case "symbols":
		for s := range strings.SplitSeq(value, ",") {
			f.Symbols = append(f.Symbols, elftest.Symbol{Name: s, Defined: true})
		}
	case "class32":
		f.Class = elf.ELFCLASS32
	case "big":
		f.Data = elf.ELFDATA2MSB
	case "nodyn":
		f.Static = true
	case "suid", "version", "vendor", "dirs", "lib", "hwcaps", "cache":
		return nil
	default:
		if err != nil {
			return fmt.Errorf("%s=%s: %w", key, value, err)
		}
		return setNumber(f, key, n)
	}
	return nil
}

// texts are the dynamic entries with a string, by their key.
var texts = map[string]elf.DynTag{
	"rpath": elf.DT_RPATH, "runpath": elf.DT_RUNPATH, "soname": elf.DT_SONAME,
	"aux": elf.DT_AUXILIARY, "filter": elf.DT_FILTER,
	"audit": elf.DT_AUDIT, "depaudit": elf.DT_DEPAUDIT,
}

// flags are those of DT_FLAGS_1, by their key.
var flags = map[string]elf.DynFlag1{"nodeflib": elf.DF_1_NODEFLIB, "noopen": elf.DF_1_NOOPEN, "pie": elf.DF_1_PIE}

func setNumber(f *elftest.File, key string, n uint64) error {
	switch key {
	case "machine":
		f.Machine = elf.Machine(n)
	case "type":
		f.Type = elf.Type(n)
	case "osabi":
		f.OSABI = elf.OSABI(n)
	case "abiversion":
		f.ABIVersion = uint8(n)
	case "flags":
		f.Flags = uint32(n)
	case "sections":
		f.Sections = elftest.Sections(n)
	default:
		return fmt.Errorf("what is %s?", key)
	}
	return nil
}

// Loader returns glibc's ld.so as its strings show it: by default an unpatched
// 2.39 that looks in /lib and /usr/lib.
func Loader(words []string) elftest.File {
	v := map[string]string{
		"version": "2.39", "vendor": "GNU", "dirs": "/lib/,/usr/lib/", "lib": "lib", "cache": "/etc/ld.so.cache",
	}
	for _, w := range words {
		key, value, _ := strings.Cut(w, "=")
		v[key] = value
	}
	s := "\x00" + strings.ReplaceAll(v["dirs"], ",", "\x00") + "\x00\x00ORIGIN\x00PLATFORM\x00LIB\x00\x00" + v["lib"] +
		"\x00" + v["cache"] + "\x00--glibc-hwcaps-prepend LIST\x00" + v["hwcaps"] +
		"\x00ld.so (" + v["vendor"] + " libc) stable release version " + v["version"] + ".\x00"
	return elftest.File{Soname: "ld-linux-x86-64.so.2", Payload: []byte(s), Verdef: []string{"GLIBC_2.0"}}
}

// Seeds returns small files with all that the reader knows.
func Seeds() [][]byte {
	full := elftest.File{
		Interp: GlibcLoader, Soname: "libx.so", Needed: []string{"liba.so", "$ORIGIN/libb.so"},
		Rpath: "$ORIGIN:/m", Runpath: "/n/$LIB:", Flags1: uint64(elf.DF_1_NODEFLIB), Verdef: []string{"V1", "V2"},
		Verneed: []elftest.Verneed{{File: "liba.so", Versions: []string{"V1", "?V2"}}},
		Symbols: []elftest.Symbol{{Name: "stdin", Defined: true}},
		Notes:   []elftest.Note{{Owner: "FDO", Type: 1, Desc: []byte("[]")}},
		Dyn: []elftest.Dyn{
			elftest.Text(elf.DT_AUXILIARY, "libc1.so"), elftest.Text(elf.DT_FILTER, "libd.so"), elftest.Text(elf.DT_AUDIT, "a:b"),
		},
	}
	small := full
	small.Class, small.Data, small.Machine = elf.ELFCLASS32, elf.ELFDATA2MSB, elf.EM_MIPS
	musl := full
	musl.Interp = MuslLoader
	wild := elftest.File{Sections: elftest.WildSections}
	return [][]byte{
		full.Bytes(), small.Bytes(), musl.Bytes(), wild.Bytes(), Loader(nil).Bytes(), elftest.File{Static: true}.Bytes(),
		[]byte("#!/usr/bin/env -S A=b t\n"), []byte("#!/bin/t x"), []byte("text"),
		{},
	}
}

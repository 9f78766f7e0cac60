package elfdeps

import (
	"debug/elf"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

// seeds are small files with all that the reader knows.
func seeds() [][]byte {
	full := elftest.File{
		Interp: glibcLoader, Soname: "libx.so", Needed: []string{"liba.so", "$ORIGIN/libb.so"}, Rpath: "$ORIGIN:/m", Runpath: "/n/$LIB:",
		Flags1: uint64(elf.DF_1_NODEFLIB), Verdef: []string{"V1", "V2"}, Verneed: []elftest.Verneed{{File: "liba.so", Versions: []string{"V1", "?V2"}}},
		Symbols: []elftest.Symbol{{Name: "stdin", Defined: true}}, Notes: []elftest.Note{{Owner: "FDO", Type: 1, Desc: []byte("[]")}},
		Dyn: []elftest.Dyn{elftest.Text(elf.DT_AUXILIARY, "libc1.so"), elftest.Text(elf.DT_FILTER, "libd.so"), elftest.Text(elf.DT_AUDIT, "a:b")},
	}
	small := full
	small.Class, small.Data, small.Machine = elf.ELFCLASS32, elf.ELFDATA2MSB, elf.EM_MIPS
	musl := full
	musl.Interp = muslLoader
	wild := elftest.File{Sections: elftest.WildSections}
	return [][]byte{
		full.Bytes(), small.Bytes(), musl.Bytes(), wild.Bytes(), loaderFile(nil).Bytes(), elftest.File{Static: true}.Bytes(),
		[]byte("#!/usr/bin/env -S A=b t\n"), []byte("#!/bin/t x"), []byte("text"),
		{},
	}
}

// FuzzResolve puts any file in the place of a program, a library and a loader,
// and asks all there is to ask about it.
func FuzzResolve(f *testing.F) {
	for _, b := range seeds() {
		f.Add(b)
	}
	f.Add(sixBytes())
	file := &fstest.MapFile{Mode: 0o755}
	fsys := surround(f, file)
	f.Fuzz(func(t *testing.T, b []byte) {
		file.Data = b
		r, c, err := ask(t.Context(), fsys, len(b)%ways)
		if (err == nil) != (len(c.Missing)+len(c.Errors) == 0) {
			t.Errorf("error %v, %d missing, %d errors", err, len(c.Missing), len(c.Errors))
		}
		for _, o := range c.Objects {
			if o.Path == "" || o.RealPath == "" || o.Kind == "" {
				t.Errorf("%+v", o)
			}
		}
		for _, p := range c.Opened {
			if _, err := fs.Stat(r.session().root, p); err != nil {
				t.Errorf("opened %s: %v", p, err)
			}
		}
	})
}

// FuzzReader reads any file as ELF: it may be refused, at a place inside reason.
func FuzzReader(f *testing.F) {
	for _, b := range seeds() {
		f.Add(b)
	}
	f.Add(sixBytes())
	at := &fstest.MapFile{}
	fsys := fstest.MapFS{"f": at}
	f.Fuzz(func(t *testing.T, b []byte) {
		at.Data = b
		r := &Resolver{FS: fsys}
		s := r.session()
		file := s.load(s.open("/f"))
		if file.err != nil || file.openErr != nil {
			t.Errorf("reading fails: %v, %v", file.err, file.openErr)
		}
		if e := file.broken; e != nil && (e.Offset < 0 || e.Msg == "") {
			t.Errorf("%+v", e)
		}
		if len(b) >= 64 && file.isELF() {
			_, _ = s.defines(t.Context(), s.open("/f"), file, "stdin", "x")
		}
	})
}

func FuzzCache(f *testing.F) {
	file := newCacheFile(entry{key: "liba.so", path: "/x/liba.so"}, entry{key: "liba.so", path: "/x/v2/liba.so", level: "x86-64-v2", isa: 1},
		entry{key: "libb10.so", path: "/b"}, entry{key: "libc.so.6", path: "/c", hwcap: 1 << 63})
	f.Add(file.modern(0), "liba.so")
	f.Add(file.old(false), "libb10.so")
	f.Add(file.old(true), "libc.so.6")
	loader := &loader{facts: facts{version: 236}}
	f.Fuzz(func(t *testing.T, b []byte, name string) {
		for _, big := range []bool{false, true} {
			elfFile := x8664()
			elfFile.big = big
			c := newCache(b, elfFile)
			if c == nil {
				continue
			}
			found := c.lookup(name)
			for _, p := range x86([]string{"x86-64-v3", "x86-64-v2"}) {
				c.choose(found, &p, loader)
			}
		}
	})
}

func FuzzFacts(f *testing.F) {
	f.Add(loaderFile([]string{"hwcaps=x86-64-v3:x86-64-v2"}).Payload)
	f.Add([]byte("/\x00/\x00lib/\x00\x00LIB\x00\x00release version 9"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range []elf.Machine{elf.EM_X86_64, elf.EM_S390} {
			var found facts
			found.look(b, m)
			for _, d := range found.dirs {
				if d[0] != '/' || d[len(d)-1] != '/' {
					t.Errorf("directory %q", d)
				}
			}
		}
	})
}

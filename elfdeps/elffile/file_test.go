package elffile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, data []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	f, err := Open(file("lib", elftest.File{Soname: "libx.so"}.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if f.Dynamic.Soname != "libx.so" {
		t.Errorf("soname %q", f.Dynamic.Soname)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := f.IsGo(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		dir: "a directory", pipe: "a special file", // which has no other end to wait for
		file("script", []byte("#!/bin/sh\n")): "a script", file("empty", nil): "an empty file",
	} {
		var kind *KindError
		if _, err := Open(name); !errors.As(err, &kind) || kind.Is != want || kind.Path != name {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	if _, err := Open(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// A file that is shorter than its size was said to be is an error of reading.
func TestShorterFile(t *testing.T) {
	data := elftest.File{Needed: []string{"libc.so.6"}}.Bytes()
	if _, err := NewFile(bytes.NewReader(data[:32]), int64(len(data))); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}

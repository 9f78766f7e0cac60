//go:build linux

package hostile

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// leaks lists the marks of files outside in the outputs of a run in dir.
func leaks(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	for _, name := range outputFiles(t, dir) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, what := range leaksIn(t, b) {
			found = append(found, name+": "+what)
		}
	}
	return found
}

// outputFiles returns the files of the outputs in dir.
func outputFiles(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(dir + "/out*.tar*")
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir+"/lay", func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err == nil && d.Type().IsRegular():
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func leaksIn(t *testing.T, b []byte) []string {
	t.Helper()
	var found []string
	plain := b
	if bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		plain = unzipped(t, b)
	}
	if at := bytes.Index(plain, []byte(mark)); at >= 0 {
		found = append(found, "the mark of a file outside: "+string(bytes.ToValidUTF8(plain[max(0, at-30):at+len(mark)], []byte("."))))
	}
	if len(plain) == len(b) {
		return found
	}
	for r := tar.NewReader(bytes.NewReader(plain)); ; {
		h, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return found
		case err != nil:
			t.Fatal(err)
		case h.Mode&0o777 == markMode:
			found = append(found, h.Name+" has the mode of a file outside")
		case h.PAXRecords["SCHILY.xattr.security.capability"] != "":
			found = append(found, h.Name+" has the capability of a file outside")
		}
	}
}

func unzipped(t *testing.T, b []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

package pkgdb

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pierrec/lz4/v4"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// TestUnpacked checks that the content of an index does not depend on its compression,
// and that a truncated index is an error.
func TestUnpacked(t *testing.T) {
	text := strings.Repeat("Package: libx\nFilename: pool/libx.deb\n\n", 5000)
	pack := func(w io.WriteCloser, b *bytes.Buffer) []byte {
		_, err := io.WriteString(w, text)
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	var gz, l4 bytes.Buffer
	for ending, data := range map[string][]byte{
		"": []byte(text), ".gz": pack(gzip.NewWriter(&gz), &gz), ".lz4": pack(lz4.NewWriter(&l4), &l4),
	} {
		root := sysroot.New(fstest.MapFS{"whole" + ending: {Data: data}, "cut" + ending: {Data: data[:len(data)/2]}})
		read := func(name string) (string, error) {
			var got strings.Builder
			err := newReader(root).unpacked(t.Context(), name+ending, newBudget(maxIndexes, name), func(r io.Reader) error { _, err := io.Copy(&got, r); return err })
			return got.String(), err
		}
		if got, err := read("/whole"); err != nil || got != text {
			t.Errorf("%q: %d bytes, %v", ending, len(got), err)
		}
		if _, err := read("/cut"); (err == nil) != (ending == "") {
			t.Errorf("%q, cut off: %v", ending, err)
		}
	}
}

//go:build linux

package hostile

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mkrootfs/mkrootfs/test/harness"
)

// sparseAt makes a file that is a hole after head.
func sparseAt(name string, size int64, head string) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		replaced(t, root+name)
		sparse(t, root+name, size, []byte(head))
	}
}

// fifoAt makes a named pipe without a writer.
func fifoAt(name string) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		replaced(t, root+name)
		if err := unix.Mkfifo(root+name, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// zeroAt makes a device like /dev/zero, which never ends; without root, nothing.
func zeroAt(name string) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		replaced(t, root+name)
		if os.Geteuid() != 0 {
			return
		}
		if err := unix.Mknod(root+name, unix.S_IFCHR|0o666, int(unix.Mkdev(1, 5))); err != nil {
			t.Logf("no devices here: %v", err)
		}
	}
}

// replaced removes a file and makes its parents.
func replaced(t *testing.T, name string) {
	t.Helper()
	harness.Mkdir(t, name[:strings.LastIndexByte(name, '/')])
	if err := os.RemoveAll(name); err != nil {
		t.Fatal(err)
	}
}

// filled writes a file of size bytes that repeats text.
func filled(name, text string, size int) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		replaced(t, root+name)
		f, err := os.Create(root + name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		block := []byte(strings.Repeat(text, 1+(4<<20)/len(text)))
		for n := 0; n < size; n += len(block) {
			if _, err := f.Write(block); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// dotted writes a sparse file of size bytes with a paragraph at the beginning of each
// block.
func dotted(name string, size, step int64) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		sparseAt(name, size, "")(t, root)
		f, err := os.OpenFile(root+name, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for at := int64(0); at < size; at += step {
			if _, err := fmt.Fprintf(offset{f, at}, "Package: p%d\nStatus: install ok installed\nVersion: 1\n\n", at); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// offset writes to a file at an offset.
type offset struct {
	f  *os.File
	at int64
}

func (o offset) Write(p []byte) (int, error) { return o.f.WriteAt(p, o.at) }

// bomb writes a gzip file that unpacks to size bytes of text.
func bomb(name, text string, size int) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		block := bytes.Repeat([]byte(text), 1+(1<<20)/len(text))
		for n := 0; n < size; n += len(block) {
			if _, err := z.Write(block); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		replaced(t, root+name)
		harness.Write(t, root+name, b.Bytes(), 0o644)
	}
}

// rpmDatabase returns a file of a database that rpm wrote.
func rpmDatabase(t *testing.T, name string) []byte {
	t.Helper()
	f, err := os.Open("../../internal/pkgdb/rpm/testdata/" + name + ".gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// sqliteHead is the head of an SQLite database in WAL mode with one empty page.
func sqliteHead() string {
	b := make([]byte, 4096)
	copy(b, "SQLite format 3\x00\x10\x00\x02\x02\x00\x40\x20\x20")
	binary.BigEndian.PutUint32(b[28:], 1)
	b[100] = 13 // an empty leaf
	binary.BigEndian.PutUint16(b[105:], 4096)
	return string(b)
}

// walHead is the head of a write-ahead log and of one frame.
func walHead() string {
	b := make([]byte, 56)
	binary.BigEndian.PutUint32(b, 0x377f0682)
	binary.BigEndian.PutUint32(b[4:], 3007000)
	binary.BigEndian.PutUint32(b[8:], 4096)
	return string(b)
}

// both makes two files.
func both(makers ...func(*testing.T, string)) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		for _, m := range makers {
			m(t, root)
		}
	}
}

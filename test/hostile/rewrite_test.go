//go:build linux

package hostile

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mkrootfs/mkrootfs/test/harness"
)

// TestRewritten rewrites a file between two reads, with the same size and mtime. The run must
// fail or the image must have the content of the first read, never a mixture.
func TestRewritten(t *testing.T) {
	for name, c := range map[string]struct {
		path, image string
		args        []string
	}{
		"a file of a tree": {"/data/d/zzz", "x/d/zzz", []string{"--copy", "/data:/x"}},
		"a library":        {"/usr/lib/libx.so.1", "usr/lib/libx.so.1", nil},
		"a program":        {programAt, "usr/bin/prog", nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := place(t)
			world(t, dir+"/sr")
			// What is packed before it takes long enough.
			harness.Write(t, dir+"/sr/bulk", noise(16<<20), 0o644)
			args := append([]string{"--sysroot", dir + "/sr", programAt, "--copy", "/bulk:/a", "-o", "out.tar.gz"}, c.args...)
			before, err := os.ReadFile(dir + "/sr" + c.path)
			if err != nil {
				t.Fatal(err)
			}
			for range count(t, "MKROOTFS_RUNS", 5, 20) {
				w := rewriter{path: dir + "/sr" + c.path}
				w.start(t)
				o := job{dir: dir, args: args}.run(t)
				w.end(t)
				o.failsClearly(t)
				if o.code == 0 && !bytes.Equal(packed(t, dir+"/out.tar.gz", c.image), before) {
					t.Fatalf("exit status 0, and %s has the new bytes, which were written after it had been read: %s", c.image, o)
				}
				_ = os.Remove(dir + "/out.tar.gz")
				overwrite(t, w.path, before)
			}
		})
	}
}

// noise returns bytes that cannot be compressed.
func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{})
	_, _ = r.Read(b)
	return b
}

// packed returns a file of a rootfs.tar.gz.
func packed(t *testing.T, archive, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(bytes.NewReader(unzipped(t, b))); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			t.Fatalf("%s: not in the image", name)
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Name == name {
			content, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			return content
		}
	}
}

// rewriter rewrites a file as soon as a reader has closed it.
type rewriter struct {
	path string

	events int
	done   chan error
}

func (w *rewriter) start(t *testing.T) {
	t.Helper()
	var err error
	if w.events, err = unix.InotifyInit1(unix.IN_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	if _, err = unix.InotifyAddWatch(w.events, path.Dir(w.path), unix.IN_CLOSE_NOWRITE|unix.IN_DELETE); err != nil {
		t.Fatal(err)
	}
	w.done = make(chan error, 1)
	go func() { w.done <- w.work() }()
}

// end stops waiting for a reader.
func (w *rewriter) end(t *testing.T) {
	t.Helper()
	stop := path.Dir(w.path) + "/stop"
	if err := os.Mkdir(stop, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(stop); err != nil {
		t.Fatal(err)
	}
	err := <-w.done
	_ = unix.Close(w.events)
	if err != nil {
		t.Fatal(err)
	}
}

func (w *rewriter) work() error {
	buf := make([]byte, 16<<10)
	for {
		n, err := unix.Read(w.events, buf)
		if err != nil {
			return err
		}
		for _, name := range eventsIn(buf[:n]) {
			switch name {
			case "stop":
				return nil
			case path.Base(w.path):
				return w.rewrite()
			}
		}
	}
}

// rewrite replaces every letter of the second half.
func (w *rewriter) rewrite() error {
	info, err := os.Stat(w.path)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(w.path)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(w.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	half := len(b) / 2
	_, err = f.WriteAt(bytes.Map(rotated, b[half:]), int64(half))
	return errors.Join(err, os.Chtimes(w.path, time.Time{}, info.ModTime()))
}

func rotated(r rune) rune {
	if 'a' <= r && r <= 'z' {
		return 'a' + (r-'a'+13)%26
	}
	return r
}

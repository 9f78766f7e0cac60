package image

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func mustPrepare(t *testing.T, dir string, img v1.Image, tags ...string) *PendingLayout {
	t.Helper()
	p, err := PrepareOCILayout(t.Context(), dir, img, testTags(t, tags...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Abandon)
	return p
}

// finishLayout calls the remaining methods of a prepared or staged layout.
func finishLayout(t *testing.T, p *PendingLayout, steps ...func() error) {
	t.Helper()
	for _, step := range append(steps, func() error { return p.Commit(t.Context()) }, p.Settle) {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
}

// A layout can be abandoned after each step, and then is as it was before.
func TestPendingLayoutAbandon(t *testing.T) {
	for _, what := range []string{"nothing", "directory", "layout", "dangling link"} {
		for _, stage := range []bool{false, true} {
			parent, dir := place(t, what)
			before := snapshot(t, parent)
			p := mustPrepare(t, dir, testImage(t, "new", Config{}), "a:1")
			if stage {
				if err := p.Stage(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			p.Abandon()
			p.Abandon()
			if after := snapshot(t, parent); !reflect.DeepEqual(before, after) {
				t.Errorf("%s, staged %t: was %v, is %v", what, stage, before, after)
			}
		}
	}
}

// Before Commit a reader sees the layout as it was before; no entry names the new
// blobs. The blobs of the old image are removed last, by Settle.
func TestPendingLayoutSteps(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "l")
	old, img := testImage(t, "old", Config{}), testImage(t, "new", Config{})
	mustWriteLayout(t, dir, old, "a:1")
	p := mustPrepare(t, dir, img, "a:1")
	check := func(when string, want v1.Image, blobs int) {
		t.Helper()
		if got := refs(t, dir); !slices.Equal(got, []string{ref(t, "1", want)}) {
			t.Errorf("%s: %v", when, got)
		}
		if all, _ := os.ReadDir(filepath.Join(dir, "blobs/sha256")); len(all) != blobs {
			t.Errorf("%s: %d blobs, want %d", when, len(all), blobs)
		}
	}
	check("prepared", old, 3)
	if err := p.Stage(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("staged", old, 6)
	if err := p.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("committed", img, 6)
	if err := p.Settle(); err != nil {
		t.Fatal(err)
	}
	check("settled", img, 3)
	p.Abandon()
	check("abandoned in vain", img, 3)
}

// Other writers interfere: one makes the layout first, and one removes blobs that
// need not be written.
func TestPendingLayoutOtherWriters(t *testing.T) {
	one, two := testImage(t, "one", Config{}), testImage(t, "two", Config{})
	want := []string{ref(t, "2", two), ref(t, "1", one)}
	t.Run("made after Prepare", func(t *testing.T) {
		parent, dir := place(t, "nothing")
		p := mustPrepare(t, dir, one, "a:1")
		mustWriteLayout(t, dir, two, "a:2")
		finishLayout(t, p, func() error { return p.Stage(t.Context()) })
		wantLayout(t, parent, dir, want)
	})
	t.Run("made after Stage", func(t *testing.T) {
		parent, dir := place(t, "nothing")
		p := mustPrepare(t, dir, one, "a:1")
		if err := p.Stage(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustWriteLayout(t, dir, two, "a:2")
		finishLayout(t, p)
		wantLayout(t, parent, dir, want)
	})
	t.Run("replaced after Prepare", func(t *testing.T) {
		parent, dir := place(t, "layout")
		p := mustPrepare(t, dir, one, "a:1")
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		mustWriteLayout(t, dir, two, "a:2")
		finishLayout(t, p, func() error { return p.Stage(t.Context()) })
		wantLayout(t, parent, dir, want)
	})
	t.Run("pruned after Prepare", func(t *testing.T) {
		parent, dir := place(t, "nothing")
		mustWriteLayout(t, dir, one, "a:2")
		p := mustPrepare(t, dir, one, "a:1")
		mustWriteLayout(t, dir, two, "a:2")
		finishLayout(t, p, func() error { return p.Stage(t.Context()) })
		wantLayout(t, parent, dir, want)
	})
}

func wantLayout(t *testing.T, parent, dir string, want []string) {
	t.Helper()
	if got := refs(t, dir); !slices.Equal(got, want) {
		t.Errorf("refs %v, want %v", got, want)
	}
	if all, _ := os.ReadDir(parent); len(all) != 1 {
		t.Errorf("left behind: %v", all)
	}
}

// The wait for the lock of another writer ends with the context.
func TestPendingLayoutWaits(t *testing.T) {
	_, dir := place(t, "layout")
	first := mustPrepare(t, dir, testImage(t, "1", Config{}), "a:1")
	second := mustPrepare(t, dir, testImage(t, "2", Config{}), "a:2") // waits for nobody
	if err := first.Stage(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := second.Stage(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	first.Abandon()
	third := mustPrepare(t, dir, testImage(t, "3", Config{}), "a:3")
	finishLayout(t, third, func() error { return third.Stage(t.Context()) })
}

// If the context ends while the layer is copied, the copying ends.
func TestPrepareOCILayoutInterrupted(t *testing.T) {
	for _, what := range []string{"nothing", "layout"} {
		parent, dir := place(t, what)
		before := snapshot(t, parent)
		ctx, cancel := context.WithCancel(t.Context())
		info, _ := testLayer(t, "hi", Gzip)
		open := info.Open
		info.Open = func() (io.ReadCloser, error) { cancel(); return open() }
		img, err := New(NewLayer(info), Config{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := PrepareOCILayout(ctx, dir, img); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", what, err)
		}
		if after := snapshot(t, parent); !reflect.DeepEqual(before, after) {
			t.Errorf("%s: was %v, is %v", what, before, after)
		}
	}
}

// If a file cannot get its name, that is an error before the index changes.
func TestStageFails(t *testing.T) {
	_, dir := place(t, "layout")
	img := testImage(t, "new", Config{})
	digest, _ := img.Digest()
	inTheWay := filepath.Join(dir, blobName(digest), "x")
	if err := os.MkdirAll(inTheWay, 0o755); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, dir)
	err := WriteOCILayout(t.Context(), dir, img, testTags(t, "old:0")...)
	var we *WriteError
	if !errors.As(err, &we) || we.Path != filepath.Join(dir, blobName(digest)) {
		t.Errorf("got %v", err)
	}
	if after := snapshot(t, dir); !reflect.DeepEqual(before, after) {
		t.Errorf("was %v, is %v", before, after)
	}
}

// Another user who may write to a layout cannot block a writer, fill its memory, or
// make it write or remove files elsewhere.
func TestHostileLayout(t *testing.T) {
	outside := t.TempDir()
	document := func(name, text string) func(dir string) error {
		return func(dir string) error { return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600) }
	}
	replace := func(name string, with func(path string) error) func(dir string) error {
		return func(dir string) error {
			return errors.Join(os.RemoveAll(filepath.Join(dir, name)), with(filepath.Join(dir, name)))
		}
	}
	sparse := func(path string) error {
		return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, 1<<40))
	}
	fifo := func(path string) error { return syscall.Mkfifo(path, 0o600) }
	link := func(path string) error { return os.Symlink(outside, path) }
	linkTo := func(name string) func(path string) error {
		return func(path string) error { return os.Symlink(filepath.Join(outside, name), path) }
	}
	tests := []struct {
		name string
		make func(dir string) error
		want string
	}{
		{"sparse index", replace("index.json", sparse), "index.json: cannot be read: larger than 2 MiB"},
		{"pipe as index", replace("index.json", fifo), "index.json: cannot be read: not a regular file"},
		{
			"directory as index",
			replace("index.json", func(p string) error { return os.Mkdir(p, 0o755) }),
			"index.json: cannot be read: is a directory",
		},
		{
			"link as index",
			replace("index.json", linkTo("index.json")),
			"index.json: cannot be read: path escapes from parent",
		},
		{
			"many entries",
			document("index.json", `{"manifests":[`+strings.Repeat("{},", maxEntries)+`{}]}`),
			"index.json: more than 10000 entries",
		},
		{"no list", document("index.json", `{"manifests":{}}`), "index.json: not a list"},
		{"sparse marker", replace("oci-layout", sparse), "oci-layout: cannot be read: larger than 2 MiB"},
		{"pipe as marker", replace("oci-layout", fifo), "oci-layout: cannot be read: not a regular file"},
		{
			"link as marker",
			replace("oci-layout", linkTo("oci-layout")),
			"oci-layout: cannot be read: path escapes from parent",
		},
		{"link as blobs", replace("blobs", link), "blobs/sha256: cannot be written: path escapes from parent"},
		{
			"link as blobs/sha256",
			replace("blobs/sha256", link),
			"blobs/sha256: cannot be written: path escapes from parent",
		},
		{"pipe as blobs/sha256", replace("blobs/sha256", fifo), "blobs/sha256: cannot be written: not a directory"},
		{"null", document("index.json", `{"manifests":null}`), ""},
		{"index with much else", document("index.json", `{"annotations":{"a":"b"},"manifests":[]}`), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, dir := place(t, "layout")
			if err := errors.Join(tt.make(dir),
				os.WriteFile(filepath.Join(outside, "index.json"), []byte(`{"manifests":[]}`), 0o600),
				os.WriteFile(filepath.Join(outside, "oci-layout"), []byte(layoutContent), 0o600)); err != nil {
				t.Fatal(err)
			}
			before := snapshot(t, outside)
			err := WriteOCILayout(t.Context(), dir, testImage(t, "new", Config{}), testTags(t, "old:0")...)
			if tt.want == "" && err != nil ||
				tt.want != "" &&
					(err == nil || err.Error() != filepath.Join(dir, tt.want) && !strings.HasSuffix(err.Error(), tt.want)) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			if after := snapshot(t, outside); !reflect.DeepEqual(before, after) {
				t.Errorf("outside was %v, is %v", before, after)
			}
		})
	}
}

// A pipe with the name of a blob is not read, which would block.
func TestPipeAsBlob(t *testing.T) {
	_, dir := place(t, "layout")
	img := testImage(t, "old", Config{})
	digest, _ := img.Digest()
	blob := filepath.Join(dir, blobName(digest))
	if err := errors.Join(os.Remove(blob), syscall.Mkfifo(blob, 0o600)); err != nil {
		t.Fatal(err)
	}
	mustWriteLayout(t, dir, img, "old:0")
	if info, err := os.Lstat(blob); err != nil || !info.Mode().IsRegular() {
		t.Errorf("is %v, %v", info, err)
	}
}

// If prune cannot determine which blobs are needed, it removes nothing.
func TestPruneBounds(t *testing.T) {
	digest := func(n int) string { return sum([]byte{byte(n), byte(n >> 8)}).String() }
	manifest := `{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"` + digest(1) + `"}`
	var chain func(t *testing.T, dir string, n int)
	chain = func(t *testing.T, dir string, n int) { // an index in an index in an index
		inner := strings.Replace(manifest, "manifest.v1", "index.v1", 1)
		writeBlob(t, dir, digest(n), `{"manifests":[`+strings.Replace(inner, digest(1), digest(n+1), 1)+`]}`)
		if n < 2*maxPruneDepth {
			chain(t, dir, n+1)
		}
	}
	tests := map[string]func(t *testing.T, dir string){
		"many layers": func(t *testing.T, dir string) {
			writeBlob(t, dir, digest(1), `{"layers":[`+strings.Repeat("{},", maxEntries)+`{}]}`)
		},
		"no digest": func(t *testing.T, dir string) { writeBlob(t, dir, digest(1), `{"config":{}}`) },
		"gone":      func(*testing.T, string) {},
		"large": func(t *testing.T, dir string) {
			writeBlob(t, dir, digest(1), "")
			if err := os.Truncate(
				filepath.Join(dir, "blobs/sha256", digest(1)[len("sha256:"):]),
				maxDocument+1,
			); err != nil {
				t.Fatal(err)
			}
		},
		"deep": func(t *testing.T, dir string) { chain(t, dir, 1) },
	}
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			_, dir := place(t, "layout")
			damage(t, dir)
			entry := manifest
			if name == "deep" {
				entry = strings.Replace(manifest, "manifest.v1", "index.v1", 1)
			}
			addEntry(t, dir, entry)
			before := snapshot(t, dir)
			mustWriteLayout(t, dir, testImage(t, "new", Config{}), "old:0")
			after := snapshot(t, dir)
			for name, was := range before {
				if name != indexFile && after[name] != was {
					t.Errorf("%s: was %s, is %s", name, was, after[name])
				}
			}
		})
	}
}

func writeBlob(t *testing.T, dir, digest, text string) {
	t.Helper()
	if err := os.WriteFile(
		filepath.Join(dir, "blobs/sha256", strings.TrimPrefix(digest, "sha256:")),
		[]byte(text),
		0o600,
	); err != nil {
		t.Fatal(err)
	}
}

// addEntry adds an entry to the index of a layout.
func addEntry(t *testing.T, dir, entry string) {
	t.Helper()
	name := filepath.Join(dir, indexFile)
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(b), `"manifests":[`, `"manifests":[`+entry+",", 1)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

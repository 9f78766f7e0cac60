package image

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// snapshot returns every file below dir: "-rw-r--r-- " and its content's digest.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		fi, err := d.Info()
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, p)
		all[rel] = fi.Mode().String()
		if fi.Mode().IsRegular() {
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			all[rel] += " " + sum(b).Hex
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// refs returns the entries of a layout, validated: "1=sha256:…".
func refs(t *testing.T, dir string) []string {
	t.Helper()
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Errorf("invalid layout: %v", err)
	}
	m, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, d := range m.Manifests {
		list = append(list, d.Annotations[refName]+"="+d.Digest.String())
	}
	return list
}

func ref(t *testing.T, tag string, img v1.Image) string {
	t.Helper()
	h, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return tag + "=" + h.String()
}

func mustWriteLayout(t *testing.T, dir string, img v1.Image, tags ...string) {
	t.Helper()
	if err := WriteOCILayout(t.Context(), dir, img, testTags(t, tags...)...); err != nil {
		t.Fatal(err)
	}
}

func TestWriteOCILayoutNew(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "layout")
	img := testImage(t, "hi", Config{})
	mustWriteLayout(t, dir+"/", img, "redis:scratch", "redis:2")
	if got, want := refs(t, dir), []string{ref(t, "scratch", img), ref(t, "2", img)}; !slices.Equal(got, want) {
		t.Errorf("refs %v, want %v", got, want)
	}
	for name, about := range snapshot(t, dir) {
		if !strings.HasPrefix(about, "-rw-r--r-- ") && about != "drwxr-xr-x" {
			t.Errorf("%s: %s", name, about)
		}
	}
	if names, _ := os.ReadDir(parent); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
}

func TestWriteOCILayoutAgain(t *testing.T) {
	dir := t.TempDir() // empty: as good as none
	img := testImage(t, "hi", Config{})
	mustWriteLayout(t, dir, img, "redis:scratch")
	before := snapshot(t, dir)
	mustWriteLayout(t, dir, img, "redis:scratch")
	if after := snapshot(t, dir); !reflect.DeepEqual(before, after) {
		t.Errorf("writing it again changed\n%v to\n%v", before, after)
	}
}

func TestWriteOCILayoutReplaces(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layout")
	one, two, three := testImage(t, "one", Config{}), testImage(t, "two", Config{}), testImage(t, "three", Config{})
	mustWriteLayout(t, dir, one, "redis:1", "redis:one")
	mustWriteLayout(t, dir, two, "redis:2")
	mustWriteLayout(t, dir, three, "redis:1")
	want := []string{ref(t, "1", three), ref(t, "one", one), ref(t, "2", two)}
	if got := refs(t, dir); !slices.Equal(got, want) {
		t.Fatalf("refs %v, want %v", got, want)
	}
	// An image is removed with its last name; blobs that other images have stay.
	mustWriteLayout(t, dir, two, "redis:one")
	want = []string{ref(t, "1", three), ref(t, "one", two), ref(t, "2", two)}
	if got := refs(t, dir); !slices.Equal(got, want) {
		t.Fatalf("refs %v, want %v", got, want)
	}
	blobs, err := os.ReadDir(filepath.Join(dir, "blobs/sha256"))
	if err != nil {
		t.Fatal(err)
	}
	if len(blobs) != 6 { // layer, configuration, manifest; twice
		t.Errorf("%d blobs, want 6", len(blobs))
	}
}

// names returns the entries of a layout by their whole names.
func names(t *testing.T, dir string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var index v1.IndexManifest
	if err := json.Unmarshal(b, &index); err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	for _, d := range index.Manifests {
		all[d.Annotations[imageName]] = d.Digest.String()
	}
	return all
}

// Two names with the same tag are two images, however often and by which tool they
// are written.
func TestWriteOCILayoutSameTag(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layout")
	one, two := testImage(t, "one", Config{}), testImage(t, "two", Config{})
	d1, _ := one.Digest()
	d2, _ := two.Digest()
	mustWriteLayout(t, dir, one, "example.org/a:1", "example.org/b:1")
	before := snapshot(t, dir)
	mustWriteLayout(t, dir, one, "example.org/a:1", "example.org/b:1")
	if after := snapshot(t, dir); !reflect.DeepEqual(before, after) {
		t.Errorf("writing it again changed\n%v to\n%v", before, after)
	}
	for range 2 {
		mustWriteLayout(t, dir, two, "example.org/other:1", "example.org/b:1")
		want := map[string]string{
			"example.org/a:1": d1.String(), "example.org/b:1": d2.String(), "example.org/other:1": d2.String(),
		}
		if got := names(t, dir); !reflect.DeepEqual(got, want) {
			t.Errorf("entries %v, want %v", got, want)
		}
		if got := refs(t, dir); len(got) != len(want) { // and all blobs are there
			t.Errorf("refs %v", got)
		}
	}
}

// An entry that states the tag alone, as those of skopeo do, is replaced by that tag.
func TestWriteOCILayoutBareTag(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layout")
	other, err := random.Image(64, 1)
	if err != nil {
		t.Fatal(err)
	}
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	if err := path.AppendImage(other, layout.WithAnnotations(map[string]string{refName: "1"})); err != nil {
		t.Fatal(err)
	}
	img := testImage(t, "hi", Config{})
	mustWriteLayout(t, dir, img, "a:1", "b:1")
	if got, want := refs(t, dir), []string{ref(t, "1", img), ref(t, "1", img)}; !slices.Equal(got, want) {
		t.Errorf("refs %v, want %v", got, want)
	}
}

func TestWriteOCILayoutSharedLayer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layout")
	mustWriteLayout(t, dir, testImage(t, "hi", Config{Author: "a"}), "redis:1")
	img := testImage(t, "hi", Config{Author: "b"})
	mustWriteLayout(t, dir, img, "redis:1")
	if got, want := refs(t, dir), []string{ref(t, "1", img)}; !slices.Equal(got, want) {
		t.Errorf("refs %v, want %v", got, want)
	}
	if blobs, _ := os.ReadDir(filepath.Join(dir, "blobs/sha256")); len(blobs) != 3 {
		t.Errorf("%d blobs, want 3", len(blobs))
	}
}

func TestWriteOCILayoutNameless(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layout")
	arm := v1.Platform{OS: "linux", Architecture: "arm64"}
	first, second, third := testImage(
		t,
		"1",
		Config{},
	), testImage(
		t,
		"2",
		Config{Platform: arm},
	), testImage(
		t,
		"3",
		Config{},
	)
	for _, img := range []v1.Image{first, second, third, third} {
		mustWriteLayout(t, dir, img)
	}
	if got, want := refs(t, dir), []string{ref(t, "", third), ref(t, "", second)}; !slices.Equal(got, want) {
		t.Errorf("refs %v, want %v", got, want)
	}
}

// Entries of other tools stay with all their fields, and so do blobs that no entry
// names.
func TestWriteOCILayoutOtherEntries(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layout")
	other, err := random.Index(64, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	path, err := layout.Write(dir, other)
	if err != nil {
		t.Fatal(err)
	}
	nested, err := random.Index(64, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := path.AppendIndex(
		nested,
		layout.WithAnnotations(map[string]string{"x": "y"}),
		layout.WithURLs([]string{"u"}),
	); err != nil {
		t.Fatal(err)
	}
	stray := filepath.Join(dir, "blobs/sha256", strings.Repeat("0", 64))
	if err := os.WriteFile(stray, []byte("stray"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, dir)
	index, _ := layout.ImageIndexFromPath(dir)
	m, _ := index.IndexManifest()
	img := testImage(t, "hi", Config{})
	mustWriteLayout(t, dir, img, "redis:1")
	mustWriteLayout(t, dir, testImage(t, "hello", Config{}), "redis:1")
	index, _ = layout.ImageIndexFromPath(dir)
	m2, _ := index.IndexManifest()
	if !reflect.DeepEqual(m.Manifests, m2.Manifests[:3]) || len(m2.Manifests) != 4 {
		t.Errorf("entries were %+v\nnow %+v", m.Manifests, m2.Manifests)
	}
	after := snapshot(t, dir)
	for name, about := range before {
		if name != "index.json" && after[name] != about {
			t.Errorf("%s: was %s, is %s", name, about, after[name])
		}
	}
}

func TestWriteOCILayoutRefuses(t *testing.T) {
	img := testImage(t, "hi", Config{})
	tests := []struct {
		name, file, content, want string
	}{
		{"other files", "x", "x", "not empty and is not an OCI layout"},
		{"version", "oci-layout", `{"imageLayoutVersion":"2.0"}`, `version "2.0", not 1.0.0`},
		{"marker", "oci-layout", `{`, "oci-layout: unexpected end of JSON"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, tt.file), []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			before := snapshot(t, dir)
			wantError(t, WriteOCILayout(t.Context(), dir, img), tt.want)
			if after := snapshot(t, dir); !reflect.DeepEqual(before, after) {
				t.Errorf("was %v, is %v", before, after)
			}
		})
	}
	t.Run("broken index", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "layout")
		mustWriteLayout(t, dir, img)
		if err := os.WriteFile(filepath.Join(dir, "index.json"), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		wantError(t, WriteOCILayout(t.Context(), dir, img), "index.json: unexpected end of JSON")
	})
	t.Run("no parent", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "a", "b")
		wantError(
			t,
			WriteOCILayout(t.Context(), dir, img),
			dir+": cannot be written: "+filepath.Dir(dir)+": no such file or directory",
		)
	})
	t.Run("a file", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		wantError(
			t,
			WriteOCILayout(t.Context(), file, img),
			file+": exists and is not a directory",
		)
	})
}

package image

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

// listTar returns what a tar holds, by name: "0644 12 1970-01-01T00:00:01Z".
func listTar(t *testing.T, b []byte) (map[string]string, map[string][]byte) {
	t.Helper()
	list, contents := make(map[string]string), make(map[string][]byte)
	r := tar.NewReader(bytes.NewReader(b))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list, contents
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Gname != "" || h.Format == tar.FormatPAX {
			t.Errorf("%s: header %+v", h.Name, h)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		list[h.Name] = fmt.Sprintf("%04o %d %s", h.Mode, len(content), h.ModTime.UTC().Format(time.RFC3339))
		contents[h.Name] = content
	}
}

func writeFile(t *testing.T, write func(io.Writer) error) (file string, content []byte) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "archive.tar")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		t.Fatal(err)
	}
	content, err = os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return file, content
}

func TestWriteDockerArchive(t *testing.T) {
	info, stored := testLayer(t, "hi", Gzip)
	img, err := New(NewLayer(info), Config{Created: time.Unix(1000, 5)})
	if err != nil {
		t.Fatal(err)
	}
	file, b := writeFile(t, func(w io.Writer) error {
		return WriteDockerArchive(w, img, testTags(t, "redis:scratch", "redis")...)
	})
	list, contents := listTar(t, b)
	id, _ := img.ConfigName()
	config, _ := img.RawConfigFile()
	layer := info.Digest.Hex + ".tar.gz"
	manifest := `[{"Config":"` + id.Hex + `.json","RepoTags":["redis:scratch","redis:latest"],"Layers":["` + layer + `"]}]`
	want := map[string]string{
		"manifest.json":  fmt.Sprintf("0644 %d 1970-01-01T00:16:40Z", len(manifest)),
		id.Hex + ".json": fmt.Sprintf("0644 %d 1970-01-01T00:16:40Z", len(config)),
		layer:            fmt.Sprintf("0644 %d 1970-01-01T00:16:40Z", len(stored)),
	}
	if !reflect.DeepEqual(list, want) {
		t.Errorf("got  %v\nwant %v", list, want)
	}
	if got := string(contents["manifest.json"]); got != manifest {
		t.Errorf("manifest.json\n got %s\nwant %s", got, manifest)
	}
	if !bytes.Equal(contents[layer], stored) {
		t.Error("the layer is not the file's bytes")
	}
	for _, tag := range []string{"redis:scratch", "redis:latest"} {
		ref, _ := name.NewTag(tag)
		read, err := tarball.ImageFromPath(file, &ref)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Image(read); err != nil {
			t.Error(err)
		}
		if got, _ := read.ConfigName(); got != id {
			t.Errorf("%s: id %v, want %v", tag, got, id)
		}
	}
}

func TestWriteOCIArchive(t *testing.T) {
	img := testImage(t, "hi", Config{})
	_, b := writeFile(t, func(w io.Writer) error {
		return WriteOCIArchive(w, img, testTags(t, "redis:scratch", "example.org/redis:1")...)
	})
	list, contents := listTar(t, b)
	want := map[string]bool{
		"oci-layout":    true,
		"index.json":    true,
		"manifest.json": true,
		"blobs/":        true,
		"blobs/sha256/": true,
	}
	layers, _ := img.Layers()
	digest, _ := layers[0].Digest()
	id, _ := img.ConfigName()
	imgDigest, _ := img.Digest()
	for _, h := range []v1.Hash{digest, id, imgDigest} {
		want[blobName(h)] = true
		if got := sum(contents[blobName(h)]); got != h {
			t.Errorf("%s has the digest %s", blobName(h), got)
		}
	}
	for n, about := range list {
		mode := "0644 "
		if strings.HasSuffix(n, "/") {
			mode = "0755 "
		}
		if !want[n] || !strings.HasPrefix(about, mode) || !strings.HasSuffix(about, "1970-01-01T00:00:01Z") {
			t.Errorf("%s: %s", n, about)
		}
	}
	if len(list) != len(want) {
		t.Errorf("%d files, want %d", len(list), len(want))
	}
	var index v1.IndexManifest
	if err := json.Unmarshal(contents["index.json"], &index); err != nil {
		t.Fatal(err)
	}
	for i, want := range []map[string]string{
		{"org.opencontainers.image.ref.name": "scratch", "io.containerd.image.name": defaultRegistry + "/library/redis:scratch"},
		{"org.opencontainers.image.ref.name": "1", "io.containerd.image.name": "example.org/redis:1"},
	} {
		if got := index.Manifests[i]; !reflect.DeepEqual(got.Annotations, want) || got.Digest != imgDigest ||
			got.Platform.String() != "linux/amd64" {
			t.Errorf("entry %d: %+v", i, got)
		}
	}
}

// The same bytes are written twice, to any writer.
func TestArchivesAreDeterministic(t *testing.T) {
	img := testImage(t, "hi", Config{Labels: map[string]string{"a": "1", "b": "2", "c": "3"}})
	tags := testTags(t, "redis:scratch")
	for name, write := range map[string]func(io.Writer, v1.Image, ...name.Tag) error{
		"docker": WriteDockerArchive, "oci": WriteOCIArchive,
	} {
		_, first := writeFile(t, func(w io.Writer) error { return write(w, img, tags...) })
		var second bytes.Buffer
		if err := write(
			&second,
			testImage(t, "hi", Config{Labels: map[string]string{"c": "3", "b": "2", "a": "1"}}),
			tags...); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, second.Bytes()) {
			t.Errorf("%s: the bytes differ", name)
		}
	}
}

func TestLayerOfAnotherSize(t *testing.T) {
	for delta, want := range map[int64]string{+1: "ends after", -1: "is longer than"} {
		info, _ := testLayer(t, "hi", Gzip)
		info.Size += delta
		img, err := New(NewLayer(info), Config{})
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, WriteDockerArchive(io.Discard, img), want)
	}
}

func TestWriteFails(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		testenv.Skip(t, "%v", err)
	}
	defer full.Close()
	img := testImage(t, strings.Repeat("hi", 1<<20), Config{})
	wantError(t, WriteDockerArchive(full, img), "no space left on device")
	wantError(t, WriteOCIArchive(full, img), "no space left on device")
}

func TestLayerFileIsGone(t *testing.T) {
	info, _ := testLayer(t, "hi", Gzip)
	info.Open = openFile(filepath.Join(t.TempDir(), "gone"))
	img, err := New(NewLayer(info), Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteDockerArchive(io.Discard, img); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestEngineArchive(t *testing.T) {
	raw := testTar(t, "hi")
	c := Config{Cmd: []string{"/hello"}}
	var b bytes.Buffer
	id, err := EngineArchive{
		Config: c, Tags: testTags(t, "redis:scratch"), Size: int64(len(raw)),
		Layer: func(w io.Writer) (v1.Hash, error) {
			for i := range raw { // as small as writes can be
				if _, err := w.Write(raw[i : i+1]); err != nil {
					return v1.Hash{}, err
				}
			}
			return sum(raw), nil
		},
	}.Write(&b)
	if err != nil {
		t.Fatal(err)
	}
	// The ID must be that of the archive with the compressed layer.
	if want, _ := testImage(t, "hi", c).ConfigName(); id != want {
		t.Errorf("id %v, want %v", id, want)
	}
	_, contents := listTar(t, b.Bytes())
	if !bytes.Equal(contents["layer.tar"], raw) {
		t.Error("the layer's bytes differ")
	}
	file := filepath.Join(t.TempDir(), "engine.tar")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	img, err := tarball.ImageFromPath(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(img); err != nil {
		t.Error(err)
	}
	if got, _ := img.ConfigName(); got != id {
		t.Errorf("the archive's id is %v, want %v", got, id)
	}
}

func TestEngineArchiveErrors(t *testing.T) {
	errOwn := errors.New("disk on fire")
	layer := func(n int, err error) func(io.Writer) (v1.Hash, error) {
		return func(w io.Writer) (v1.Hash, error) {
			if _, werr := w.Write(make([]byte, n)); werr != nil {
				return v1.Hash{}, werr
			}
			return sum(nil), err
		}
	}
	for _, tt := range []struct {
		name  string
		layer func(io.Writer) (v1.Hash, error)
		want  string
	}{
		{"short", layer(511, nil), "1 bytes short of the 512 announced"},
		{"long", layer(513, nil), "more bytes than announced"},
		{"own error", layer(100, errOwn), "disk on fire"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			_, err := EngineArchive{Size: 512, Layer: tt.layer}.Write(&b)
			wantError(t, err, tt.want)
			if bytes.Contains(b.Bytes(), []byte("manifest.json")) {
				t.Error("a manifest was written all the same")
			}
		})
	}
}

package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// failing returns an image whose layer cannot be read to its end.
func failing(t *testing.T) v1.Image {
	t.Helper()
	info, _ := testLayer(t, "hi", Gzip)
	info.Digest = sum([]byte("another"))
	info.Open = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("h")), nil }
	img, err := New(NewLayer(info), Config{})
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestWriteOCILayoutFailureLeavesNothing(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "layout")
	wantError(t, WriteOCILayout(t.Context(), dir, failing(t), testTags(t, "redis:1")...), "ends after 1 bytes")
	if names, _ := os.ReadDir(parent); len(names) != 0 {
		t.Errorf("left behind: %v", names)
	}
	// An empty directory stays empty, a layout stays as it was.
	wantError(t, WriteOCILayout(t.Context(), parent, failing(t)), "ends after 1 bytes")
	if names, _ := os.ReadDir(parent); len(names) != 0 {
		t.Errorf("left behind: %v", names)
	}
	mustWriteLayout(t, dir, testImage(t, "hi", Config{}), "redis:1")
	before := snapshot(t, dir)
	wantError(t, WriteOCILayout(t.Context(), dir, failing(t), testTags(t, "redis:1")...), "ends after 1 bytes")
	if after := snapshot(t, dir); !reflect.DeepEqual(before, after) {
		t.Errorf("was %v, is %v", before, after)
	}
}

// An incomplete blob, as after a power failure, is written again.
func TestWriteOCILayoutDamagedBlobs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layout")
	img := testImage(t, "hi", Config{})
	mustWriteLayout(t, dir, img, "redis:1")
	before := snapshot(t, dir)
	layers, _ := img.Layers()
	h, _ := layers[0].Digest()
	if err := os.Truncate(filepath.Join(dir, blobName(h)), 3); err != nil {
		t.Fatal(err)
	}
	mustWriteLayout(t, dir, img, "redis:1")
	if after := snapshot(t, dir); !reflect.DeepEqual(before, after) {
		t.Errorf("was %v, is %v", before, after)
	}
}

// Several processes may write to one layout at once.
func TestWriteOCILayoutConcurrently(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layout")
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		img, tags := testImage(t, fmt.Sprint(i), Config{}), testTags(t, fmt.Sprintf("redis:%d", i))
		wg.Go(func() { errs[i] = WriteOCILayout(t.Context(), dir, img, tags...) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	if got := refs(t, dir); len(got) != len(errs) {
		t.Errorf("%d refs: %v", len(got), got)
	}
}

// After the context has ended nothing is written, and no file is left.
func TestLayoutCancelled(t *testing.T) {
	parent := t.TempDir()
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("interrupted")
	cancel(stop)
	if err := WriteOCILayout(
		ctx,
		filepath.Join(parent, "layout"),
		testImage(t, "hi", Config{}),
	); !errors.Is(
		err,
		stop,
	) {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

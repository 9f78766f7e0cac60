package publish

import (
	"io"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// watchedImage tells how much of its layers has been read.
// (remote.WithProgress sends to a channel that it closes while a request that
// was given up may still be sending.)
type watchedImage struct {
	v1.Image
	report func(done, total int64)

	mu          sync.Mutex
	done, total int64
}

func watch(img v1.Image, report func(done, total int64)) (*watchedImage, error) {
	w := &watchedImage{Image: img, report: report}
	layers, err := img.Layers()
	if err != nil {
		return nil, err
	}
	for _, l := range layers {
		size, err := l.Size()
		if err != nil {
			return nil, err
		}
		w.total += size
	}
	return w, nil
}

// Layers returns the layers, watched.
func (w *watchedImage) Layers() ([]v1.Layer, error) {
	layers, err := w.Image.Layers()
	if err != nil || w.report == nil {
		return layers, err
	}
	watched := make([]v1.Layer, len(layers))
	for i, l := range layers {
		watched[i] = watchedLayer{l, w}
	}
	return watched, nil
}

// add counts n bytes more. What is sent twice, after a failure, counts twice.
func (w *watchedImage) add(n int64) {
	if w.report == nil || n == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done = min(w.done+n, w.total)
	w.report(w.done, w.total)
}

// finish reports the whole, whether it was sent or was there already.
func (w *watchedImage) finish() { w.add(w.total) }

type watchedLayer struct {
	v1.Layer
	image *watchedImage
}

func (l watchedLayer) Compressed() (io.ReadCloser, error) {
	rc, err := l.Layer.Compressed()
	if err != nil {
		return nil, err
	}
	return &watchedReader{ReadCloser: rc, image: l.image}, nil
}

type watchedReader struct {
	io.ReadCloser
	image *watchedImage
}

func (r *watchedReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.image.add(int64(n))
	return n, err
}

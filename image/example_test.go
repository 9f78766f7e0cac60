package image_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mkrootfs/mkrootfs/image"
)

// An image of a tar of 1024 bytes, which is empty.
func Example() {
	layer := make([]byte, 1024)
	h := sha256.Sum256(layer)
	digest := v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h[:])}

	img, err := image.New(image.NewLayer(image.LayerInfo{
		Digest:      digest,
		DiffID:      digest,
		Size:        int64(len(layer)),
		Open:        func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer)), nil },
		Compression: image.Uncompressed,
	}), image.Config{
		Cmd:          []string{"/usr/bin/redis-server", "/etc/redis/redis.conf"},
		ExposedPorts: []string{"6379"},
	})
	if err != nil {
		log.Fatal(err)
	}
	tag, err := name.NewTag("redis:scratch")
	if err != nil {
		log.Fatal(err)
	}
	var archive bytes.Buffer
	if err := image.WriteDockerArchive(&archive, img, tag); err != nil {
		log.Fatal(err)
	}
	for r := tar.NewReader(&archive); ; {
		h, err := r.Next()
		if err != nil {
			break
		}
		fmt.Println(h.FileInfo().Mode(), h.Size, h.Name[:12])
	}
	config, err := img.RawConfigFile()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.70s…\n", config)
	// Output:
	// -rw-r--r-- 195 manifest.jso
	// -rw-r--r-- 353 9e5b68dd5eba
	// -rw-r--r-- 1024 5f70bf18a086
	// {"architecture":"amd64","created":"1970-01-01T00:00:01Z","history":[{"…
}

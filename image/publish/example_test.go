package publish_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/image/publish"
)

// An image of an empty tar is pushed to a registry on this machine, and the same
// image under a second name.
func Example() {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")

	layer := make([]byte, 1024)
	h := sha256.Sum256(layer)
	digest := v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h[:])}
	img, err := image.New(image.NewLayer(image.LayerInfo{
		Digest:      digest,
		DiffID:      digest,
		Size:        int64(len(layer)),
		Open:        func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer)), nil },
		Compression: image.Uncompressed,
	}), image.Config{})
	if err != nil {
		log.Fatal(err)
	}
	var tags []name.Tag
	for _, v := range []string{host + "/redis:7", host + "/redis:latest"} {
		tag, err := name.NewTag(v)
		if err != nil {
			log.Fatal(err)
		}
		tags = append(tags, tag)
	}
	anonymous := authn.NewMultiKeychain() // nil uses the credentials of docker and podman
	pushed, err := publish.Push(context.Background(), img, tags, publish.PushOptions{Keychain: anonymous})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range pushed {
		fmt.Println(strings.TrimPrefix(p, host+"/"))
	}
	// Output:
	// redis@sha256:fe17374592047cd92d75f182f5bcb5a66634252d3ab2743d487d29df0d9f3b79
}

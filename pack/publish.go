package pack

import (
	"context"
	"errors"
	"io"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/image/publish"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// loadIntoEngine loads the image into the engine of this machine. The layer is sent
// while it is made.
func loadIntoEngine(ctx context.Context, j job, m made) (made, error) {
	if !j.outputs.Load {
		return m, nil
	}
	engine, err := publish.Lookup{}.Find(ctx)
	if err != nil {
		return m, err
	}
	config := j.plan.Config
	config.Format, config.Annotations = image.Docker, nil
	archive := image.EngineArchive{Config: config, Tags: j.tags, Size: j.tarSize}
	archive.Layer = func(to io.Writer) (v1.Hash, error) {
		sum, err := j.plan.Tree.WriteLayer(ctx, to, j.options(rootfs.Uncompressed))
		if err != nil {
			return v1.Hash{}, err
		}
		if m.result.Layer.DiffID == "" {
			m.result.Layer = sum
		}
		return v1.NewHash(sum.DiffID)
	}
	loaded, err := engine.Load(ctx, func(to io.Writer) error {
		id, err := archive.Write(to)
		m.result.ImageID = id.String()
		return err
	})
	if err != nil {
		return m, err
	}
	if id := loaded[len(loaded)-1]; strings.HasPrefix(id, "sha256:") {
		m.result.ImageID = id // docker's store of containerd names an image by its manifest
	}
	m.result.Engine, m.result.EngineCommand = engine.Name+" at "+engine.Host, engine.Name
	m.sent = append(m.sent, m.result.Engine)
	return m, nil
}

// pushImage pushes the image to the registry of each tag.
func pushImage(ctx context.Context, l layer, m made) (made, error) {
	if !l.job.outputs.Push {
		return m, nil
	}
	img, r, err := newImage(l, m.result, image.OCI)
	if err != nil {
		return m, err
	}
	m.result = r
	m.result.Pushed, err = publish.Push(ctx, img, l.job.tags, publish.PushOptions{Insecure: l.job.outputs.Insecure})
	var interrupted *publish.InterruptedError
	if !errors.As(err, &interrupted) { // an InterruptedError names the tags itself
		m.sent = append(m.sent, m.result.Pushed...)
	}
	return m, err
}

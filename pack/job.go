package pack

import (
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/mkrootfs/mkrootfs/rootfs"
)

// job is the input of every stage of Write.
type job struct {
	plan    *Plan
	outputs Outputs
	tags    []name.Tag
	tarSize int64 // of the layer
}

func (j job) options(c rootfs.Compression) rootfs.Options {
	o := rootfs.Options{Timestamp: j.plan.Config.Created, Compression: c, Level: j.outputs.Level}
	if progress := j.outputs.Progress; progress != nil {
		o.Progress = func(done int64) { progress(done, j.tarSize) }
	}
	return o
}

// made is the result of the stages before the renames.
type made struct {
	result Result
	sent   []string // the engine and the repositories that have the image
}

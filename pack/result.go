package pack

import "github.com/mkrootfs/mkrootfs/rootfs"

// Result describes what Write has made.
type Result struct {
	Layer    rootfs.Sum
	Written  []Written
	ImageID  string   // the digest of the configuration, which is the id in engines; "" without an image
	Manifest string   // the digest of the manifest of an OCI output or a pushed image; "" without one
	Pushed   []string // REPOSITORY@DIGEST
	// Engine is the engine that loaded the image, "" if none did; EngineCommand is the
	// command of that engine, "docker" or "podman".
	Engine, EngineCommand string
}

// Written is an output that was written.
type Written struct {
	Output
	Size   int64  // in bytes
	Digest string // the image id, or that of the manifest or file, see Result.Digest
}

// Digest returns the digest that identifies the result in its first destination: the
// id of the image for a docker archive or an engine, the digest of the manifest for
// an OCI archive or layout or a registry, the digest of the file for a root file system.
func (r *Result) Digest() string {
	for _, w := range r.Written {
		if w.IsImage() {
			return w.Digest
		}
	}
	switch {
	case r.Engine != "":
		return r.ImageID
	case len(r.Pushed) > 0:
		return r.Manifest
	}
	return r.Layer.Digest
}

// digestOf returns the digest that identifies an output.
func digestOf(o Output, r Result) string {
	switch {
	case o.Type == DockerArchive:
		return r.ImageID
	case o.IsImage():
		return r.Manifest
	case o.isPlainTar():
		return r.Layer.DiffID
	}
	return r.Layer.Digest
}

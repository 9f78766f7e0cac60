package pack

import "github.com/mkrootfs/mkrootfs/rootfs"

// Result is what Write has made.
type Result struct {
	Layer    rootfs.Sum
	Written  []Written
	ImageID  string   // the digest of the configuration, by which engines know the image; "" if none was made
	Manifest string   // the digest of the manifest; "" if none was made
	Pushed   []string // REPOSITORY@DIGEST
	// Engine is where the image was loaded, "" if nowhere; EngineCommand is the
	// command of that engine, "docker" or "podman".
	Engine, EngineCommand string
}

// Written is an output that was written.
type Written struct {
	Output
	Size   int64  // in bytes
	Digest string // of the image, of the manifest, or of the file, by the type
}

// Digest returns the one that the first destination knows the work by: the id of
// the image for an engine or a docker archive, the digest of the manifest for an
// OCI layout, that of the file for a root file system.
func (r *Result) Digest() string {
	for _, w := range r.Written {
		if w.IsImage() {
			return w.Digest
		}
	}
	if r.Engine != "" {
		return r.ImageID
	}
	return r.Layer.Digest
}

// digestOf returns what an output is known by.
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

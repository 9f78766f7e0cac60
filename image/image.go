// Package image makes a container image from one finished layer: a blob whose
// digest, diffID and size are known, a configuration, and the archives and
// directories that contain both.
//
// It never compresses or hashes a layer a second time, its results do not depend on
// the clock, the machine or the environment, and it uses no network: package
// publish is for registries and engines, and package dockerflag parses the values
// of docker's flags. Its caveat: it does not check that a layer is what its
// LayerInfo says. Start with NewLayer and New; WriteDockerArchive, WriteOCIArchive
// and WriteOCILayout write the result, and EngineArchive writes an archive while
// its layer is being made.
//
// A layout is a directory that other processes may read and write at the same time.
// It is written in steps, so that a program can change several outputs at once:
// PrepareOCILayout writes and syncs the blobs, which have no names yet; Stage waits
// for the lock of the layout, gives the blobs their names, syncs them and writes
// the new index under a hidden name; Commit is one rename; Settle syncs that and
// removes the blobs of the image that was replaced. Before Commit, Abandon removes
// all changes. Files that a killed writer left have hidden names (package
// internal/pending) or are listed in its notes; the next writer of the layout
// removes them.
//
// An existing layout is not trusted. It is read through an os.Root, so that no
// symlink in it leads out; documents that are read whole must be regular files of
// at most 2 MiB and 10,000 entries; and if it is not certain within these limits
// which blobs an entry needs, none is removed.
package image

import (
	"maps"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
)

// Config is the configuration of an image in the terms of the OCI image
// configuration (image-spec, config.md). The zero value works: a linux/amd64 image
// of 1970 without a program.
type Config struct {
	// Platform is the platform that the image is for. The default OS is linux
	// and the default architecture amd64, on any machine.
	Platform v1.Platform
	// Format determines the media types; "" is OCI.
	Format Format

	// Created is the time in the configuration, in its history and of every file
	// in an archive; the zero time is one second after the Unix epoch,
	// as in package rootfs.
	Created time.Time
	// CreatedBy and Comment are in the history of the layer. The default of
	// CreatedBy is "mkrootfs".
	CreatedBy, Comment string
	Author             string

	// Entrypoint and Cmd are the program and its arguments, one word each. They
	// are not passed to a shell.
	Entrypoint, Cmd []string
	// Env has K=V, in order. No PATH is added: docker and podman set a default
	// one if the image has none. containerd's own client does so only if Env is
	// empty (oci.WithImageConfigArgs), so it is best to give the absolute path
	// of a program.
	Env        []string
	WorkingDir string // absolute
	User       string // NAME|UID[:GROUP|GID]

	ExposedPorts []string // PORT or PORT/PROTO: "6379", "53/udp"; tcp if there is none
	Volumes      []string // absolute paths
	Labels       map[string]string
	// Annotations are in the manifest. Docker's manifest (schema 2) has no
	// annotations, so with the Docker format New refuses them. A docker archive
	// does not contain this manifest and so has no annotations either.
	Annotations map[string]string
	StopSignal  string // SIGTERM, SIGRTMIN+3 or a number
	// Healthcheck is an extension of docker to the OCI configuration. docker and
	// podman use it, other engines ignore it.
	Healthcheck *v1.HealthConfig
}

// New returns the image that has layer as its only one. The cost is that of a few
// small JSON documents: the layer is not read if it knows its diffID, as those of
// NewLayer do. The media types of manifest, configuration and layer are those of
// c.Format, whatever the media type of the layer. It is an error if Check refuses
// c.
func New(layer partial.CompressedLayer, c Config) (v1.Image, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	mt, err := c.Format.mediaTypes()
	if err != nil {
		return nil, err
	}
	file, err := c.file()
	if err != nil {
		return nil, err
	}
	l, err := retype(layer, c.Format)
	if err != nil {
		return nil, err
	}
	// empty.Image has docker's media types and no platform.
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, mt.manifest), mt.config)
	if img, err = mutate.ConfigFile(img, file); err != nil {
		return nil, err
	}
	img, err = mutate.Append(img, mutate.Addendum{Layer: l, History: c.history()})
	if err != nil || len(c.Annotations) == 0 {
		return img, err
	}
	return mutate.Annotations(img, maps.Clone(c.Annotations)).(v1.Image), nil
}

// file returns the configuration without its layer and history.
func (c Config) file() (*v1.ConfigFile, error) {
	run, err := c.run()
	if err != nil {
		return nil, err
	}
	p := c.platform()
	return &v1.ConfigFile{
		OS:           p.OS,
		Architecture: p.Architecture,
		Variant:      p.Variant,
		OSVersion:    p.OSVersion,
		OSFeatures:   p.OSFeatures,
		Author:       c.Author,
		Created:      v1.Time{Time: c.created()},
		RootFS:       v1.RootFS{Type: "layers"}, // the only type there is (config.md, "rootfs")
		Config:       run,
	}, nil
}

// run returns the part for starting a container.
func (c Config) run() (v1.Config, error) {
	ports, err := exposedPorts(c.ExposedPorts)
	if err != nil {
		return v1.Config{}, err
	}
	return v1.Config{
		Entrypoint:   slices.Clone(c.Entrypoint),
		Cmd:          slices.Clone(c.Cmd),
		Env:          slices.Clone(c.Env),
		WorkingDir:   c.WorkingDir,
		User:         c.User,
		ExposedPorts: set(ports),
		Volumes:      set(c.Volumes),
		Labels:       maps.Clone(c.Labels),
		StopSignal:   c.StopSignal,
		Healthcheck:  c.Healthcheck,
	}, nil
}

// history returns the history of the layer, which `docker history` shows.
func (c Config) history() v1.History {
	by := c.CreatedBy
	if by == "" {
		by = "mkrootfs"
	}
	return v1.History{Created: v1.Time{Time: c.created()}, CreatedBy: by, Author: c.Author, Comment: c.Comment}
}

// created returns the time in UTC, so that equal times give equal bytes.
func (c Config) created() time.Time {
	if c.Created.IsZero() {
		return time.Unix(1, 0).UTC()
	}
	return c.Created.UTC()
}

func (c Config) platform() v1.Platform {
	p := c.Platform
	if p.OS == "" {
		p.OS = "linux"
	}
	if p.Architecture == "" {
		p.Architecture = "amd64"
	}
	return p
}

// set returns ports or volumes in the form of the configuration: an object whose
// values are empty objects (config.md, "Config.ExposedPorts").
func set(keys []string) map[string]struct{} {
	if len(keys) == 0 {
		return nil
	}
	m := make(map[string]struct{}, len(keys))
	for _, k := range keys {
		m[k] = struct{}{}
	}
	return m
}

// Package image makes a container image out of one finished layer: the layer
// as a blob whose digest, diffID and size are already known, a configuration
// beside it, and the archives and directories that carry both.
//
// Nothing is compressed or hashed a second time, nothing depends on the clock,
// the machine or the environment, and no network is used: registries and
// engines are the business of the package publish below this one. Its caveat:
// a layer is trusted to be what its LayerInfo says. Start with NewLayer and
// New; WriteDockerArchive, WriteOCIArchive, WriteOCILayout and EngineArchive
// write what they return.
//
// Archives go to an io.Writer, whose owner decides when they are seen. A layout
// is a directory that others may read and write at the same time, and is written
// so that several outputs can change as one: PrepareOCILayout writes and syncs
// the blobs without any name; Stage waits for the layout's lock, adds the blobs,
// syncs them and writes the new index beside its place; Commit is one rename;
// Settle syncs that and removes the blobs of the image that was replaced. Until
// Commit, Abandon takes everything back. What a killed writer leaves has hidden
// names (package internal/pending), or stands in its notes; the next writer of
// the layout removes both.
//
// An existing layout is not trusted. It is an os.Root, so that no symlink in it
// leads out; what is read from it whole has at most 2 MiB and 10,000 entries and
// is a regular file; and where prune cannot tell within its bounds what an entry
// needs, it removes nothing.
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

// Config is what an image says about itself, in the terms of the OCI image
// configuration (image-spec, config.md). The zero value works: a linux/amd64
// image of 1970 that names no program.
type Config struct {
	// Platform is what the image runs on; without an OS it is linux, without
	// an architecture amd64, whatever machine this is.
	Platform v1.Platform
	// Format decides the media types; "" is OCI.
	Format Format

	// Created is the time in the configuration and its history line, and of
	// every file in an archive; the zero time is the Unix epoch.
	Created time.Time
	// CreatedBy and Comment go into the layer's history line. CreatedBy is
	// "mkrootfs" when empty.
	CreatedBy, Comment string
	Author             string

	// Entrypoint and Cmd are the program and its arguments, one word each;
	// nothing wraps them in a shell. Empty ones are left out.
	Entrypoint, Cmd []string
	// Env holds K=V, in order. No PATH is added: docker and podman give a
	// container their default one when the image names none. containerd's own
	// client does so only when Env is empty (oci.WithImageConfigArgs), so a
	// program is best named by its absolute path.
	Env        []string
	WorkingDir string // absolute
	User       string // NAME|UID[:GROUP|GID]

	ExposedPorts []string // PORT or PORT/PROTO: "6379", "53/udp"; tcp if there is none
	Volumes      []string // absolute paths
	Labels       map[string]string
	// Annotations go into the manifest. Docker's manifest (schema 2) has no
	// place for them, so New refuses them with the Docker format. A docker
	// archive carries no manifest of this kind and so no annotations either.
	Annotations map[string]string
	StopSignal  string // SIGTERM, SIGRTMIN+3 or a number
	// Healthcheck is an extension of Docker's to the OCI configuration; podman
	// and docker heed it, other engines ignore it. See Health.
	Healthcheck *v1.HealthConfig
}

// New returns the image that has layer as its only one. It costs a few small
// JSON documents: the layer is not read when it knows its diffID, as the ones
// from NewLayer do. Media types of manifest, configuration and layer follow
// c.Format, whatever type the layer itself states. A configuration that Check
// refuses is an error.
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
	// empty.Image has docker's media types and names no platform.
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

// run returns the part that says how a container is started.
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

// history returns the layer's line: what `docker history` shows.
func (c Config) history() v1.History {
	by := c.CreatedBy
	if by == "" {
		by = "mkrootfs"
	}
	return v1.History{Created: v1.Time{Time: c.created()}, CreatedBy: by, Author: c.Author, Comment: c.Comment}
}

// created returns the time in UTC, so that the same instant is the same bytes.
func (c Config) created() time.Time {
	if c.Created.IsZero() {
		return time.Unix(0, 0).UTC()
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

// set returns the form that the configuration has for ports and volumes: an
// object whose values are empty objects (config.md, "Config.ExposedPorts").
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

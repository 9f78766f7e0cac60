package pack

import (
	"path"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// Plan describes an image before it is written: its files, each with the reason why
// it is there, and its configuration. A Plan is made by Resolve and must not be
// changed. It may be written any number of times.
type Plan struct {
	Programs []Program
	// Closure has the objects that the loader opens for the programs and, unless the
	// depth is Loaded, for all other programs and libraries of the image.
	Closure *elfdeps.Closure
	// Tree is the root file system; nil for the depth Loaded. ReasonOf returns the
	// reason for an entry.
	Tree *rootfs.Tree
	// Config is the image's configuration; it is complete only for the depth Complete.
	Config image.Config
	// Notes explain the options in CMD that nobody asked for.
	Notes []string
	// Groups are the groups of run-time files that are in the image.
	Groups []Group
	// Opened are libraries that objects may dlopen, in the image or left out.
	Opened []Opened
	// Warnings describe what may fail when the image runs.
	Warnings []Warning
	// Hints describe what some uses of the programs need, the most certain first.
	Hints []Hint

	source    sourceFiles
	isChecked bool // verify has succeeded, so the plan may be written
}

// Program is a program of the image.
type Program struct {
	Arg  string // as in Spec.Programs, without DEST
	Src  string // its absolute path in the source, symlinks not resolved
	Dest string // its path in the image
	// ByRule is set if the program goes to /usr/local/bin because of its place in the
	// source. The libraries that it finds by $ORIGIN then move with it.
	ByRule bool
}

// Group is a group of run-time files.
type Group struct {
	Name   string
	Detail string // what is in it, such as the names of accounts; "" if Name says so
	Size   int64  // in bytes, without what its ELF files need in turn
	Files  int    // the number of files, directories and links
	Reason Reason
}

// Opened is a library that an object may dlopen.
type Opened struct {
	// Path is its path in the image; "" if it was left out.
	Path   string
	Reason Reason
}

// Topic is the subject of a warning, in the plural. There may be many warnings of one
// topic; a front end may show a part of them.
type Topic string

// The topics.
const (
	Other    Topic = ""
	Lacking  Topic = "files without which the program fails"
	Rights   Topic = "files with set-id bits or capabilities"
	Denied   Topic = "files that the user cannot read"
	Dangling Topic = "symlinks without a target in the image"
)

// Warning is something that may be wrong with the image.
type Warning struct {
	Topic Topic
	Text  string
	Hint  string // how to avoid it, "" if unknown; warnings of one topic share one hint
}

// Hint is something that some uses of a program need and that Resolve left out.
type Hint struct {
	Text string // which program needs what
	Fix  string // the flag that adds it, as an imperative
}

// sourceFiles describes the source of the plan's files, for Write.
type sourceFiles struct {
	*source.Source
	copies []copyRequest
	search *elfdeps.Resolver
}

// Resolver returns a resolver with the settings that found Closure. All resolvers of
// a plan share a cache: only one of them may be used at a time.
func (p *Plan) Resolver() *elfdeps.Resolver {
	if p.source.search == nil {
		return &elfdeps.Resolver{}
	}
	search := *p.source.search
	return &search
}

// Abs returns name as an absolute path in the source, as the paths in Closure are.
func (p *Plan) Abs(name string) string {
	if p.source.Source == nil {
		return path.Join("/", name)
	}
	return p.source.Abs(name)
}

package pack

import (
	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// Plan is an image before it is written: everything that goes in, each with its
// reason, and the configuration. It does not change once Resolve has returned it,
// and may be written any number of times.
type Plan struct {
	Programs []Program
	// Closure is what the loader opens for the programs, and for the plugins that
	// other files are. It is complete to the depth that was asked for.
	Closure *elfdeps.Closure
	// Tree is the root file system; nil for the depth Loaded. The Claim of each
	// entry is a Reason.
	Tree *rootfs.Tree
	// Config is the image's configuration; it is complete for the depth Complete.
	Config image.Config
	// Groups are the groups of run-time files that went in, Suggestions those that
	// the programs probably need and that Resolve left out.
	Groups, Suggestions []Group
	// Opened are libraries that objects say or seem to dlopen.
	Opened []Opened
	// Warnings say what may fail.
	Warnings []Warning

	source    sourceFiles
	isChecked bool // the image's own loader finds everything in Tree
}

// Program is a program of the image.
type Program struct {
	Arg  string // as it was named, without the destination
	Src  string // its absolute path in the source, links not resolved
	Dest string // its path in the image
	// ByRule is set if the program moves by the rule for its place rather than to a
	// destination that was named, so that its $ORIGIN libraries move with it.
	ByRule bool
}

// Group is a group of run-time files.
type Group struct {
	Name   string
	Size   int64 // in bytes, without what its ELF files need in turn
	Files  int   // how many files, directories and links it has
	Reason Reason
}

// Opened is a library that an object may dlopen.
type Opened struct {
	// Path is where it was found and went in; "" if it was left out.
	Path   string
	Reason Reason
	// Guessed is set if only a string of the object says so; Pattern, if that is
	// the form of names that the object makes up.
	Guessed, Pattern bool
}

// Topic says what a warning is about, in the plural. There may be many of one topic,
// of which a front end may show a part.
type Topic string

// The topics that may have many warnings.
const (
	Other    Topic = ""
	Rights   Topic = "files with set-id bits or capabilities"
	Dangling Topic = "symlinks without a target in the image"
)

// Warning is something that may be wrong with the image.
type Warning struct {
	Topic Topic
	Text  string
	Hint  string // how to change it, "" if nothing is known; one for all of a topic
}

// sourceFiles are what Write has to know of the files that the plan was made
// from.
type sourceFiles struct {
	*source.Source
	copies []copyRequest
	search *elfdeps.Resolver
}

// Resolver returns a resolver that searches as the one did that found Closure. It
// must not be used by two goroutines at once.
func (p *Plan) Resolver() *elfdeps.Resolver {
	search := *p.source.search
	return &search
}

// Abs returns the absolute path of name as Closure has it.
func (p *Plan) Abs(name string) string { return p.source.Abs(name) }

package pack

import (
	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/internal/overlay"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// contents is what goes into an image so far. A stage takes it and returns it with
// what the stage added; what is in tree stays.
type contents struct {
	tree    *rootfs.Tree
	closure *elfdeps.Closure
	moved   map[string]bool // paths of the source that have another place in the image

	placed  placed
	configs []doctor.Config // of all files, those that may name accounts, modules and ports
	pending []candidate     // files that may be objects, whose closures are not in yet
	objects []candidate     // those that are objects, and whose closures are in

	groups   []Group
	opened   []Opened
	asked    map[string]bool // what the objects may dlopen and was looked for, by its names
	findings *doctor.Findings
	warnings []Warning
}

// placed is what users have put into the image at places of their choice.
type placed struct {
	files []string // regular files of --conf and --copy
	dirs  []string // of --mkdir
}

// candidate is a file of the image that may be an ELF file or a script.
type candidate struct {
	path string
	// inTree is set for files of a tree, a package or a group, of which not each
	// has to be usable: one whose libraries the source lacks is unusable there too.
	inTree bool
}

// added is what a stage put into the tree.
type added struct {
	files      []string // regular files, by their paths in the image
	candidates []candidate
	configs    []doctor.Config
	warnings   []Warning
}

// merged returns a resolver that sees the tree over the source, as files that came
// from elsewhere have to be resolved: a library that was copied along is found
// beside them, any other where the source has it.
func (c contents) merged(sys system) *elfdeps.Resolver {
	return &elfdeps.Resolver{FS: overlay.New(c.tree.FS(), sys.Root), LibraryPath: sys.search.LibraryPath}
}

// readers are the resolvers that can read the objects of a closure.
type readers struct {
	sys    system
	merged *elfdeps.Resolver
}

// of returns the resolver for the object at a path: that of the source, or for
// what came to a place that the source does not have, the one that sees the tree.
func (r readers) of(name string) *elfdeps.Resolver {
	if _, err := r.sys.Root.Walk(name); sysroot.IsAbsent(err) {
		return r.merged
	}
	return r.sys.search
}

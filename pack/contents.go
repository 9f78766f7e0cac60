package pack

import (
	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/confplan"
	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/internal/overlay"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// contents is what an image contains so far. A stage takes contents and returns them
// with its additions. It adds to tree and closure in place and removes nothing.
type contents struct {
	tree    *rootfs.Tree
	closure *elfdeps.Closure
	moved   map[string]bool // paths of the source whose files have another path in the image

	placed  placed
	configs []doctor.Config // configuration files, which may name accounts, modules and ports
	pending []candidate     // possible objects whose closures have not been added yet
	objects []candidate     // objects whose closures have been added

	groups   []Group
	opened   []Opened
	asked    map[string]bool // dlopens that were searched for, by openKey
	findings *doctor.Findings
	warnings []Warning
}

// placed are the paths in the image that flags determine.
type placed struct {
	files []string // regular files of --conf and --copy
	dirs  []string // of --mkdir
	confs []confplan.Placed
}

// candidate is a file of the image that may be an ELF file or a script.
type candidate struct {
	path string
	// inTree is set for files of a tree, a package or a group. A missing library of
	// such a file is only a warning, since the file is unusable in the source, too.
	inTree bool
	// packaged is set for files of --package. The interpreter of such a script is not
	// added, unless a program of the image starts the script.
	packaged bool
}

// added is what a stage has added to the tree.
type added struct {
	files      []string // regular files, by their paths in the image
	candidates []candidate
	configs    []doctor.Config
	warnings   []Warning
}

// merged returns a resolver that searches the tree and, for paths that the tree does
// not have, the source. It resolves copied files: a library that was copied with them
// is found in the tree, any other in the source.
func (c contents) merged(sys system) *elfdeps.Resolver {
	files := overlay.New(c.tree.FS(), sys.Root)
	return &elfdeps.Resolver{FS: files, LibraryPath: sys.search.LibraryPath, Path: sys.search.Path}
}

// readers are the two resolvers that read the objects of a closure.
type readers struct {
	sys    system
	merged *elfdeps.Resolver
}

// of returns the resolver for the object at a path: that of the source or, for a path
// that the source does not have, merged.
func (r readers) of(name string) *elfdeps.Resolver {
	if _, err := r.sys.Root.Walk(name); sysroot.IsAbsent(err) {
		return r.merged
	}
	return r.sys.search
}

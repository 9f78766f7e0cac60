package pack

import (
	"os"
	"syscall"
)

// Options are the options of Resolve. The zero value makes a complete plan, in an
// empty environment.
type Options struct {
	Environment Environment
	Depth       Depth
}

// Environment is the environment in which the programs and their libraries are
// looked up in the source. The environment of the image is Image.Env.
type Environment struct {
	Dir         string // the working directory on this machine, absolute; "" is "/"
	Path        string // PATH, for programs of this machine; with a sysroot a default is used
	LibraryPath string // LD_LIBRARY_PATH, searched after Spec.LibraryPath
	Preload     string // LD_PRELOAD
	Audit       string // LD_AUDIT
}

// removedDir is used as the working directory if that was removed. No file can have
// this path, so relative paths are not found.
const removedDir = "/proc/self/cwd (deleted)"

// CurrentEnvironment returns the environment of this process without LD_PRELOAD and
// LD_AUDIT, which are meant for programs that run here and not for images.
func CurrentEnvironment() Environment {
	dir, err := syscall.Getwd() // as the loader does: os.Getwd would return $PWD
	if err != nil {
		dir = removedDir
	}
	return Environment{Dir: dir, Path: os.Getenv("PATH"), LibraryPath: os.Getenv("LD_LIBRARY_PATH")}
}

// Depth is how far Resolve goes.
type Depth int

const (
	// Complete composes the tree, completes the configuration, and checks that the
	// image's own loader finds the same files. Only such a plan can be written.
	Complete Depth = iota
	// Composed composes the tree without the check.
	Composed
	// Loaded finds only what the loader opens for the programs, without a tree.
	Loaded
)

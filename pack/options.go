package pack

import (
	"os"
	"syscall"
)

// Options say how far Resolve goes, and what the process around it contributes.
// The zero value resolves everything, in an empty environment.
type Options struct {
	Environment Environment
	Depth       Depth
}

// Environment is what the programs are looked up and started with at the source.
// It matters to what the loader finds there; the image has the environment of its
// own configuration.
type Environment struct {
	Dir         string // the working directory on this machine, absolute
	Path        string // PATH, for programs of this machine; a sysroot has the usual one
	LibraryPath string // LD_LIBRARY_PATH, searched after Spec.LibraryPath
	Preload     string // LD_PRELOAD
	Audit       string // LD_AUDIT
}

// removedDir stands for a working directory that was removed: no file can have
// this path, and absolute paths do not need it.
const removedDir = "/proc/self/cwd (deleted)"

// CurrentEnvironment returns the environment of this process, without LD_PRELOAD
// and LD_AUDIT, which are about the programs that run here and not about images.
func CurrentEnvironment() Environment {
	dir, err := syscall.Getwd() // which the loader asks as well, whatever PWD says
	if err != nil {
		dir = removedDir
	}
	return Environment{Dir: dir, Path: os.Getenv("PATH"), LibraryPath: os.Getenv("LD_LIBRARY_PATH")}
}

// Depth is how far Resolve goes.
type Depth int

const (
	// Complete finds everything, checks that the image's own loader will find all of
	// it again, and completes the configuration.
	Complete Depth = iota
	// Composed finds everything and composes the tree, without the check.
	Composed
	// Loaded finds what the loader opens for the programs, and makes no tree.
	Loaded
)

package pack

import (
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/relocate"
	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// imageSearch describes how the image's loader searches: in the image's tree, with the
// environment of its configuration.
type imageSearch struct {
	tree   *rootfs.Tree
	config image.Config
	lost   []*relocate.LostError // libraries that it does not find, from addLoaderFiles
}

func (s imageSearch) resolver() *elfdeps.Resolver {
	env := environment(s.config.Env)
	return &elfdeps.Resolver{
		FS: s.tree.FS(), Dir: s.config.WorkingDir, Path: env("PATH"),
		LibraryPath: env("LD_LIBRARY_PATH"), Preload: env("LD_PRELOAD"), Audit: env("LD_AUDIT"),
	}
}

// environment returns a function that looks up a variable in K=V values; "" means that
// it is not set.
func environment(values []string) func(name string) string {
	return func(name string) string {
		for _, kv := range values {
			if value, ok := strings.CutPrefix(kv, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

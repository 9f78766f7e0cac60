package doctor

import (
	"context"
	"io/fs"
	"path"
	"slices"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/doctor/internal/conffile"
)

// groupFacts is what the files of the groups depend on.
type groupFacts struct {
	env         func(name string) string                         // a variable of the image's environment
	libc        elfdeps.Libc                                     // of the programs
	static      bool                                             // all programs are static ones of Go, without libc
	libraryDirs []string                                         // the directories of the closure's libraries
	libraries   map[string]string                                // the paths of the closure's libraries by soname
	programs    []string                                         // the paths of the programs in the source
	literals    func(path string, yield func([]byte) bool) error // the string constants of a program or library
	user        string                                           // Input.User
	asked       Accounts                                         // Input.Accounts
	configs     conffile.Contents                                // what the configuration files say
	selected    ownData                                          // the data to add
	started     helpers                                          // the programs that programs start
	image       fs.ReadLinkFS                                    // the image so far; nil is an empty one
}

// collectFacts returns the groupFacts for in.
func (d *Doctor) collectFacts(ctx context.Context, in Input, c conffile.Contents) (groupFacts, error) {
	f := groupFacts{
		env: in.Env, libc: in.Libc, static: true, libraries: map[string]string{}, user: in.User,
		asked:   in.Accounts,
		configs: c, image: in.Image,
	}
	objects := map[string]Object{}
	for _, o := range in.Objects {
		objects[o.Path] = o
		switch o.Kind {
		case elfdeps.Library, elfdeps.Plugin:
			f.libraries[o.Soname] = o.Path
			if dir := path.Dir(o.Path); !slices.Contains(f.libraryDirs, dir) {
				f.libraryDirs = append(f.libraryDirs, dir)
			}
		case elfdeps.Executable:
			f.programs = append(f.programs, o.Path)
			facts, err := d.factsOf(ctx, o)
			if err != nil {
				return f, err
			}
			f.static = f.static && facts.evidence.isGo && o.Interp == ""
		}
	}
	f.literals = func(path string, yield func([]byte) bool) error {
		return d.literals.each(ctx, objects[path], yield)
	}
	return f, nil
}

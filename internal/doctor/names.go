package doctor

import (
	"bytes"
	"context"
	"regexp"
	"sync"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/internal/doctor/internal/owndata"
)

// namesOf returns the files and directories of the source that an object names and that
// may be data, see owndata.Candidates. They are found once for each object.
func (d *Doctor) namesOf(ctx context.Context, o Object, triplet string) ([]string, error) {
	if known, ok := d.names[o.Object]; ok {
		return known, nil
	}
	var names []string
	var err error
	if o.Kind == elfdeps.Script {
		names, err = d.namesOfScript(o)
	} else {
		names, err = d.namesOfELF(ctx, o, triplet)
	}
	if err != nil {
		return nil, err
	}
	d.names[o.Object] = names
	return names, nil
}

// namesOfELF returns what the strings of an ELF file name.
func (d *Doctor) namesOfELF(ctx context.Context, o Object, triplet string) ([]string, error) {
	if isLibc(o.Soname) {
		return nil, nil
	}
	facts, err := d.factsOf(ctx, o)
	if err != nil || o.Kind != elfdeps.Executable && !facts.opensFiles {
		return nil, err
	}
	dirs := owndata.Dirs(d.root, o.Path, triplet)
	if o.Kind == elfdeps.Executable {
		return owndata.Candidates(d.root, dirs, func(yield func(string) bool) error {
			return d.literals.each(ctx, o, func(b []byte) bool {
				return bytes.IndexByte(b, '/') < 0 || yield(string(b))
			})
		})
	}
	return ask(ctx, o, func(f *elffile.File) ([]string, error) {
		return owndata.Candidates(d.root, dirs, func(yield func(string) bool) error {
			return f.Paths(func(b []byte) bool { return yield(string(b)) })
		})
	})
}

// maxScript is the number of bytes of a script that are searched for paths.
const maxScript = 1 << 20

// pathWord matches a path in a script.
var pathWord = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`/(?:usr|etc|var|opt|lib)/[\w.+/@-]+`)
})

// namesOfScript returns what the text of a script names. A script that is not in the
// source names nothing.
func (d *Doctor) namesOfScript(o Object) ([]string, error) {
	n, err := d.root.Walk(o.Path)
	if err != nil || !n.Info.Mode().IsRegular() {
		return nil, nil //nolint:nilerr // a file that was copied from elsewhere
	}
	text, err := readHead(d.root, n, maxScript)
	if err != nil {
		return nil, err
	}
	return owndata.Candidates(d.root, nil, func(yield func(string) bool) error {
		for _, word := range pathWord().FindAll(text, -1) {
			if !yield(string(word)) {
				break
			}
		}
		return nil
	})
}

package doctor

import (
	"context"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
)

// OwnStrings calls yield with the string constants of a program and of its own libraries
// until yield returns false. A library is the program's own if the program's name is in
// its path, as in /usr/lib/dovecot/libdovecot.so.0. objects are those of a closure.
func OwnStrings(ctx context.Context, in *elfdeps.Resolver, objects []*elfdeps.Object, yield func([]byte) bool) error {
	if len(objects) == 0 {
		return nil
	}
	program, more := objects[0], true
	name := path.Base(program.Path)
	for _, o := range objects {
		isOwn := o == program || o.Kind == elfdeps.Library && strings.Contains(o.Path, name)
		if !isOwn || o.Kind == elfdeps.Script || !more {
			continue
		}
		err := Object{o, in}.literals(ctx, func(b []byte) bool {
			more = yield(b)
			return more
		})
		if err != nil {
			return err
		}
	}
	return nil
}

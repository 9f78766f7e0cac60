package elfdeps

import (
	"context"
	"fmt"
	"path"
)

// Libc says which C library a closure runs on.
type Libc struct {
	Kind    string // "glibc" or "musl"; "" when no object is linked dynamically
	Version int    // of glibc: 236 for 2.36; 0 when its loader does not show it
}

// Libc returns the C library of the first interpreter of c. The error is that of
// reading the interpreter, or that of ctx.
func (r *Resolver) Libc(ctx context.Context, c *Closure) (Libc, error) {
	s := r.session()
	for _, obj := range c.Objects {
		if obj.Kind != Interpreter {
			continue
		}
		o := s.open(s.abs(obj.Path))
		switch {
		case o.unread != nil:
			return Libc{}, o.unread
		case o.err != nil:
			continue
		}
		l, err := s.loaderOf(ctx, s.load(o), o, path.Base(obj.Path))
		switch {
		case err != nil:
			return Libc{}, fmt.Errorf("%s: %w", o.path, err)
		case l.Musl:
			return Libc{Kind: "musl"}, nil
		}
		return Libc{Kind: "glibc", Version: l.Version}, nil
	}
	return Libc{}, nil
}

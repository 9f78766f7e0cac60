package elfdeps

import "path"

// Libc says which C library a closure runs on.
type Libc struct {
	Kind    string // "glibc" or "musl"; "" when no object is linked dynamically
	Version int    // of glibc: 236 for 2.36; 0 when its loader does not tell
}

// Libc tells by the first interpreter of c which C library its programs have.
func (r *Resolver) Libc(c *Closure) Libc {
	s := r.session()
	for _, obj := range c.Objects {
		if obj.Kind != Interpreter {
			continue
		}
		o := s.open(s.abs(obj.Path))
		if o.err != nil {
			continue
		}
		l, err := s.loaderOf(s.load(o), o, path.Base(obj.Path))
		switch {
		case err == nil && l.musl:
			return Libc{Kind: "musl"}
		case err == nil:
			return Libc{Kind: "glibc", Version: l.version}
		}
	}
	return Libc{}
}

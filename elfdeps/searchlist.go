package elfdeps

import (
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/tokens"
)

// dirList is a search list: directories in the order in which they are tried.
type dirList struct {
	elems    []listElem
	platform bool // it contains $PLATFORM, so it differs between cpus
	counted  bool // in a budget
}

type listElem struct {
	name string     // of the directory, with a slash at its end; "" is the working directory
	raw  string     // as written
	dir  *directory // nil before it is needed
}

// listKey is everything that the content of a list depends on.
type listKey struct {
	list, seps string
	origin     string
	platform   string
	loader     *loader
	secure     bool
	main       bool
}

// Limits of one list: directories, and bytes of their names.
const (
	maxElems     = 1 << 12
	maxElemBytes = 4 << 20
)

// list splits a search list as fillin_rpath (§6; dl-load.c) does: tokens are
// expanded in each element, an element with a token that has no value is dropped,
// an empty one is the working directory, trailing slashes become one, repetitions
// are dropped.
func (s *session) list(key listKey, tok *tokens.Values) *dirList {
	if l, ok := s.lists[key]; ok {
		return l
	}
	l := &dirList{platform: strings.Contains(key.list, "PLATFORM")}
	s.lists[key] = l
	if key.list == "" {
		return l
	}
	seen := make(map[string]bool)
	bytes := 0
	for rest, more := key.list, true; more && len(l.elems) < maxElems && bytes < maxElemBytes; {
		raw := rest
		i := strings.IndexAny(rest, key.seps)
		if more = i >= 0; more {
			raw, rest = rest[:i], rest[i+1:]
		}
		name, ok := tok.Expand(raw)
		if !ok || name == "" && raw != "" {
			continue
		}
		if name != "" {
			name = strings.TrimRight(name, "/") + "/"
		}
		if !seen[name] {
			seen[name] = true
			bytes += len(name)
			l.elems = append(l.elems, listElem{name: name, raw: raw})
		}
	}
	return l
}

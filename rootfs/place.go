package rootfs

import (
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"syscall"
)

// maxLinks is how many symlinks one path may cross: MAXSYMLINKS of the Linux
// kernel (fs/namei.c).
const maxLinks = 40

// maxDepth is how many symlinks may lead to one another before a walk gives up:
// more than maxLinks, so that half of a chain of very many symlinks is known to
// be too long after it was walked once.
const maxDepth = 2 * maxLinks

// maxRounds bounds the search for the places of symlinks; each level of links
// standing below other links takes one.
const maxRounds = 16

// places knows where the tree's symlinks lead paths. It looks at their texts
// alone: whether anything is there is for Check to say.
type places struct {
	links map[string]string // canonical path → text
	memo  map[string]place
}

type place struct {
	path  string
	links int // symlinks crossed
	err   error
}

// findPlaces puts every symlink claim where the others lead it. The places are
// worked out anew from all claims in each round until they stay the same, so
// that the order of claims means nothing. Links whose places depend on each
// other in a circle have none.
func findPlaces(claims []*claim) (*places, error) {
	p := &places{memo: make(map[string]place)}
	for range maxRounds {
		next := &places{links: make(map[string]string), memo: make(map[string]place)}
		for _, c := range claims {
			if c.Mode.Type() != fs.ModeSymlink {
				continue
			}
			at, err := p.parent(c.Path)
			if err != nil {
				continue // reported for the claim when it is settled
			}
			// Of two contradicting links, which settling reports, take one.
			if have, ok := next.links[at]; !ok || c.Linkname < have {
				next.links[at] = c.Linkname
			}
		}
		if maps.Equal(next.links, p.links) {
			return next, nil
		}
		p = next
	}
	return p, fmt.Errorf("symlinks of the tree stand on each other in a circle: %w", syscall.ELOOP)
}

// parent is the clean path name with its parents' symlinks followed.
func (p *places) parent(name string) (string, error) {
	if name == "/" || len(p.links) == 0 {
		return name, nil
	}
	dir, err := p.follow(parentOf(name))
	return join(dir, baseName(name)), err
}

// follow is the clean path name with all symlinks followed.
func (p *places) follow(name string) (string, error) {
	at := p.walk(name, 0)
	return at.path, at.err
}

// walk resolves name, an absolute path in which ".." may occur, after depth
// links on the way to it.
func (p *places) walk(name string, depth int) place {
	if at, ok := p.memo[name]; ok {
		return at
	}
	if depth > maxDepth {
		return place{path: name, err: syscall.ELOOP}
	}
	at := place{path: "/"}
	for part := range strings.SplitSeq(name, "/") {
		at = p.step(at, part, depth)
		if at.err != nil {
			break
		}
	}
	if depth == 0 {
		p.memo[name] = at
	}
	return at
}

// step goes from at to its entry part.
func (p *places) step(at place, part string, depth int) place {
	switch part {
	case "", ".":
		return at
	case "..":
		at.path = parentOf(at.path)
		return at
	}
	next := join(at.path, part)
	text, ok := p.links[next]
	if !ok {
		at.path = next
		return at
	}
	if !strings.HasPrefix(text, "/") {
		text = join(at.path, text)
	}
	to := p.behind(next, text, depth)
	if to.links += at.links; to.links > maxLinks && to.err == nil {
		to.err = syscall.ELOOP
	}
	return to
}

// behind is where the symlink at link with the text text leads. It is worked out
// once, since a text may have thousands of components; what was cut at maxDepth
// and may lead somewhere by itself is not remembered.
func (p *places) behind(link, text string, depth int) place {
	if to, ok := p.memo[link]; ok {
		return to
	}
	to := p.walk(text, depth+1)
	if to.links++; to.links > maxLinks && to.err == nil {
		to.err = syscall.ELOOP
	}
	if to.err == nil || depth <= maxDepth-maxLinks {
		p.memo[link] = to
	}
	return to
}

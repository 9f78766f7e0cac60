package doctor

import (
	"bytes"
	"context"

	"github.com/mkrootfs/mkrootfs/elfdeps"
)

// literalCache caches the string constants of objects, which needs and several groups
// use.
type literalCache struct {
	objects map[*elfdeps.Object][]byte // the strings of an object, each terminated by NUL
	room    int                        // the number of bytes that may still be added
}

// maxKept is the maximum size of a literalCache in bytes. Other objects are read again.
const maxKept = 4 << 20

func newLiteralCache() literalCache {
	return literalCache{objects: map[*elfdeps.Object][]byte{}, room: maxKept}
}

// each calls yield with each string constant of o until yield returns false.
func (c *literalCache) each(ctx context.Context, o Object, yield func([]byte) bool) error {
	if kept, ok := c.objects[o.Object]; ok {
		eachString(kept, yield)
		return nil
	}
	var keep []byte
	wanted := true
	err := o.literals(ctx, func(s []byte) bool {
		if len(keep)+len(s) < c.room {
			keep = append(append(keep, s...), 0)
		} else {
			keep, c.room = nil, 0
		}
		wanted = wanted && yield(s)
		return wanted || c.room > 0
	})
	if err == nil && c.room > 0 {
		c.objects[o.Object] = keep
		c.room -= len(keep)
	}
	return err
}

// eachString calls yield with each string of kept until yield returns false.
func eachString(kept []byte, yield func([]byte) bool) {
	for len(kept) > 0 {
		end := bytes.IndexByte(kept, 0)
		if !yield(kept[:end]) {
			return
		}
		kept = kept[end+1:]
	}
}

package main

import (
	"bytes"
	"context"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
)

// ask opens the ELF file at path and asks one question about it.
func ask[T any](ctx context.Context, r *elfdeps.Resolver, path string, question func(*elffile.File) (T, error)) (answer T, err error) {
	f, err := r.File(ctx, path)
	if err != nil {
		return answer, err
	}
	defer f.Close()
	return question(f)
}

// literalCache keeps the string constants of files, since the doctor and
// several groups look through the same ones.
type literalCache struct {
	files map[string][]byte // the strings of a file, each with a NUL behind it
	room  int               // how many bytes may still be kept
}

// maxLiterals bounds what is kept; files beyond it are read again.
const maxLiterals = 4 << 20

func newLiteralCache() *literalCache {
	return &literalCache{files: map[string][]byte{}, room: maxLiterals}
}

// of returns the Literals of the file at path, from memory if it can be.
func (c *literalCache) of(ctx context.Context, r *elfdeps.Resolver, path string) func(yield func([]byte) bool) error {
	return func(yield func([]byte) bool) error { return c.each(ctx, r, path, yield) }
}

func (c *literalCache) each(ctx context.Context, r *elfdeps.Resolver, path string, yield func([]byte) bool) error {
	if kept, ok := c.files[path]; ok {
		replay(kept, yield)
		return nil
	}
	var keep []byte
	wanted := true
	collect := func(s []byte) bool {
		if len(keep)+len(s) < c.room {
			keep = append(append(keep, s...), 0)
		} else {
			keep, c.room = nil, 0
		}
		wanted = wanted && yield(s)
		return wanted || c.room > 0
	}
	_, err := ask(ctx, r, path, func(f *elffile.File) (any, error) { return nil, f.Literals(collect) })
	if err == nil && c.room > 0 {
		c.files[path] = keep
		c.room -= len(keep)
	}
	return err
}

func replay(kept []byte, yield func([]byte) bool) {
	for len(kept) > 0 {
		end := bytes.IndexByte(kept, 0)
		if !yield(kept[:end]) {
			return
		}
		kept = kept[end+1:]
	}
}

package rpm

import (
	"encoding/binary"
	"fmt"
)

// A Berkeley DB hash (libdb, src/dbinc/db_page.h): the first page describes
// the file; every page has a head of 26 bytes with its type, and those of a
// hash hold keys and values in turn. A value of more than a quarter of a page
// lies in a chain of overflow pages.
const (
	bdbHashMagic = 0x061561

	bdbPageHead     = 26
	bdbHashUnsorted = 2
	bdbOverflow     = 7
	bdbHash         = 13

	bdbInline  = 1 // the item follows
	bdbOffPage = 3 // a page number and a length follow
)

type bdbFile struct {
	*input
	order  binary.ByteOrder
	page   int64
	budget int64 // what may still be spent on values and on the pages that they lie in
}

// readBDB calls f with the value of each package.
func readBDB(in *input, f func([]byte) error) error {
	head, err := in.span(0, 72)
	if err != nil {
		return err
	}
	b := &bdbFile{input: in, order: bdbOrder(head[12:16]), budget: 2 * in.Size}
	b.page = int64(b.order.Uint32(head[20:]))
	last := int64(b.order.Uint32(head[32:]))
	switch {
	case b.page < 512 || b.page > 65536 || b.page&(b.page-1) != 0:
		return &FormatError{20, fmt.Sprintf("page size %d", b.page)}
	case head[24] != 0:
		return &FormatError{24, "encrypted"}
	}
	for n := int64(1); n <= last && n < in.Size/b.page; n++ {
		if err := b.hashPage(n, f); err != nil {
			return err
		}
	}
	return nil
}

// hashPage calls f with the values on page n, which are none if it is of
// another kind.
func (b *bdbFile) hashPage(n int64, f func([]byte) error) error {
	p, err := b.span(n*b.page, b.page)
	if err != nil {
		return err
	}
	if p[25] != bdbHash && p[25] != bdbHashUnsorted {
		return nil
	}
	items := int(b.order.Uint16(p[20:]))
	if bdbPageHead+2*items > len(p) {
		return &FormatError{n*b.page + 20, fmt.Sprintf("%d items on a page of %d bytes", items, len(p))}
	}
	for i := 0; i+1 < items; i += 2 {
		key := b.item(p, i)
		if len(key) == 5 && b.order.Uint32(key[1:]) == 0 {
			continue // the highest number given to a package
		}
		blob, err := b.value(b.item(p, i+1), n*b.page)
		if err != nil {
			return err
		}
		if blob == nil {
			continue
		}
		if err := f(blob); err != nil {
			return err
		}
	}
	return nil
}

// item returns item i of a page, which ends where the one before it begins.
func (b *bdbFile) item(p []byte, i int) []byte {
	start, end := int(b.order.Uint16(p[bdbPageHead+2*i:])), len(p)
	if i > 0 {
		end = int(b.order.Uint16(p[bdbPageHead+2*i-2:]))
	}
	if start > end || end > len(p) {
		return nil
	}
	return p[start:end]
}

// value returns what an item of the page at offset at holds; nil for kinds that
// rpm does not use.
func (b *bdbFile) value(item []byte, at int64) ([]byte, error) {
	switch {
	case len(item) > 1 && item[0] == bdbInline:
		return item[1:], b.spend(int64(len(item)), at)
	case len(item) >= 12 && item[0] == bdbOffPage:
		return b.overflow(b.order.Uint32(item[4:]), int64(b.order.Uint32(item[8:])))
	}
	return nil, nil
}

// spend takes n bytes at offset at from what may still be read: no byte of the
// file belongs to two values.
func (b *bdbFile) spend(n, at int64) error {
	if b.budget -= n; b.budget < 0 {
		return &FormatError{at, "values overlap"}
	}
	return nil
}

// overflow joins the chain of pages from n on, which holds length bytes.
func (b *bdbFile) overflow(n uint32, length int64) ([]byte, error) {
	at := int64(n) * b.page
	if err := b.spend(length, at); err != nil {
		return nil, err
	}
	out, err := b.room(at, length)
	if err != nil {
		return nil, err
	}
	for int64(len(out)) < length {
		at = int64(n) * b.page
		if err := b.spend(b.page, at); err != nil {
			return nil, err
		}
		p, err := b.span(at, b.page)
		if err != nil {
			return nil, err
		}
		used := int(b.order.Uint16(p[22:]))
		if p[25] != bdbOverflow || used == 0 || bdbPageHead+used > len(p) {
			return nil, &FormatError{at, "no overflow page where a chain leads"}
		}
		used = int(min(int64(used), length-int64(len(out))))
		out = append(out, p[bdbPageHead:bdbPageHead+used]...)
		n = b.order.Uint32(p[16:])
	}
	return out, nil
}

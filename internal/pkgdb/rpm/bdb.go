package rpm

import (
	"encoding/binary"
	"fmt"
	"io"
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
	io.ReaderAt
	size   int64
	order  binary.ByteOrder
	page   int64
	last   uint32
	budget int64 // what is still to be read before pages must overlap
}

func readBDB(db io.ReaderAt, size int64) ([][]byte, error) {
	head, err := span(db, size, 0, 72)
	if err != nil {
		return nil, err
	}
	b := &bdbFile{ReaderAt: db, size: size, order: bdbOrder(head[12:16]), budget: size}
	b.page = int64(b.order.Uint32(head[20:]))
	b.last = b.order.Uint32(head[32:])
	switch {
	case b.page < 512 || b.page > 65536 || b.page&(b.page-1) != 0:
		return nil, &FormatError{20, fmt.Sprintf("page size %d", b.page)}
	case head[24] != 0:
		return nil, &FormatError{24, "encrypted"}
	}
	var out [][]byte
	for n := int64(1); n <= int64(b.last) && (n+1)*b.page <= size; n++ {
		blobs, err := b.hashPage(n)
		if err != nil {
			return nil, err
		}
		out = append(out, blobs...)
	}
	return out, nil
}

// hashPage returns the values on page n, none if it is of another kind.
func (b *bdbFile) hashPage(n int64) ([][]byte, error) {
	p, err := span(b, b.size, n*b.page, b.page)
	if err != nil {
		return nil, err
	}
	if p[25] != bdbHash && p[25] != bdbHashUnsorted {
		return nil, nil
	}
	items := int(b.order.Uint16(p[20:]))
	if bdbPageHead+2*items > len(p) {
		return nil, &FormatError{n*b.page + 20, fmt.Sprintf("%d items on a page of %d bytes", items, len(p))}
	}
	var out [][]byte
	for i := 0; i+1 < items; i += 2 {
		key, value := b.item(p, i), b.item(p, i+1)
		if len(key) == 5 && b.order.Uint32(key[1:]) == 0 {
			continue // the highest number given to a package
		}
		blob, err := b.value(value)
		if err != nil {
			return nil, err
		}
		if blob != nil {
			out = append(out, blob)
		}
	}
	return out, nil
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

// value returns what an item holds; nil for kinds that rpm does not use.
func (b *bdbFile) value(item []byte) ([]byte, error) {
	switch {
	case len(item) > 1 && item[0] == bdbInline:
		return item[1:], nil
	case len(item) >= 12 && item[0] == bdbOffPage:
		return b.overflow(b.order.Uint32(item[4:]), int64(b.order.Uint32(item[8:])))
	}
	return nil, nil
}

// overflow joins the chain of pages from n on, which holds length bytes.
func (b *bdbFile) overflow(n uint32, length int64) ([]byte, error) {
	at := int64(n) * b.page
	if b.budget -= length; b.budget < 0 {
		return nil, &FormatError{at, "values of more bytes than the file has"}
	}
	out := make([]byte, 0, length)
	for int64(len(out)) < length {
		at = int64(n) * b.page
		p, err := span(b, b.size, at, b.page)
		if err != nil {
			return nil, err
		}
		used := int(b.order.Uint16(p[22:]))
		if p[25] != bdbOverflow || used == 0 || bdbPageHead+used > len(p) {
			return nil, &FormatError{at, "no overflow page where a chain leads"}
		}
		out = append(out, p[bdbPageHead:bdbPageHead+used]...)
		n = b.order.Uint32(p[16:])
	}
	return out[:length], nil
}

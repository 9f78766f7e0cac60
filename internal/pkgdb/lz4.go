package pkgdb

import (
	"encoding/binary"
	"errors"
	"io"
)

// apt keeps its indexes as LZ4 frames when told to keep them packed, as the
// container images of Debian are; see the LZ4 frame format, version 1.6, and
// the LZ4 block format. Checksums are passed over: what is read here is a
// hint, and the length of everything is checked.

const (
	lz4Magic        = 0x184D2204
	lz4Window       = 64 << 10 // how far back a block of linked blocks may refer
	lz4Block        = 4 << 20  // the largest block there is
	lz4Packed       = 1 << 31  // in a block's length: set when it is stored as it is
	lz4MinimumMatch = 4
)

var errLZ4 = errors.New("malformed lz4 frame")

// lz4Reader unpacks one frame.
type lz4Reader struct {
	in       io.Reader
	blockSum bool
	packed   []byte
	out      []byte // the window, and what of the last block is still to be read
	next     int    // the first byte of out that is still to be read
	done     bool
}

// newLZ4 reads the frame's descriptor.
func newLZ4(in io.Reader) (io.Reader, error) {
	var head [6]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, err
	}
	flags := head[4]
	if binary.LittleEndian.Uint32(head[:]) != lz4Magic || flags>>6 != 1 {
		return nil, errLZ4
	}
	rest := 1 // the descriptor's own checksum
	if flags&(1<<3) != 0 {
		rest += 8 // the content's size
	}
	if flags&1 != 0 {
		rest += 4 // the dictionary's name
	}
	if _, err := io.CopyN(io.Discard, in, int64(rest)); err != nil {
		return nil, err
	}
	return &lz4Reader{in: in, blockSum: flags&(1<<4) != 0}, nil
}

// Read implements io.Reader.
func (z *lz4Reader) Read(p []byte) (int, error) {
	for z.next == len(z.out) {
		if z.done {
			return 0, io.EOF
		}
		if err := z.block(); err != nil {
			return 0, err
		}
	}
	n := copy(p, z.out[z.next:])
	z.next += n
	return n, nil
}

// block reads the next block; the one of length zero ends the frame.
func (z *lz4Reader) block() error {
	var head [4]byte
	if _, err := io.ReadFull(z.in, head[:]); err != nil {
		return err
	}
	size := binary.LittleEndian.Uint32(head[:])
	stored := size&lz4Packed != 0
	size &^= lz4Packed
	switch {
	case size == 0:
		z.done = true
		return nil
	case size > lz4Block:
		return errLZ4
	}
	z.packed = append(z.packed[:0], make([]byte, size)...)
	if _, err := io.ReadFull(z.in, z.packed); err != nil {
		return err
	}
	if z.blockSum {
		if _, err := io.ReadFull(z.in, head[:]); err != nil {
			return err
		}
	}
	if keep := len(z.out) - lz4Window; keep > 0 {
		z.out = z.out[:copy(z.out, z.out[keep:])]
	}
	z.next = len(z.out)
	if stored {
		z.out = append(z.out, z.packed...)
		return nil
	}
	var err error
	z.out, err = lz4Decode(z.out, z.packed)
	return err
}

// lz4Decode appends what the block holds to out, which it may refer back to.
func lz4Decode(out, block []byte) ([]byte, error) {
	limit := len(out) + lz4Block
	for at := 0; at < len(block); {
		token := block[at]
		literals, next, ok := lz4Length(block, at+1, int(token>>4))
		if !ok || literals > len(block)-next || len(out)+literals > limit {
			return out, errLZ4
		}
		out = append(out, block[next:next+literals]...)
		if at = next + literals; at == len(block) {
			return out, nil // the last sequence has literals alone
		}
		if len(block)-at < 2 {
			return out, errLZ4
		}
		back := int(binary.LittleEndian.Uint16(block[at:]))
		match, next, ok := lz4Length(block, at+2, int(token&15))
		match += lz4MinimumMatch
		if !ok || back == 0 || back > len(out) || len(out)+match > limit {
			return out, errLZ4
		}
		out = lz4Copy(out, back, match)
		at = next
	}
	return out, nil
}

// lz4Length reads a length: 15 means that more bytes are added to it, up to
// one that is not 255.
func lz4Length(block []byte, at, length int) (n, next int, ok bool) {
	if length < 15 {
		return length, at, true
	}
	for at < len(block) {
		more := block[at]
		at++
		length += int(more)
		if more != 255 {
			return length, at, true
		}
	}
	return 0, 0, false
}

// lz4Copy appends n bytes that begin back bytes before the end, which may
// include bytes that it appends itself.
func lz4Copy(out []byte, back, n int) []byte {
	for n > 0 {
		from := len(out) - back
		k := min(n, back)
		out = append(out, out[from:from+k]...)
		n -= k
	}
	return out
}

package rpm

import (
	"bytes"
	"context"
	"encoding/binary"
)

// The write-ahead log of an SQLite database contains changed pages that have not been
// written to the database: "The Write-Ahead Log" (fileformat2.html). It exists after rpm
// was killed, and while another process has the database open.
const (
	walMagic = 0x377f0682 // the last bit is the byte order of the checksums
	walHead  = 32
	walFrame = 24
)

// readWAL returns the offsets in the log of the pages of complete transactions, up to the
// first wrong checksum. Like SQLite, it ignores an incomplete transaction.
func readWAL(ctx context.Context, wal File, page int64) (map[uint32]int64, error) {
	if wal.Size < walHead {
		return nil, nil
	}
	in := &input{File: wal, ctx: ctx}
	head, err := in.span(0, walHead)
	if err != nil {
		return nil, err
	}
	if binary.BigEndian.Uint32(head)&^1 != walMagic || int64(binary.BigEndian.Uint32(head[8:])) != page {
		return nil, nil
	}
	log := &walReader{input: in, salt: head[16:24], sum: walSum{order: binary.LittleEndian}, frame: make([]byte, walFrame+page)}
	if head[3]&1 != 0 {
		log.sum.order = binary.BigEndian
	}
	if log.sum.add(head[:24]); !log.sum.is(head[24:]) {
		return nil, nil
	}
	return log.pages()
}

// walReader reads a log frame by frame.
type walReader struct {
	*input
	salt  []byte
	sum   walSum
	frame []byte // the header of a frame, and a page
}

func (w *walReader) pages() (map[uint32]int64, error) {
	settled, open := map[uint32]int64{}, map[uint32]int64{}
	size := int64(len(w.frame))
	for at := int64(walHead); at <= w.Size-size; at += size {
		if err := w.read(w.frame, at); err != nil {
			return nil, err
		}
		w.sum.add(w.frame[:8])
		w.sum.add(w.frame[walFrame:])
		if !bytes.Equal(w.frame[8:16], w.salt) || !w.sum.is(w.frame[16:]) {
			break
		}
		open[binary.BigEndian.Uint32(w.frame)] = at + walFrame
		if binary.BigEndian.Uint32(w.frame[4:]) == 0 {
			continue
		}
		for n, place := range open { // the frame ends a transaction
			settled[n] = place
		}
		clear(open)
	}
	return settled, nil
}

// walSum is the log's running checksum: "Checksum Algorithm".
type walSum struct {
	order  binary.ByteOrder
	s0, s1 uint32
}

func (w *walSum) add(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		w.s0 += w.order.Uint32(b) + w.s1
		w.s1 += w.order.Uint32(b[4:]) + w.s0
	}
}

// is reports whether the sum equals a stored one, which is always big endian.
func (w *walSum) is(b []byte) bool {
	return binary.BigEndian.Uint32(b) == w.s0 && binary.BigEndian.Uint32(b[4:]) == w.s1
}

package rpm

import "encoding/binary"

// The write-ahead log beside an SQLite database holds pages that were changed
// and not yet put back: "The Write-Ahead Log" (fileformat2.html). rpm leaves
// one behind when it is killed, or when something else has the database open.
const (
	walMagic = 0x377f0682 // the last bit tells the byte order of the checksums
	walHead  = 32
	walFrame = 24
)

// readWAL returns the pages that the log's transactions have written, as far
// as its checksums hold; one that is not whole counts for nothing, as in SQLite.
func readWAL(wal []byte, page int64) map[uint32][]byte {
	if len(wal) < walHead || binary.BigEndian.Uint32(wal)&^1 != walMagic || int64(binary.BigEndian.Uint32(wal[8:])) != page {
		return nil
	}
	var order binary.ByteOrder = binary.LittleEndian
	if wal[3]&1 != 0 {
		order = binary.BigEndian
	}
	sum := walSum{order: order}
	if sum.add(wal[:24]); !sum.is(wal[24:]) {
		return nil
	}
	salt := string(wal[16:24])
	settled, open := map[uint32][]byte{}, map[uint32][]byte{}
	for rest := wal[walHead:]; int64(len(rest)) >= walFrame+page; rest = rest[walFrame+page:] {
		content := rest[walFrame : walFrame+page]
		sum.add(rest[:8])
		sum.add(content)
		if string(rest[8:16]) != salt || !sum.is(rest[16:]) {
			break
		}
		open[binary.BigEndian.Uint32(rest)] = content
		if binary.BigEndian.Uint32(rest[4:]) == 0 {
			continue
		}
		for n, p := range open { // the frame ends a transaction
			settled[n] = p
		}
		clear(open)
	}
	return settled
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

// is compares the sum so far with a stored one, which is big endian always.
func (w *walSum) is(b []byte) bool {
	return binary.BigEndian.Uint32(b) == w.s0 && binary.BigEndian.Uint32(b[4:]) == w.s1
}

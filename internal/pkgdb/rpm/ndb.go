package rpm

import (
	"encoding/binary"
	"fmt"
	"io"
)

// The form that rpm calls ndb (rpm, lib/backend/ndb/rpmpkg.c): pages of slots,
// each of which says at which block a package's header lies. All numbers are
// little endian; the header of the file takes the place of the first two slots.
const (
	ndbMagic     = "RpmP"
	ndbSlotMagic = "Slot"
	ndbBlobMagic = "BlbS"
	ndbPage      = 4096
	ndbBlock     = 16 // a slot, a blob's head, and the unit of their offsets
)

func readNDB(db io.ReaderAt, size int64) ([][]byte, error) {
	head, err := span(db, size, 0, 2*ndbBlock)
	if err != nil {
		return nil, err
	}
	if version := binary.LittleEndian.Uint32(head[4:]); version != 0 {
		return nil, &FormatError{4, fmt.Sprintf("ndb version %d", version)}
	}
	pages := int64(binary.LittleEndian.Uint32(head[12:]))
	slots, err := span(db, size, 0, pages*ndbPage)
	if err != nil {
		return nil, err
	}
	var out [][]byte
	budget := size
	for at := 2 * ndbBlock; at < len(slots); at += ndbBlock {
		slot := slots[at : at+ndbBlock]
		if string(slot[:4]) != ndbSlotMagic {
			return nil, &FormatError{int64(at), "no slot"}
		}
		if binary.LittleEndian.Uint32(slot[4:]) == 0 {
			continue // free
		}
		blob, err := ndbBlob(db, size, slot)
		if err != nil {
			return nil, err
		}
		if budget -= int64(len(blob)); budget < 0 {
			return nil, &FormatError{int64(at), "blobs overlap"}
		}
		out = append(out, blob)
	}
	return out, nil
}

// ndbBlob reads the blob that a slot points to: magic, the package's number,
// a generation, the length, and then the header.
func ndbBlob(db io.ReaderAt, size int64, slot []byte) ([]byte, error) {
	at := int64(binary.LittleEndian.Uint32(slot[8:])) * ndbBlock
	head, err := span(db, size, at, ndbBlock)
	if err != nil {
		return nil, err
	}
	if string(head[:4]) != ndbBlobMagic || string(head[4:8]) != string(slot[4:8]) {
		return nil, &FormatError{at, "no blob of the slot that points here"}
	}
	return span(db, size, at+ndbBlock, int64(binary.LittleEndian.Uint32(head[12:])))
}

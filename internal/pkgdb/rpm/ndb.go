package rpm

import (
	"encoding/binary"
	"fmt"
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

type ndbFile struct {
	*input
	budget int64 // what is still to be read before blobs must overlap
}

// readNDB calls f with the header of each package.
func readNDB(in *input, f func([]byte) error) error {
	head, err := in.span(0, 2*ndbBlock)
	if err != nil {
		return err
	}
	if version := binary.LittleEndian.Uint32(head[4:]); version != 0 {
		return &FormatError{4, fmt.Sprintf("ndb version %d", version)}
	}
	n := &ndbFile{in, in.Size}
	pages := int64(binary.LittleEndian.Uint32(head[12:]))
	for page := range pages {
		if err := n.slots(page, f); err != nil {
			return err
		}
	}
	return nil
}

// slots calls f with the header of each package that a page of slots points to.
func (n *ndbFile) slots(page int64, f func([]byte) error) error {
	slots, err := n.span(page*ndbPage, ndbPage)
	if err != nil {
		return err
	}
	first := 0
	if page == 0 {
		first = 2 * ndbBlock
	}
	for at := first; at < len(slots); at += ndbBlock {
		slot := slots[at : at+ndbBlock]
		if string(slot[:4]) != ndbSlotMagic {
			return &FormatError{page*ndbPage + int64(at), "no slot"}
		}
		if binary.LittleEndian.Uint32(slot[4:]) == 0 {
			continue // free
		}
		blob, err := n.value(slot)
		if err != nil {
			return err
		}
		if err := f(blob); err != nil {
			return err
		}
	}
	return nil
}

// value reads the blob that a slot points to: magic, the package's number,
// a generation, the length, and then the header.
func (n *ndbFile) value(slot []byte) ([]byte, error) {
	at := int64(binary.LittleEndian.Uint32(slot[8:])) * ndbBlock
	head, err := n.span(at, ndbBlock)
	if err != nil {
		return nil, err
	}
	if string(head[:4]) != ndbBlobMagic || string(head[4:8]) != string(slot[4:8]) {
		return nil, &FormatError{at, "no blob of the slot that points here"}
	}
	length := int64(binary.LittleEndian.Uint32(head[12:]))
	if n.budget -= length + ndbBlock; n.budget < 0 {
		return nil, &FormatError{at, "blobs overlap"}
	}
	blob, err := n.room(at, length)
	if err != nil {
		return nil, err
	}
	blob = blob[:length]
	return blob, n.read(blob, at+ndbBlock)
}

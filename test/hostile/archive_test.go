//go:build linux

package hostile

import "encoding/binary"

// archiveOf returns the head of a locale archive (glibc, locale/locarchive.h) with the
// locale de_DE.utf8. Its twelve parts overlap, begin at byte 512 and have partSize bytes
// each.
func archiveOf(references, partSize uint32) []byte {
	const nameAt, recordAt, dataAt = 200, 256, 512
	var b []byte
	words := func(list ...uint32) {
		for _, w := range list {
			b = binary.LittleEndian.AppendUint32(b, w)
		}
	}
	padTo := func(n int) { b = append(b, make([]byte, n-len(b))...) }
	words(0xde020109, 0, 14*4, 1, 3, nameAt, 32, 32, recordAt, 1, 1, 0, 0, 0)
	words(0, 0, 0, 77, nameAt, recordAt, 0, 0, 0)
	padTo(nameAt)
	b = append(b, "de_DE.utf8\x00"...)
	padTo(recordAt)
	words(references)
	for range 13 {
		words(dataAt, partSize)
	}
	padTo(dataAt)
	return append(b, "de_DE's parts..."...)
}

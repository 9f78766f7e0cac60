package doctor

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// The locale-archive (glibc, locale/locarchive.h) contains all locales of a system in
// one file, in the byte order of the machine. This file extracts one locale to a
// directory, which glibc reads if there is no archive.
const (
	archiveMagic  = 0xde020109 // AR_MAGIC
	archiveHead   = 14 * 4     // struct locarhead
	archiveName   = 3 * 4      // struct namehashent
	archiveRecord = 4 + 13*8   // struct locrecent: the references, then offset and length by category
	maxArchiveTab = 1 << 20    // the table of names, in bytes
)

// categories are the names of a locale's files by category (bits/locale.h). LC_ALL has
// no file.
var categories = [13]string{
	"LC_CTYPE", "LC_NUMERIC", "LC_TIME", "LC_COLLATE", "LC_MONETARY", "LC_MESSAGES/SYS_LC_MESSAGES", "", "LC_PAPER",
	"LC_NAME", "LC_ADDRESS", "LC_TELEPHONE", "LC_MEASUREMENT", "LC_IDENTIFICATION",
}

// archive is an open locale-archive.
type archive struct {
	*maker
	name  string
	file  sysroot.File
	size  int64
	order binary.ByteOrder
}

// archived adds the locale name from the archive in dir, and reports whether it exists.
func (m *maker) archived(dir, name string) bool {
	at := path.Join(dir, "locale-archive")
	f, size := m.open(at)
	if f == nil {
		return false
	}
	defer f.Close()
	a := archive{maker: m, name: at, file: f, size: size}
	parts, ok := a.locale(name)
	if !ok {
		return false
	}
	for i, data := range parts {
		if data != nil {
			file := path.Join(dir, name, categories[i])
			m.add(Addition{Path: file, Kind: Bytes, Data: data, Mode: 0o644, Why: "locale " + name})
		}
	}
	return true
}

// at returns the n bytes at the offset off, nil if the file does not have them.
func (a *archive) at(off, n int64) []byte {
	if off < 0 || n < 0 || n > a.size || off > a.size-n || a.done() {
		return nil
	}
	b := make([]byte, n)
	_, err := io.ReadFull(io.NewSectionReader(a.file, off, n), b)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		a.fail(fmt.Errorf("%s: %w", a.name, err))
	}
	if err != nil {
		return nil
	}
	return b
}

// part is at for the content of a generated file, which it subtracts from dataLeft.
func (a *archive) part(off, n int64) []byte {
	if n > a.dataLeft && n <= a.size {
		a.fail(fmt.Errorf("%s: its locales are %w", a.name, &bounded.SizeError{Limit: maxData}))
		return nil
	}
	b := a.at(off, n)
	a.dataLeft -= int64(len(b))
	return b
}

// locale returns the content of a locale's files by category.
func (a *archive) locale(name string) (parts [13][]byte, ok bool) {
	rec := a.record(name)
	if rec == nil {
		return parts, false
	}
	for i := range parts {
		if categories[i] == "" {
			continue
		}
		r := rec[4+8*i:]
		parts[i] = a.part(int64(a.order.Uint32(r)), int64(a.order.Uint32(r[4:])))
		if parts[i] == nil {
			return parts, false
		}
	}
	return parts, true
}

// record returns the record of the locale name. It searches the hash table linearly,
// since the table is small.
func (a *archive) record(name string) []byte {
	head := a.at(0, archiveHead)
	if head == nil {
		return nil
	}
	orders := []binary.ByteOrder{binary.LittleEndian, binary.BigEndian}
	i := slices.IndexFunc(orders, func(o binary.ByteOrder) bool { return o.Uint32(head) == archiveMagic })
	if i < 0 {
		return nil
	}
	a.order = orders[i]
	size := int64(a.order.Uint32(head[16:])) * archiveName
	if size > maxArchiveTab && size <= a.size {
		a.fail(fmt.Errorf("%s: its table of names is %w", a.name, &bounded.SizeError{Limit: maxArchiveTab}))
		return nil
	}
	table := a.at(int64(a.order.Uint32(head[8:])), size)
	for ; len(table) >= archiveName; table = table[archiveName:] {
		at := int64(a.order.Uint32(table[4:]))
		if at != 0 && bytes.Equal(a.at(at, int64(len(name)+1)), append([]byte(name), 0)) {
			return a.at(int64(a.order.Uint32(table[8:])), archiveRecord)
		}
	}
	return nil
}

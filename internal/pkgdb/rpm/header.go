package rpm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"
)

// Tags of a package's header: rpm, include/rpm/rpmtag.h.
const (
	tagName        = 1000
	tagArch        = 1022
	tagFileStates  = 1029
	tagFileModes   = 1030
	tagFileFlags   = 1037
	tagProvideName = 1047
	tagRequireName = 1049
	tagDirIndexes  = 1116
	tagBaseNames   = 1117
	tagDirNames    = 1118
)

// Types of a tag's data: rpm, include/rpm/rpmtag.h.
const (
	typeInt16       = 3
	typeInt32       = 4
	typeString      = 6
	typeStringArray = 8
	typeI18N        = 9
)

// FormatError is the error for a malformed database.
type FormatError struct {
	Offset int64 // in the file, or in the package's header
	What   string
}

func (e *FormatError) Error() string { return fmt.Sprintf("offset %d: %s", e.Offset, e.What) }

// header is a package's header in the database, without the magic and the lead of a
// package file: the number of tags, the length of the store, an entry of 16 bytes per
// tag, and the store, to which the entries point (rpm, docs/manual/format_v4.md).
type header struct {
	store []byte
	tags  map[int32]entry
}

type entry struct{ kind, offset, count int64 }

// tags are the tags that are read.
var tags = [...]int32{
	tagName, tagArch, tagFileStates, tagFileModes, tagFileFlags, tagProvideName, tagRequireName, tagDirIndexes,
	tagBaseNames, tagDirNames,
}

// maxTags is rpm's own limit (lib/header_internal.h).
const maxTags = 0x0000ffff * 8

func parseHeader(blob []byte) (*header, error) {
	if len(blob) < 8 {
		return nil, &FormatError{0, "header of fewer than 8 bytes"}
	}
	count, size := int64(binary.BigEndian.Uint32(blob)), int64(binary.BigEndian.Uint32(blob[4:]))
	if count > maxTags || 8+16*count+size > int64(len(blob)) {
		return nil, &FormatError{0, fmt.Sprintf("header of %d tags and %d bytes in %d bytes", count, size, len(blob))}
	}
	start := 8 + 16*count
	h := &header{store: blob[start : start+size], tags: make(map[int32]entry, len(tags))}
	for at := blob[8:start]; len(at) > 0; at = at[16:] {
		tag := int32(binary.BigEndian.Uint32(at)) //nolint:gosec // a tag is any 32 bits
		if !slices.Contains(tags[:], tag) {
			continue
		}
		e := entry{int64(binary.BigEndian.Uint32(at[4:])), int64(binary.BigEndian.Uint32(at[8:])), int64(binary.BigEndian.Uint32(at[12:]))}
		if e.offset <= size {
			h.tags[tag] = e
		}
	}
	return h, nil
}

// text returns a tag's string, "" if there is none.
func (h *header) text(tag int32) string {
	e, ok := h.tags[tag]
	if !ok || e.kind != typeString && e.kind != typeI18N {
		return ""
	}
	s, _, _ := bytes.Cut(h.store[e.offset:], []byte{0})
	return string(s)
}

// texts yields a tag's strings.
func (h *header) texts(tag int32) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		e, ok := h.tags[tag]
		if !ok || e.kind != typeStringArray {
			return
		}
		rest := h.store[e.offset:]
		for range e.count {
			s, after, ok := bytes.Cut(rest, []byte{0})
			if !ok || !yield(s) {
				return
			}
			rest = after
		}
	}
}

// numbers are a tag's numbers, big endian.
type numbers struct {
	data  []byte
	width int // of each in bytes
}

func (h *header) numbers(tag int32) numbers {
	e, ok := h.tags[tag]
	width := map[int64]int{typeInt16: 2, typeInt32: 4}[e.kind]
	if !ok || width == 0 || e.count > (int64(len(h.store))-e.offset)/int64(width) {
		return numbers{}
	}
	return numbers{h.store[e.offset:][:e.count*int64(width)], width}
}

// at returns the number with the index i; false if it does not exist.
func (n numbers) at(i int) (uint32, bool) {
	switch {
	case n.width == 0 || i >= len(n.data)/n.width:
		return 0, false
	case n.width == 2:
		return uint32(binary.BigEndian.Uint16(n.data[2*i:])), true
	}
	return binary.BigEndian.Uint32(n.data[4*i:]), true
}

// octets returns a tag's data, which has one byte per element.
func (h *header) octets(tag int32) []byte {
	e, ok := h.tags[tag]
	if !ok || e.count > int64(len(h.store))-e.offset {
		return nil
	}
	return h.store[e.offset : e.offset+e.count]
}

// Package is an installed package.
type Package struct {
	Name, Arch string

	header *header
}

func parsePackage(blob []byte) (*Package, error) {
	h, err := parseHeader(blob)
	if err != nil {
		return nil, err
	}
	p := &Package{Name: h.text(tagName), Arch: h.text(tagArch), header: h}
	if p.Name == "" {
		return nil, &FormatError{0, "header without a name"}
	}
	return p, nil
}

// Provides yields the names that the package provides, as in the database.
func (p *Package) Provides() iter.Seq[string] { return p.names(tagProvideName) }

// Requires yields the names that the package requires, as in the database: names, sonames,
// paths of files and boolean expressions.
func (p *Package) Requires() iter.Seq[string] { return p.names(tagRequireName) }

func (p *Package) names(tag int32) iter.Seq[string] {
	return func(yield func(string) bool) {
		for name := range p.header.texts(tag) {
			if !yield(string(name)) {
				return
			}
		}
	}
}

// Entry is a file of a package.
type Entry struct {
	Path string
	Dir  bool
	Doc  bool // marked %doc, %readme or %license in the package
	// Installed is false for %ghost files, which have no content in the package, and for
	// files that were left out when it was installed.
	Installed bool
}

// Attributes of a file: rpm, include/rpm/rpmfiles.h, rpmfileAttrs_e and
// rpmfileState_e.
const (
	attrDoc     = 1 << 1
	attrGhost   = 1 << 6
	attrLicense = 1 << 7
	attrReadme  = 1 << 8
	stateNormal = 0
)

// Files calls f for each file and directory of the package until f returns an error,
// which Files returns.
func (p *Package) Files(f func(Entry) error) error {
	return p.FilesIn(func(string) bool { return true }, f)
}

// FilesIn is Files for the files in the directories that want accepts, which have a final
// slash.
func (p *Package) FilesIn(want func(dir string) bool, f func(Entry) error) error {
	modes, flags, states := p.header.numbers(tagFileModes), p.header.numbers(tagFileFlags), p.header.octets(tagFileStates)
	return p.fileNames(want, func(i int, name string) error {
		at := Entry{Path: name, Installed: true}
		if mode, ok := modes.at(i); ok {
			at.Dir = mode&0o170000 == 0o040000
		}
		if flag, ok := flags.at(i); ok {
			at.Doc = flag&(attrDoc|attrLicense|attrReadme) != 0
			at.Installed = flag&attrGhost == 0
		}
		if i < len(states) && states[i] != stateNormal {
			at.Installed = false
		}
		return f(at)
	})
}

// maxPath is the maximum length of a path: PATH_MAX of Linux.
const maxPath = 4096

// fileNames calls f with the index and the path of each file in the directories that want
// accepts.
func (p *Package) fileNames(want func(dir string) bool, f func(int, string) error) error {
	dirs, err := p.dirNames(want)
	if err != nil {
		return err
	}
	indexes := p.header.numbers(tagDirIndexes)
	return named(p.header.texts(tagBaseNames), func(i int, base []byte) error {
		dir, ok := indexes.at(i)
		if !ok || int64(dir) >= int64(len(dirs)) || dirs[dir] == "" {
			return nil
		}
		return f(i, path.Join("/", dirs[dir], string(base)))
	})
}

// named calls f with the index of each name and the name.
func named(names iter.Seq[[]byte], f func(int, []byte) error) error {
	i := 0
	for name := range names {
		if len(name) > maxPath {
			return &FormatError{0, fmt.Sprintf("a file's name of %d bytes", len(name))}
		}
		if err := f(i, name); err != nil {
			return err
		}
		i++
	}
	return nil
}

// maxDirs is the maximum number of directories with files of one package.
const maxDirs = 1 << 17

// dirNames returns the directories with files of the package, and "" for those that want
// does not accept.
func (p *Package) dirNames(want func(dir string) bool) ([]string, error) {
	var dirs []string
	err := named(p.header.texts(tagDirNames), func(i int, name []byte) error {
		if i >= maxDirs {
			return &FormatError{0, fmt.Sprintf("files in more than %d directories", maxDirs)}
		}
		dir := "/" + strings.TrimPrefix(string(name), "/")
		if !want(dir) {
			dir = ""
		}
		dirs = append(dirs, dir)
		return nil
	})
	return dirs, err
}

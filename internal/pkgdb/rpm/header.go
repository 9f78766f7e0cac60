package rpm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path"
)

// Tags of a package's header: rpm, include/rpm/rpmtag.h.
const (
	tagName         = 1000
	tagVersion      = 1001
	tagRelease      = 1002
	tagEpoch        = 1003
	tagArch         = 1022
	tagOldFileNames = 1027
	tagFileStates   = 1029
	tagFileModes    = 1030
	tagFileFlags    = 1037
	tagSourceRPM    = 1044
	tagProvideName  = 1047
	tagDirIndexes   = 1116
	tagBaseNames    = 1117
	tagDirNames     = 1118
)

// Types of a tag's data: rpm, include/rpm/rpmtag.h.
const (
	typeInt16       = 3
	typeInt32       = 4
	typeString      = 6
	typeStringArray = 8
	typeI18N        = 9
)

// FormatError says that the database is malformed, and where.
type FormatError struct {
	Offset int64 // in the file, or in the package's header
	What   string
}

func (e *FormatError) Error() string { return fmt.Sprintf("offset %d: %s", e.Offset, e.What) }

// header is a package's header as the database has it, without the magic and
// the lead that a package file begins with: the number of tags, the length of
// the store, an entry of 16 bytes per tag, and the store that they point into
// (rpm, docs/manual/format_v4.md).
type header struct {
	blob  []byte
	store []byte
	tags  map[int32]entry
}

type entry struct{ kind, offset, count int }

// The limits that rpm has itself (lib/header_internal.h).
const (
	maxTags  = 0x0000ffff * 8
	maxStore = 256 << 20
)

func parseHeader(blob []byte) (*header, error) {
	if len(blob) < 8 {
		return nil, &FormatError{0, "header of fewer than 8 bytes"}
	}
	tags, size := int64(binary.BigEndian.Uint32(blob)), int64(binary.BigEndian.Uint32(blob[4:]))
	if tags > maxTags || size > maxStore || 8+16*tags+size > int64(len(blob)) {
		return nil, &FormatError{0, fmt.Sprintf("header of %d tags and %d bytes in %d bytes", tags, size, len(blob))}
	}
	start := 8 + 16*tags
	h := &header{blob: blob, store: blob[start : start+size], tags: make(map[int32]entry, tags)}
	for i := range tags {
		at := blob[8+16*i:]
		e := entry{int(binary.BigEndian.Uint32(at[4:])), int(binary.BigEndian.Uint32(at[8:])), int(binary.BigEndian.Uint32(at[12:]))}
		if e.offset >= 0 && e.offset <= len(h.store) && e.count >= 0 {
			h.tags[int32(binary.BigEndian.Uint32(at))] = e
		}
	}
	return h, nil
}

// text returns a tag's string, "" when there is none.
func (h *header) text(tag int32) string {
	e, ok := h.tags[tag]
	if !ok || e.kind != typeString && e.kind != typeI18N {
		return ""
	}
	s, _, _ := bytes.Cut(h.store[e.offset:], []byte{0})
	return string(s)
}

// texts returns a tag's strings.
func (h *header) texts(tag int32) []string {
	e, ok := h.tags[tag]
	if !ok || e.kind != typeStringArray {
		return nil
	}
	rest := h.store[e.offset:]
	out := make([]string, 0, min(e.count, len(rest)))
	for range e.count {
		s, after, ok := bytes.Cut(rest, []byte{0})
		if !ok {
			break
		}
		out = append(out, string(s))
		rest = after
	}
	return out
}

// numbers returns a tag's numbers.
func (h *header) numbers(tag int32) []uint32 {
	e, ok := h.tags[tag]
	width := map[int]int{typeInt16: 2, typeInt32: 4}[e.kind]
	if !ok || width == 0 || e.count > (len(h.store)-e.offset)/width {
		return nil
	}
	out := make([]uint32, e.count)
	for i := range out {
		if at := h.store[e.offset+i*width:]; width == 2 {
			out[i] = uint32(binary.BigEndian.Uint16(at))
		} else {
			out[i] = binary.BigEndian.Uint32(at)
		}
	}
	return out
}

// octets returns a tag's data where it is one byte each.
func (h *header) octets(tag int32) []byte {
	e, ok := h.tags[tag]
	if !ok || e.count > len(h.store)-e.offset {
		return nil
	}
	return h.store[e.offset : e.offset+e.count]
}

// Package is an installed package.
type Package struct {
	Name, Version, Arch string // Version is [EPOCH:]VERSION-RELEASE
	SourceRPM           string // the source package's file name
	Provides            []string

	header *header
}

func parsePackage(blob []byte) (*Package, error) {
	h, err := parseHeader(blob)
	if err != nil {
		return nil, err
	}
	p := &Package{
		Name: h.text(tagName), Arch: h.text(tagArch), SourceRPM: h.text(tagSourceRPM),
		Version: h.text(tagVersion) + "-" + h.text(tagRelease), Provides: h.texts(tagProvideName), header: h,
	}
	if p.Name == "" {
		return nil, &FormatError{0, "header without a name"}
	}
	if p.SourceRPM == "(none)" {
		p.SourceRPM = ""
	}
	if epoch := h.numbers(tagEpoch); len(epoch) == 1 {
		p.Version = fmt.Sprintf("%d:%s", epoch[0], p.Version)
	}
	return p, nil
}

// File is a file of a package.
type File struct {
	Path string
	Dir  bool
	Doc  bool // marked %doc, %readme or %license by who made the package
	// Installed is false for %ghost files, which the package only lays claim
	// to, and for those that were left out when it was installed.
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

// Files lists what the package has, directories included.
func (p *Package) Files() []File {
	names := p.fileNames()
	modes, flags, states := p.header.numbers(tagFileModes), p.header.numbers(tagFileFlags), p.header.octets(tagFileStates)
	out := make([]File, len(names))
	for i, name := range names {
		f := File{Path: name, Installed: true}
		if i < len(modes) {
			f.Dir = modes[i]&0o170000 == 0o040000
		}
		if i < len(flags) {
			f.Doc = flags[i]&(attrDoc|attrLicense|attrReadme) != 0
			f.Installed = flags[i]&attrGhost == 0
		}
		if i < len(states) && states[i] != stateNormal {
			f.Installed = false
		}
		out[i] = f
	}
	return out
}

// fileNames joins the base names with their directories; packages of rpm 3 and
// older have whole names instead.
func (p *Package) fileNames() []string {
	bases, dirs, indexes := p.header.texts(tagBaseNames), p.header.texts(tagDirNames), p.header.numbers(tagDirIndexes)
	if len(bases) == 0 {
		return p.header.texts(tagOldFileNames)
	}
	out := make([]string, 0, len(bases))
	for i, base := range bases {
		if i >= len(indexes) || int64(indexes[i]) >= int64(len(dirs)) {
			break
		}
		out = append(out, path.Join("/", dirs[indexes[i]], base))
	}
	return out
}

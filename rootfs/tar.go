package rootfs

import (
	"archive/tar"
	"io/fs"
	"time"
)

// xattrRecord begins the names of PAX records that carry extended attributes,
// which is how engines expect file capabilities.
const xattrRecord = "SCHILY.xattr."

// tarHeader returns the header of a settled entry: without user names and device
// numbers, and with stamp as its only time. PAX records occur only for values
// that the ustar header cannot hold.
func tarHeader(e *Entry, stamp time.Time) *tar.Header {
	h := &tar.Header{
		Name:    e.Path[1:],
		Mode:    unixMode(e.Mode),
		Uid:     e.UID,
		Gid:     e.GID,
		ModTime: stamp,
	}
	switch {
	case e.Hardlink != "":
		h.Typeflag, h.Linkname = tar.TypeLink, e.Hardlink[1:]
		return h
	case e.Mode.IsDir():
		h.Typeflag = tar.TypeDir
		h.Name += "/"
	case e.Mode&fs.ModeSymlink != 0:
		h.Typeflag, h.Linkname = tar.TypeSymlink, e.Linkname
	default:
		h.Typeflag, h.Size = tar.TypeReg, e.Size
	}
	for name, value := range e.Xattrs {
		if h.PAXRecords == nil {
			h.PAXRecords = make(map[string]string, len(e.Xattrs))
		}
		h.PAXRecords[xattrRecord+name] = value
	}
	return h
}

// stamp returns the time of every entry, in whole seconds. The default is 1 and not 0,
// as in the store of Nix (libstore/posix-fs-canonicalise.cc, mtimeStore): programs such
// as gzip and nsd take 0 for "no time".
func (o Options) stamp() time.Time {
	if o.Timestamp.IsZero() {
		return time.Unix(1, 0)
	}
	return time.Unix(o.Timestamp.Unix(), 0)
}

const tarBlock = 512

// TarSize returns the exact size of the tar that WriteLayer writes, in bytes before
// compression. It reads no files. Callers that report progress, or that must
// announce the size of a layer before they write it, use it.
func (t *Tree) TarSize(o Options) (int64, error) {
	var size countWriter
	for _, e := range t.Entries() {
		// With a new writer for each header no content has to follow.
		h := tarHeader(e, o.stamp())
		if err := tar.NewWriter(&size).WriteHeader(h); err != nil {
			return 0, entryError(e, err)
		}
		size += countWriter((h.Size + tarBlock - 1) / tarBlock * tarBlock)
	}
	return int64(size) + 2*tarBlock, nil
}

type countWriter int64

func (c *countWriter) Write(p []byte) (int, error) {
	*c += countWriter(len(p))
	return len(p), nil
}

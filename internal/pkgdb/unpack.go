package pkgdb

import (
	"bufio"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"io"
	"path"

	"github.com/pierrec/lz4/v4"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// unpackers read the forms in which package managers keep their indexes, by
// the ending of the name. Without one the file is plain.
var unpackers = map[string]func(io.Reader) (io.Reader, error){
	".gz":  func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	".bz2": func(r io.Reader) (io.Reader, error) { return bzip2.NewReader(r), nil },
	".lz4": func(r io.Reader) (io.Reader, error) { return lz4.NewReader(r), nil },
}

// withUnpacked calls f with the content of the file name, unpacked.
func withUnpacked(root *sysroot.Root, name string, f func(io.Reader) error) error {
	in, err := root.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	var r io.Reader = bufio.NewReaderSize(in, 1<<16)
	if unpack := unpackers[path.Ext(name)]; unpack != nil {
		if r, err = unpack(r); err != nil {
			return err
		}
	}
	return f(r)
}

// eachLine calls f for every line, without its end. Lines longer than the
// buffer, which no index has, are passed over.
func eachLine(r io.Reader, f func(line []byte)) error {
	b := bufio.NewReaderSize(r, 1<<16)
	for {
		line, err := b.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = b.ReadSlice('\n')
			}
		case len(line) > 0 && line[len(line)-1] == '\n':
			f(line[:len(line)-1])
		case len(line) > 0:
			f(line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

package image

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// dirSink writes files into a directory and can take back what it added.
type dirSink struct {
	dir   string
	shown string   // what to call dir, which may be a temporary one
	added []string // paths that were not there before
}

func (s *dirSink) mkdir(name string) error {
	p := filepath.Join(s.dir, filepath.FromSlash(name))
	err := os.Mkdir(p, 0o755)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		s.added = append(s.added, p)
		err = os.Chmod(p, 0o755) // whatever the umask
	}
	return writeError(filepath.Join(s.shown, name), err)
}

// put writes a file that appears complete or not at all. Only the index is
// ever replaced: oci-layout says the same in each layout, and so does a blob,
// which is named after its digest, unless it is damaged.
func (s *dirSink) put(name string, c content) error {
	p := filepath.Join(s.dir, filepath.FromSlash(name))
	fi, err := os.Lstat(p)
	if err == nil && (name == layoutFile || name != indexFile && isBlob(p, name, fi, c.size)) {
		return nil
	}
	isNew := errors.Is(err, fs.ErrNotExist)
	if err := replaceFile(p, filepath.Join(s.shown, name), c); err != nil {
		return err
	}
	if isNew {
		s.added = append(s.added, p)
	}
	return nil
}

// isBlob tells whether the file p, of which fi is known, is the blob that its
// name promises. Its size alone would not tell: after a power cut a file may
// have all its length and hold zeros. Reading it is also cheaper than writing
// it anew: 120 MB took 0.08 s to hash, or 0.35 s on a processor without
// instructions for it, and 0.1 to 0.5 s to copy, by copy_file_range(2) in the
// page cache, with the disk still to follow.
func isBlob(p, name string, fi fs.FileInfo, size int64) bool {
	if !fi.Mode().IsRegular() || fi.Size() != size {
		return false
	}
	f, err := os.Open(p)
	if err != nil {
		return false
	}
	defer f.Close()
	h, _, err := v1.SHA256(f)
	return err == nil && blobName(h) == name
}

// replaceFile writes name beside its place and renames it into it. It does not
// wait for the disk, which would take several times as long as all the rest:
// after a power cut a blob may be short or zeros, which its digest tells every
// reader, and the next writer too. What goes wrong with the file itself is a
// *WriteError about shown.
func replaceFile(name, shown string, c content) error {
	f, err := os.CreateTemp(filepath.Dir(name), tempPattern(name))
	if err != nil {
		return writeError(shown, err)
	}
	err = c.copyTo(f)
	var pe *fs.PathError
	if errors.As(err, &pe) && pe.Path == f.Name() {
		err = writeError(shown, err)
	}
	if err == nil {
		err = writeError(shown, finish(f, name))
	}
	if err != nil {
		f.Close()
		os.Remove(f.Name())
	}
	return err
}

// finish gives a file that is complete its mode and name.
func finish(f *os.File, name string) error {
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

func tempPattern(name string) string { return "." + filepath.Base(name) + "-" }

// rollback removes what was added, files before the directories that hold
// them. What cannot be removed stays; there is an error to report already.
func (s *dirSink) rollback() {
	for _, p := range slices.Backward(s.added) {
		os.Remove(p)
	}
}

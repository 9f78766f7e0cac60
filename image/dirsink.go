package image

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// dirSink writes files into a directory and can take back what it added.
type dirSink struct {
	dir   string
	added []string // paths that were not there before
}

func (s *dirSink) mkdir(name string) error {
	p := filepath.Join(s.dir, filepath.FromSlash(name))
	err := os.Mkdir(p, 0o755)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	s.added = append(s.added, p)
	return os.Chmod(p, 0o755) // whatever the umask
}

// put writes a file that appears complete or not at all. Only the index is
// ever replaced: oci-layout says the same in each layout, and a blob that is
// there in its full size is that blob, for it is named after its digest.
func (s *dirSink) put(name string, c content) error {
	p := filepath.Join(s.dir, filepath.FromSlash(name))
	fi, err := os.Lstat(p)
	if err == nil && (name == layoutFile || name != indexFile && fi.Mode().IsRegular() && fi.Size() == c.size) {
		return nil
	}
	isNew := errors.Is(err, fs.ErrNotExist)
	if err := replaceFile(p, c); err != nil {
		return finalName(err, p, name)
	}
	if isNew {
		s.added = append(s.added, p)
	}
	return nil
}

// replaceFile writes name beside its place and renames it into it. It does not
// wait for the disk, which would take several times as long as all the rest:
// after a power cut a blob may be short, which its size or digest tells every
// reader, and the next writer too.
func replaceFile(name string, c content) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), tempPattern(name))
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := c.copyTo(f); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

func tempPattern(name string) string { return "." + filepath.Base(name) + "-" }

// finalName returns err about the temporary file of p as one about name: the
// other is gone when anyone reads of it.
func finalName(err error, p, name string) error {
	var pe *fs.PathError
	temp := strings.TrimSuffix(p, filepath.Base(p)) + tempPattern(p)
	if errors.As(err, &pe) && strings.HasPrefix(pe.Path, temp) {
		return &fs.PathError{Op: pe.Op, Path: name, Err: pe.Err}
	}
	return err
}

// rollback removes what was added, files before the directories that hold
// them. What cannot be removed stays; there is an error to report already.
func (s *dirSink) rollback() {
	for _, p := range slices.Backward(s.added) {
		os.Remove(p)
	}
}

package pending

import (
	"io"
	"io/fs"
	"os"
)

// File is a file under way.
type File struct {
	dir    *Dir
	file   *os.File // its lock lasts until it is closed
	hidden string   // its name in dir, "" as long as it has none
}

// Create starts a file in dir. base is what it is going to be called, of which
// a hidden name is made where there has to be one. The umask applies to perm.
func Create(dir *Dir, base string, perm fs.FileMode) (*File, error) {
	if f, err := dir.createNameless(base, perm); err == nil {
		_ = tryLock(f) // nobody else can have it; see claim
		return &File{dir: dir, file: f}, nil
	}
	f, name, err := dir.createHidden(base, perm)
	if err != nil {
		return nil, err
	}
	return &File{dir: dir, file: f, hidden: name}, nil
}

// Scratch returns a file in the directory path, "" being os.TempDir, that is
// gone when its process ends.
func Scratch(path, base string) (*File, error) {
	if path == "" {
		path = os.TempDir()
	}
	dir, err := OpenDir(path)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	f, err := Create(dir, base, 0o600)
	if err != nil {
		return nil, err
	}
	if f.hidden == "" {
		return f, nil
	}
	dir.RemoveStale(base) // of those that were killed at this very place
	err = dir.names.Remove(dir.in(f.hidden))
	f.hidden = ""
	if err != nil {
		f.Abandon()
		return nil, err
	}
	return f, nil
}

// Name returns what errors of writing call the file. It is no name to open.
func (f *File) Name() string { return f.file.Name() }

// Write is os.File's.
func (f *File) Write(p []byte) (int, error) { return f.file.Write(p) }

// ReadFrom is os.File's, which lets the kernel copy from another file.
func (f *File) ReadFrom(r io.Reader) (int64, error) { return f.file.ReadFrom(r) }

// Chmod makes perm the permissions of the file, whatever the umask.
func (f *File) Chmod(perm fs.FileMode) error {
	info, err := f.file.Stat()
	if err != nil || info.Mode().Perm() == perm {
		return err
	}
	return f.file.Chmod(perm)
}

// Open returns the first size bytes of what was written, to be read from an
// offset of its own. It needs no name and may be called until Commit or Abandon.
// Where the system can open a file by its descriptor it is an *os.File, which
// the kernel can copy from.
func (f *File) Open(size int64) io.ReadCloser {
	if r, err := reopen(f.file); err == nil {
		return r
	}
	return io.NopCloser(io.NewSectionReader(f.file, 0, size))
}

// Finish ends the writing: it waits until the bytes are on the disk and closes
// the file, because some file systems tell only then what they could not write
// (close(2)). Where there are locks, a copy of the descriptor holds the file's.
func (f *File) Finish() error {
	if err := f.file.Sync(); err != nil {
		return err
	}
	kept, err := closeKept(f.file)
	if kept != nil {
		f.file = kept
	}
	return err
}

// Stage gives the file a hidden name in the directory in, beside base. That may
// be another directory than the one it was created in, of the same file system
// and, if both were opened by DirIn, of the same root.
func (f *File) Stage(in *Dir, base string) error {
	switch {
	case f.hidden == "":
		name, err := newHidden(base, func(name string) error { return in.link(f.file, name) })
		if err != nil {
			return err
		}
		f.hidden = name
	case f.dir != in:
		name := hiddenName(base)
		if err := in.names.Rename(f.dir.in(f.hidden), in.in(name)); err != nil {
			return err
		}
		f.hidden = name
	}
	f.dir = in
	return nil
}

// Commit gives the file its name, in place of the one that has it. It is to
// follow Stage.
func (f *File) Commit(base string) error {
	if err := f.dir.names.Rename(f.dir.in(f.hidden), f.dir.in(base)); err != nil {
		return err
	}
	f.hidden = ""
	f.file.Close() // the lock: the bytes were closed by Finish
	return nil
}

// Abandon removes the file, and does nothing after Commit.
func (f *File) Abandon() {
	if f.hidden != "" {
		_ = f.dir.names.Remove(f.dir.in(f.hidden))
		f.hidden = ""
	}
	f.file.Close()
}

package pending

import (
	"io"
	"io/fs"
	"os"
)

// File is a file that is being written.
type File struct {
	dir    *Dir
	file   *os.File // its lock lasts until it is closed
	hidden string   // its name in dir, "" if it has none
}

// Create creates a file in dir. base is its final name, from which a hidden name is
// made if there has to be one. The umask applies to perm.
func Create(dir *Dir, base string, perm fs.FileMode) (*File, error) {
	if f, err := dir.createNameless(base, perm); err == nil {
		_ = tryLock(f) // no other process can have the lock; see claim
		return &File{dir: dir, file: f}, nil
	}
	f, name, err := dir.createHidden(base, perm)
	if err != nil {
		return nil, err
	}
	return &File{dir: dir, file: f, hidden: name}, nil
}

// Scratch returns a file in the directory path, or os.TempDir if that is "". The
// file is removed when the process ends.
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
	dir.RemoveStale(base) // of processes that were killed before the next line
	err = dir.names.Remove(dir.in(f.hidden))
	f.hidden = ""
	if err != nil {
		f.Abandon()
		return nil, err
	}
	return f, nil
}

// Name returns the name of the file in errors. It cannot be opened by that name.
func (f *File) Name() string { return f.file.Name() }

// Write writes to the file as os.File does.
func (f *File) Write(p []byte) (int, error) { return f.file.Write(p) }

// ReadFrom is that of os.File, by which the kernel copies from another file.
func (f *File) ReadFrom(r io.Reader) (int64, error) { return f.file.ReadFrom(r) }

// Chmod sets the permissions of the file to perm, regardless of the umask.
func (f *File) Chmod(perm fs.FileMode) error {
	info, err := f.file.Stat()
	if err != nil || info.Mode().Perm() == perm {
		return err
	}
	return f.file.Chmod(perm)
}

// Open returns a reader for the first size bytes of the file, with an offset of its
// own. It may be called until Commit or Abandon, before the file has a name, too.
// Where the system can open a file by its descriptor the reader is an *os.File,
// from which the kernel can copy.
func (f *File) Open(size int64) io.ReadCloser {
	if r, err := reopen(f.file); err == nil {
		return r
	}
	return io.NopCloser(io.NewSectionReader(f.file, 0, size))
}

// Finish waits until the content is on the disk and closes the file, since some
// file systems report write errors only then (close(2)). A copy of the descriptor
// keeps the lock.
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

// Stage gives the file a hidden name in the directory in, made from base. in may be
// another directory than the one of Create, in the same file system and, if both
// were opened by DirIn, in the same root.
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

// Commit gives the file its name and replaces a file that has it. Stage comes before.
func (f *File) Commit(base string) error {
	if err := f.dir.names.Rename(f.dir.in(f.hidden), f.dir.in(base)); err != nil {
		return err
	}
	f.hidden = ""
	f.file.Close() // the lock: the bytes were closed by Finish
	return nil
}

// Abandon removes the file. It does nothing after Commit.
func (f *File) Abandon() {
	if f.hidden != "" {
		_ = f.dir.names.Remove(f.dir.in(f.hidden))
		f.hidden = ""
	}
	f.file.Close()
}

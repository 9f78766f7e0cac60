package pending

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"strings"
	"unicode/utf8"
)

const (
	mark = ".mkrootfs-" // identifies hidden names
	// maxBase limits the part of a file's name in the hidden one, in bytes, so
	// that the hidden name stays below 255 (NAME_MAX).
	maxBase = 200
	digits  = 16
	// maxTries limits how many random names are tried.
	maxTries = 100
)

// hiddenPrefix returns the common prefix of the hidden names of base.
func hiddenPrefix(base string) string {
	if len(base) > maxBase {
		end := maxBase
		for end > 0 && !utf8.RuneStart(base[end]) {
			end--
		}
		base = base[:end]
	}
	return "." + base + mark
}

func hiddenName(base string) string {
	return hiddenPrefix(base) + fmt.Sprintf("%0*x", digits, rand.Uint64())
}

// isHidden reports whether name is a hidden name of base.
func isHidden(name, base string) bool {
	return strings.HasPrefix(name, hiddenPrefix(base)) && len(name) == len(hiddenPrefix(base))+digits && IsHidden(name)
}

// IsHidden reports whether name is a hidden name of any file.
func IsHidden(name string) bool {
	at := strings.LastIndex(name, mark)
	return at > 0 && name[0] == '.' && len(name) == at+len(mark)+digits &&
		strings.Trim(name[at+len(mark):], "0123456789abcdef") == ""
}

// newHidden calls try with hidden names of base until one of them is free.
func newHidden(base string, try func(name string) error) (string, error) {
	var err error
	for range maxTries {
		name := hiddenName(base)
		if err = try(name); err == nil {
			return name, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", err
		}
	}
	return "", err
}

// errTaken is the error if RemoveStale of another process locked or removed a new
// file before this process locked it. The caller then tries another name.
var errTaken = fmt.Errorf("taken for a stale file: %w", fs.ErrExist)

// createHidden makes a file with a hidden name and locks it.
func (d *Dir) createHidden(base string, perm fs.FileMode) (f *os.File, name string, err error) {
	name, err = newHidden(base, func(name string) error {
		f, err = d.names.OpenFile(d.in(name), os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
		if err != nil {
			return err
		}
		return d.claim(f, name)
	})
	return f, name, err
}

// claim locks a new file. If that fails, it removes name and closes f. File systems
// without locks are no error: RemoveStale removes nothing there.
func (d *Dir) claim(f *os.File, name string) error {
	if !errors.Is(tryLock(f), errLocked) && d.isFile(f, name) {
		return nil
	}
	if d.isFile(f, name) {
		_ = d.names.Remove(d.in(name))
	}
	f.Close()
	return errTaken
}

// isFile reports whether name is the open file f.
func (d *Dir) isFile(f *os.File, name string) bool {
	there, err := d.lstat(name)
	if err != nil {
		return false
	}
	open, err := f.Stat()
	return err == nil && os.SameFile(there, open)
}

// Mkdir makes an empty directory with a hidden name made from base, and returns
// that name. The directory is locked until hold is closed.
func (d *Dir) Mkdir(base string) (name string, hold *os.File, err error) {
	name, err = newHidden(base, func(name string) error {
		if err := d.names.Mkdir(d.in(name), 0o700); err != nil {
			return err
		}
		hold, err = d.names.OpenFile(d.in(name), openDirectory, 0)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return errTaken
		case err != nil:
			_ = d.names.Remove(d.in(name))
			return err
		}
		return d.claim(hold, name)
	})
	return name, hold, err
}

// Rename gives the hidden directory name the name base. An empty directory of that
// name is replaced.
func (d *Dir) Rename(name, base string) error { return d.names.Rename(d.in(name), d.in(base)) }

// RemoveAll removes the hidden directory name and its contents.
func (d *Dir) RemoveAll(name string) error { return d.names.RemoveAll(d.in(name)) }

// RemoveStale removes the files and directories with hidden names made from base
// whose process no longer exists. Errors are ignored.
func (d *Dir) RemoveStale(base string) { d.EachStale(base, func(string) {}) }

// EachStale is RemoveStale that calls f before it removes a name. The argument is a
// path in the root that was given to DirIn.
func (d *Dir) EachStale(base string, f func(name string)) {
	list, err := d.names.OpenFile(d.prefix, openDirectory, 0)
	if err != nil {
		return
	}
	defer list.Close()
	for {
		batch, err := list.Readdirnames(1 << 10)
		for _, name := range batch {
			if isHidden(name, base) {
				d.removeStale(name, f)
			}
		}
		if err != nil || len(batch) == 0 {
			return
		}
	}
}

// removeStale calls f with name and removes it, unless a process has locked it. It
// opens only files and directories of the same user, since other users may create
// anything under such a name.
func (d *Dir) removeStale(name string, f func(name string)) {
	info, err := d.lstat(name)
	if err != nil || !info.IsDir() && !info.Mode().IsRegular() || !isOwn(info) {
		return
	}
	held, err := d.openStale(name, info)
	if err != nil {
		return
	}
	defer held.Close()
	if tryLock(held) != nil || !d.isFile(held, name) {
		return
	}
	f(d.in(name))
	if info.IsDir() {
		_ = d.names.RemoveAll(d.in(name))
	} else {
		_ = d.names.Remove(d.in(name))
	}
}

// openStale opens name to lock it. On NFS only a file that is open for writing can be
// locked.
func (d *Dir) openStale(name string, info fs.FileInfo) (*os.File, error) {
	if info.IsDir() {
		return d.names.OpenFile(d.in(name), openDirectory, 0)
	}
	f, err := d.names.OpenFile(d.in(name), os.O_RDWR|openSafely, 0)
	if errors.Is(err, fs.ErrPermission) {
		return d.names.OpenFile(d.in(name), os.O_RDONLY|openSafely, 0)
	}
	return f, err
}

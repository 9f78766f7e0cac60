package doctor

import (
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// This file has the methods that read the source.

// walk returns the file that name leads to, nil if there is none.
func (m *maker) walk(name string) *sysroot.Node {
	if m.done() || strings.IndexByte(name, 0) >= 0 { // no file has such a name
		return nil
	}
	if !m.walked[name] {
		m.walked[name] = true
		if len(m.walked) > maxWalked {
			m.fail(fmt.Errorf("%s: more than %d names were looked up", name, maxWalked))
			return nil
		}
	}
	n, err := m.root.Walk(name)
	if err != nil && !sysroot.IsAbsent(err) {
		m.fail(err)
	}
	if err != nil {
		return nil
	}
	return n
}

// regular returns the regular file that name leads to, nil if there is none.
func (m *maker) regular(name string) *sysroot.Node {
	if n := m.walk(name); n != nil && n.Info.Mode().IsRegular() {
		return n
	}
	return nil
}

// directory returns the directory that name leads to, nil if there is none.
func (m *maker) directory(name string) *sysroot.Node {
	if n := m.walk(name); n != nil && n.Info.IsDir() {
		return n
	}
	return nil
}

// list returns the entries of the directory name, nil if there is none.
func (m *maker) list(name string) []fs.DirEntry {
	if m.directory(name) == nil {
		return nil
	}
	list, err := bounded.ReadDir(m.root, name, maxFiles)
	if err != nil {
		m.fail(err)
		return nil
	}
	return list
}

// open opens the regular file that name leads to, and returns its size, too. f is nil if
// there is none.
func (m *maker) open(name string) (f sysroot.File, size int64) {
	n := m.regular(name)
	if n == nil {
		return nil, 0
	}
	f, err := m.root.OpenNode(n)
	if err != nil {
		m.fail(err)
		return nil, 0
	}
	return f, n.Info.Size()
}

// identity returns a key that is the same for all hard links of a file.
func identity(n *sysroot.Node) string {
	if id, _, ok := sysroot.FileID(n.Info); ok {
		return fmt.Sprint(id.Dev, ":", id.Ino)
	}
	return n.Real
}

// text returns the content of a configuration file, "" if there is none.
func (m *maker) text(name string) string {
	tooLarge := fmt.Errorf("together with the files read before it %w", &bounded.SizeError{Limit: maxTexts})
	data := m.read(name, m.textLeft, tooLarge)
	m.textLeft -= int64(len(data))
	return data
}

// accountText returns the content of passwd or group, "" if there is none.
func (m *maker) accountText(name string) string {
	return m.read(name, maxAccounts, &bounded.SizeError{Limit: maxAccounts})
}

// read returns the content of the file name, "" if there is none. tooLarge is the error
// for a file of more than limit bytes.
func (m *maker) read(name string, limit int64, tooLarge error) string {
	f, size := m.open(name)
	if f == nil {
		return ""
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && (size > limit || int64(len(data)) > limit) {
		err = tooLarge
	}
	if err != nil {
		m.fail(fmt.Errorf("%s: %w", name, err))
		return ""
	}
	return string(data)
}

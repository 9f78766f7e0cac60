//go:build linux

package zoo

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// measurement is what is known about the natural command of a row.
type measurement struct {
	row    *row
	works  bool // the first time
	bare   bool // also with --with none
	named  bool // with all flags that the account names
	size   int64
	byHand int64
	account
	needed   []group  // the added groups without which it fails
	useful   []string // the flags of hints without which it fails, if it works with all of them
	needless []group  // the added groups that it works without
}

// negligible is the size in bytes up to which a group is not left out to see whether the
// program needs it. It counts as needless.
const negligible = 4 << 10

// examine packs a row by its natural command. If it works, each group that was added is left
// out; if not, the flags that the account names are added.
func examine(t *testing.T, r *row) measurement {
	dir := r.prepare(t)
	m := measurement{row: r, account: r.account(t, dir), byHand: byHand(t, dir, r)}
	m.needless = m.groups
	w := chrootWorld{}
	works := func(more ...string) bool { return r.try(t.Context(), w, dir, more...) == nil }
	m.first(t, w, dir)
	switch {
	case !m.works:
		m.follow(works)
	case works("--with", "none"):
		m.bare, m.named = true, true
	default:
		m.named = true
		m.leaveOut(works)
	}
	return m
}

// first packs the row and runs the image. Where mkrootfs makes none the program does not work.
func (m *measurement) first(t *testing.T, w chrootWorld, dir string) {
	t.Helper()
	args, err := m.row.words()
	if err != nil {
		t.Fatal(err)
	}
	img, err := w.image(dir, args)
	if err != nil {
		return
	}
	defer img.remove()
	if m.size, err = regularFiles(img.(*chrootImage).root()); err != nil {
		t.Fatal(err)
	}
	m.works = m.row.tryImage(t.Context(), img, dir) == nil
}

// leaveOut packs the row without all groups that are not negligible, and if it fails then,
// without each.
func (m *measurement) leaveOut(works func(more ...string) bool) {
	var names []string
	for _, g := range m.groups {
		if g.size > negligible {
			names = append(names, g.name)
		}
	}
	if len(names) == 0 || works("--without", strings.Join(names, ",")) {
		return
	}
	m.needless = nil
	for _, g := range m.groups {
		if g.size <= negligible || works("--without", g.name) {
			m.needless = append(m.needless, g)
		} else {
			m.needed = append(m.needed, g)
		}
	}
}

// follow packs the row with the flags that the account names, and if it works then,
// without each of them.
func (m *measurement) follow(works func(more ...string) bool) {
	if len(m.flags) == 0 || !works(words(m.flags)...) {
		return
	}
	m.named = true
	for i, flag := range m.flags {
		rest := slices.Concat(m.flags[:i], m.flags[i+1:])
		if len(rest) == 0 || !works(words(rest)...) {
			m.useful = append(m.useful, flag)
		}
	}
}

// words splits flags from their values.
func words(flags []string) (list []string) {
	for _, f := range flags {
		name, value, _ := strings.Cut(f, " ")
		list = append(list, name, value)
	}
	return list
}

// regularFiles returns the number of bytes in the files of a directory.
func regularFiles(dir string) (size int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return size, err
}

// lddPath matches the path of a library or of the loader in the output of ldd.
var lddPath = regexp.MustCompile(`(?m)(/\S+) \(0x`)

// byHand returns the number of bytes of the program and the libraries that ldd names.
func byHand(t *testing.T, dir string, r *row) (size int64) {
	t.Helper()
	args, err := r.words()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, args[0])
	if !strings.Contains(args[0], "/") {
		if program, err = exec.LookPath(args[0]); err != nil {
			return 0
		}
	} else if filepath.IsAbs(args[0]) {
		program = args[0]
	}
	files := []string{program}
	out, _ := exec.Command("ldd", program).Output() // fails for static programs and scripts
	for _, m := range lddPath.FindAllStringSubmatch(string(out), -1) {
		files = append(files, m[1])
	}
	for _, name := range files {
		if info, err := os.Stat(name); err == nil {
			size += info.Size()
		}
	}
	return size
}

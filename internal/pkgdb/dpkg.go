package pkgdb

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// dpkgDir is dpkg's administrative directory: dpkg(1), FILES.
const dpkgDir = "/var/lib/dpkg"

// dpkgDB is a dpkg database: status, with a list per package in info, or
// status.d, where images that were put together without dpkg keep a paragraph
// and a list of checksums for each package.
type dpkgDB struct {
	root   *sysroot.Root
	info   string // the directory of the lists
	ending string // of a list's name
	divert map[string]diversion

	shlibs map[string][]Provider // soname → packages, read when first asked for
}

// dpkgPackage is what a record of dpkg's holds beyond the rest.
type dpkgPackage struct {
	conffiles []string
	// lists are the names, without their ending, that its list may have.
	lists []string
}

// diversion renames a file for every package but one: dpkg-divert(1).
type diversion struct {
	to, by string // by is ":" for the administrator's, which hold for all
}

func openDpkg(root *sysroot.Root) (backend, []*record, error) {
	db := &dpkgDB{root: root, info: dpkgDir + "/info", ending: ".list"}
	text, err := readText(root, dpkgDir+"/status")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	pkgs := parseStatus(text)
	if len(pkgs) == 0 {
		db.info, db.ending = dpkgDir+"/status.d", ".md5sums"
		if pkgs, err = readStatusDir(root, db.info); err != nil {
			return nil, nil, err
		}
	}
	if len(pkgs) == 0 {
		return nil, nil, errEmpty
	}
	markNative(pkgs, "dpkg")
	text, err = readText(root, dpkgDir+"/diversions")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	db.divert = parseDiversions(text)
	return db, pkgs, nil
}

// readText reads a whole file of the tree.
func readText(root *sysroot.Root, name string) (string, error) {
	data, err := fs.ReadFile(root, name)
	if err != nil {
		return "", err
	}
	return string(data), nil
}

// markNative marks the packages of the architecture that the package manager's
// own package has; all of them when it is not installed or fits every one.
func markNative(pkgs []*record, manager string) {
	arch := ""
	for _, p := range pkgs {
		if p.Name == manager {
			arch = p.Arch
		}
	}
	for _, p := range pkgs {
		p.native = arch == "" || p.Arch == arch || p.Arch == "all" || p.Arch == "noarch"
	}
}

// parseStatus reads the installed packages of a status file.
func parseStatus(text string) []*record {
	var out []*record
	for par := range paragraphs(text) {
		if p, state := parseControl(par); p != nil && hasFiles(state) {
			out = append(out, p)
		}
	}
	return out
}

// readStatusDir reads the paragraphs in status.d, one to a file, which has no
// Status field. Lists of checksums stand beside them.
func readStatusDir(root *sysroot.Root, dir string) ([]*record, error) {
	entries, err := root.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []*record
	for _, e := range entries {
		if e.IsDir() || strings.HasSuffix(e.Name(), ".md5sums") {
			continue
		}
		text, err := readText(root, path.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		for par := range paragraphs(text) {
			if p, _ := parseControl(par); p != nil {
				// The file is not always named as the package is.
				p.extra.(*dpkgPackage).lists = []string{e.Name()}
				out = append(out, p)
			}
		}
	}
	return out, nil
}

// hasFiles tells whether a package in that state has files on the system: all
// but those never unpacked, and removed ones whose configuration remains
// (dpkg(1), PACKAGE STATES). The state is the third word of Status.
func hasFiles(status string) bool {
	words := strings.Fields(status)
	return len(words) == 3 && words[2] != "not-installed" && words[2] != "config-files"
}

// parseControl reads one paragraph; nil when it names no package.
func parseControl(par string) (*record, string) {
	p, own, state, coinstalled := &record{}, &dpkgPackage{}, "", false
	for name, value := range fields(par) {
		switch name {
		case "Package":
			p.Name = strings.Clone(value)
		case "Version":
			p.Version = strings.Clone(value)
		case "Architecture":
			p.Arch = strings.Clone(value)
		case "Source":
			// NAME, or NAME (VERSION) where it is another than the package's.
			source, _, _ := strings.Cut(value, " ")
			p.Source = strings.Clone(source)
		case "Status":
			state = value
		case "Multi-Arch":
			coinstalled = value == "same"
		case "Provides":
			p.provides = slices.Collect(relations(strings.Clone(value)))
		case "Conffiles":
			own.conffiles = parseConffiles(strings.Clone(value))
		}
	}
	if p.Name == "" || strings.ContainsAny(p.Name, "/\n") {
		return nil, ""
	}
	if p.Source == "" {
		p.Source = p.Name
	}
	// A package that several architectures may have at once has its own in the
	// list's name (dpkg, lib/dpkg/pkg-files.c); old databases may differ.
	own.lists = []string{p.Name, p.Name + ":" + p.Arch}
	if coinstalled {
		slices.Reverse(own.lists)
	}
	p.extra = own
	return p, state
}

// parseConffiles reads the lines of Conffiles: a path, which may hold blanks,
// a checksum, and flags. Those marked obsolete belong to an earlier version,
// those marked remove-on-upgrade are on their way out.
func parseConffiles(value string) []string {
	var out []string
	for line := range strings.SplitSeq(value, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasSuffix(line, " obsolete") || strings.HasSuffix(line, " remove-on-upgrade") {
			continue
		}
		if i := strings.LastIndexByte(line, ' '); i > 0 && line[0] == '/' && line[i+1:] != "newconffile" {
			out = append(out, path.Clean(line[:i]))
		}
	}
	return out
}

// parseDiversions reads diversions: three lines each, the file's name, where
// the other packages' file of that name is put, and whose the name is.
func parseDiversions(text string) map[string]diversion {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	out := make(map[string]diversion, len(lines)/3)
	for i := 0; i+2 < len(lines); i += 3 {
		if strings.HasPrefix(lines[i], "/") && strings.HasPrefix(lines[i+1], "/") {
			out[lines[i]] = diversion{to: lines[i+1], by: lines[i+2]}
		}
	}
	return out
}

// files implements backend.
func (db *dpkgDB) files(p *record) ([]file, error) {
	own := p.extra.(*dpkgPackage)
	text, err := db.listOf(own)
	if err != nil {
		return nil, fmt.Errorf("list of package %s: %w", p.Name, err)
	}
	var list []file
	if db.ending == ".list" {
		list = parseList(text)
	} else {
		list = parseChecksums(text)
	}
	list = slices.DeleteFunc(list, func(f file) bool { return f.dir })
	for _, c := range own.conffiles {
		if !slices.ContainsFunc(list, func(f file) bool { return f.path == c }) {
			list = append(list, file{path: c})
		}
	}
	for i, f := range list {
		if d, ok := db.divert[f.path]; ok && d.by != p.Name {
			list[i].path = d.to
		}
	}
	return list, nil
}

// listOf reads the first of the package's lists that there is.
func (db *dpkgDB) listOf(own *dpkgPackage) (text string, err error) {
	for _, name := range own.lists {
		text, err = readText(db.root, path.Join(db.info, name+db.ending))
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return text, err
}

// parseList reads a .list file: one path to a line. What another line lies
// below is a directory, though it may be a link to one on the system (/lib);
// empty directories look like files.
func parseList(text string) []file {
	out := make([]file, 0, strings.Count(text, "\n")+1)
	parents, last := map[string]bool{}, ""
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.HasPrefix(line, "/") || line == "/." {
			continue
		}
		out = append(out, file{path: line})
		if dir := line[:strings.LastIndexByte(line, '/')]; dir != last {
			parents[dir], last = true, dir
		}
	}
	for i, f := range out {
		out[i].dir = parents[f.path]
	}
	return out
}

// parseChecksums reads an .md5sums file: a checksum, two blanks, a path from
// the top without its slash.
func parseChecksums(text string) []file {
	var out []file
	for line := range strings.SplitSeq(text, "\n") {
		if _, name, ok := strings.Cut(line, "  "); ok && name != "" {
			out = append(out, file{path: path.Clean("/" + name)})
		}
	}
	return out
}

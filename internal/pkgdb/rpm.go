package pkgdb

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/pkgdb/rpm"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// rpmDirs are the directories that distributions keep the database in:
// rpm's own default, the one that Fedora and SUSE moved to, and that of
// systems that ostree puts together.
var rpmDirs = []string{"/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm"}

// rpmNames are the database's names: SQLite, ndb, Berkeley DB.
var rpmNames = []string{"rpmdb.sqlite", "Packages.db", "Packages"}

// rpmDB is an rpm database.
type rpmDB struct {
	root *sysroot.Root
	pkgs []*record
}

func openRPM(root *sysroot.Root) (backend, []*record, error) {
	for _, dir := range rpmDirs {
		for _, base := range rpmNames {
			pkgs, err := readRPM(root, path.Join(dir, base))
			switch {
			case errors.Is(err, fs.ErrNotExist):
				continue
			case err != nil:
				return nil, nil, err
			case len(pkgs) > 0:
				markNative(pkgs, "rpm")
				return &rpmDB{root, pkgs}, pkgs, nil
			}
		}
	}
	return nil, nil, errEmpty
}

func readRPM(root *sysroot.Root, name string) ([]*record, error) {
	n, err := root.Walk(name)
	if err != nil {
		return nil, err
	}
	f, err := root.OpenNode(n)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	wal, err := fs.ReadFile(root, name+"-wal")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	pkgs, err := rpm.Read(f, n.Info.Size(), wal)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var out []*record
	for _, p := range pkgs {
		if p.Name == "gpg-pubkey" {
			continue // a key that rpm trusts, kept as if it were a package
		}
		out = append(out, &record{
			Package: Package{Name: p.Name, Version: p.Version, Arch: p.Arch, Source: p.SourceRPM}, provides: p.Provides, extra: p,
		})
	}
	return out, nil
}

// files implements backend.
func (db *rpmDB) files(p *record) ([]file, error) {
	files := p.extra.(*rpm.Package).Files()
	list := make([]file, 0, len(files))
	for _, f := range files {
		if !f.Dir {
			list = append(list, file{path: path.Clean(f.Path), doc: f.Doc, absent: !f.Installed})
		}
	}
	return list, nil
}

// sonames implements backend. rpm's own names for sonames are "libz.so.1()(64bit)"
// and, with a version that symbols have, "libz.so.1(ZLIB_1.2)(64bit)".
func (db *rpmDB) sonames(soname string) []Provider {
	var out []Provider
	for _, p := range db.pkgs {
		for _, name := range p.provides {
			if isSoname(name, soname) {
				out = append(out, Provider{Package: p.Name})
				break
			}
		}
	}
	return out
}

func isSoname(provided, soname string) bool {
	rest, ok := strings.CutPrefix(provided, soname)
	return ok && (rest == "" || strings.HasPrefix(rest, "()"))
}

// dnfCaches are where dnf and yum keep the metadata of repositories:
// dnf.conf(5), cachedir.
var dnfCaches = []string{"/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/yum"}

// known implements backend by the primary metadata of the repositories that
// dnf has fetched, where they are packed with gzip.
func (db *rpmDB) known(name string) []Provider {
	var out []Provider
	for _, dir := range dnfCaches {
		_ = fs.WalkDir(db.root, strings.TrimPrefix(dir, "/"), func(at string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasSuffix(at, "primary.xml.gz") {
				return nil //nolint:nilerr // an unreadable cache knows nothing
			}
			_ = withUnpacked(db.root, "/"+at, func(r io.Reader) error {
				scan := primaryScan{soname: name}
				err := eachLine(r, scan.line)
				out = append(out, scan.found...)
				return err
			})
			return nil
		})
	}
	return out
}

// primaryScan finds what provides a soname in a primary.xml as createrepo
// writes it: one element to a line, a package's name before its provides.
type primaryScan struct {
	soname   string
	name     string
	provides bool
	found    []Provider
}

func (s *primaryScan) line(line []byte) {
	text := strings.TrimSpace(string(line))
	switch {
	case strings.HasPrefix(text, "<name>"):
		s.name = strings.TrimSuffix(text[len("<name>"):], "</name>")
	case strings.HasPrefix(text, "<rpm:provides"):
		s.provides = true
	case strings.HasPrefix(text, "</rpm:provides"):
		s.provides = false
	case s.provides && strings.HasPrefix(text, "<rpm:entry name=\""):
		entry, _, _ := strings.Cut(text[len("<rpm:entry name=\""):], "\"")
		if isSoname(entry, s.soname) {
			s.found = append(s.found, Provider{Package: s.name})
		}
	}
}

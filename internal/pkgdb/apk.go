package pkgdb

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// apkInstalled is apk's database; below /usr where /lib is merged into it and
// apk was built so.
var apkInstalled = []string{"/lib/apk/db/installed", "/usr/lib/apk/db/installed"}

// apkIndexes are the directories in which apk keeps the indexes that it has
// downloaded; the first is a link to the administrator's cache (apk-cache(5)).
var apkIndexes = []string{"/etc/apk/cache", "/var/cache/apk", "/var/lib/apk"}

// apkDB is an apk database: paragraphs whose lines begin with a letter and a
// colon (apk-tools, doc/apk-package and src/database.c).
type apkDB struct {
	root *sysroot.Root
	pkgs []*record
}

func openApk(root *sysroot.Root) (backend, []*record, error) {
	for _, name := range apkInstalled {
		text, err := readText(root, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		if pkgs := parseApk(text); len(pkgs) > 0 {
			markNative(pkgs, "apk-tools")
			return &apkDB{root, pkgs}, pkgs, nil
		}
	}
	return nil, nil, errEmpty
}

// parseApk reads the packages of an installed database or an APKINDEX. The
// paragraph itself is kept for its list of files.
func parseApk(text string) []*record {
	var out []*record
	for par := range paragraphs(text) {
		p := &record{extra: par}
		for line := range strings.SplitSeq(par, "\n") {
			if len(line) < 2 || line[1] != ':' {
				continue
			}
			switch value := line[2:]; line[0] {
			case 'P':
				p.Name = value
			case 'V':
				p.Version = value
			case 'A':
				p.Arch = value
			case 'o':
				p.Source = value
			case 'p':
				p.provides = apkNames(value)
			}
		}
		if p.Name == "" {
			continue
		}
		if p.Source == "" {
			p.Source = p.Name
		}
		out = append(out, p)
	}
	return out
}

// apkNames splits a list of names, cutting off versions: "so:libz.so.1=1.3.1".
func apkNames(list string) []string {
	out := strings.Fields(list)
	for i, name := range out {
		if end := strings.IndexAny(name, "=<>~"); end > 0 {
			out[i] = name[:end]
		}
	}
	return out
}

// files implements backend: F begins a directory, R names a file in it.
func (db *apkDB) files(p *record) ([]file, error) {
	var list []file
	dir := "/"
	for line := range strings.SplitSeq(p.extra.(string), "\n") {
		switch {
		case strings.HasPrefix(line, "F:"):
			dir = path.Clean("/" + line[2:])
		case strings.HasPrefix(line, "R:") && len(line) > 2:
			list = append(list, file{path: path.Join(dir, path.Clean("/"+line[2:]))})
		}
	}
	return list, nil
}

// sonames implements backend.
func (db *apkDB) sonames(soname string) []Provider { return apkProviders(db.pkgs, soname) }

// apkProviders finds the packages that provide the soname, or the command, as
// apk's automatic names have it. A library below a directory that is not
// searched is provided under that directory: so:/usr/lib/x:libx.so.1 has no
// use here.
func apkProviders(pkgs []*record, name string) []Provider {
	var out []Provider
	for _, p := range pkgs {
		for _, virtual := range p.provides {
			if virtual == "so:"+name || virtual == "cmd:"+name {
				out = append(out, Provider{Package: p.Name})
				break
			}
		}
	}
	return out
}

// known implements backend by the indexes that apk has downloaded.
func (db *apkDB) known(name string) []Provider {
	var out []Provider
	for _, dir := range apkIndexes {
		entries, err := db.root.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), "APKINDEX.") && strings.HasSuffix(e.Name(), ".tar.gz") {
				text, err := db.readIndex(path.Join(dir, e.Name()))
				if err == nil {
					out = append(out, apkProviders(parseApk(text), name)...)
				}
			}
		}
	}
	return out
}

// maxIndex is more than the largest index of a distribution by far.
const maxIndex = 256 << 20

// readIndex reads the file APKINDEX out of an index: gzip streams one after the
// other, which make one tar archive, its signature first.
func (db *apkDB) readIndex(name string) (string, error) {
	in, err := db.root.Open(name)
	if err != nil {
		return "", err
	}
	defer in.Close()
	z, err := gzip.NewReader(bufio.NewReader(in))
	if err != nil {
		return "", err
	}
	for archive := tar.NewReader(z); ; {
		header, err := archive.Next()
		if err != nil {
			return "", err
		}
		if header.Name == "APKINDEX" {
			data, err := io.ReadAll(io.LimitReader(archive, maxIndex))
			return string(data), err
		}
	}
}

package pkgdb

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// generatedIn are the directories whose files a package may generate for its programs.
// Below /var is the state of this machine.
var generatedIn = []string{"/usr/", "/lib", "/etc/", "/opt/"}

const (
	maxDepth     = 8       // of generated directories
	maxGenerated = 1 << 14 // the maximum number of generated files of a package
)

// generated finds the files that no package has, in directories that only p has.
func (e *extras) generated(ctx context.Context, p *record) error {
	dirs := slices.DeleteFunc(slices.Clone(e.dirs), func(dir string) bool { return !below(dir, generatedIn) })
	owners, err := e.Owners(ctx, dirs...)
	if err != nil {
		return err
	}
	g := &generatedFiles{extras: e, unread: maxOpened}
	for _, dir := range dirs {
		if !slices.Equal(owners[dir], []string{e.nameOf(p)}) {
			continue
		}
		if err := g.below(ctx, dir, maxDepth); err != nil {
			return err
		}
	}
	if owners, err = e.Owners(ctx, g.files...); err != nil {
		return err
	}
	for _, name := range g.files {
		if owners[name] == nil {
			e.add(name)
		}
	}
	return nil
}

// generatedFiles collects files that are not in the package's list.
type generatedFiles struct {
	*extras
	files  []string
	unread int // how many more directories may be read
}

// below adds the files in the directory at the real path dir and, up to depth, in those
// directories in it that the package does not have. Its own ones are searched on their own.
func (g *generatedFiles) below(ctx context.Context, dir string, depth int) error {
	if g.unread--; g.unread < 0 {
		return fmt.Errorf("%s: more than %d directories", dir, maxOpened)
	}
	entries, err := g.in.dir(dir)
	if unknown(g.root, dir+"/x", err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		if g.own[name] {
			continue
		}
		if err := g.entry(ctx, name, entry, depth); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// entry adds the file at name if it is a generated one, or those in the directory at name.
func (g *generatedFiles) entry(ctx context.Context, name string, entry fs.DirEntry, depth int) error {
	if entry.IsDir() {
		if depth == 0 || entry.Name() == "__pycache__" {
			return nil
		}
		return g.below(ctx, name, depth-1)
	}
	isGenerated, err := g.isGenerated(name)
	if err != nil || !isGenerated {
		return err
	}
	if len(g.files) == maxGenerated {
		return fmt.Errorf("%s: more than %d generated files", path.Dir(name), maxGenerated)
	}
	g.files = append(g.files, name)
	return nil
}

// isGenerated reports whether the file at name, which the package's list does not have, is a
// regular file that everybody may read, or a symlink to a file of the package. Backups of
// configuration files that dpkg, ucf and rpm leave are none.
func (g *generatedFiles) isGenerated(name string) (bool, error) {
	info, err := g.lstat(name)
	switch {
	case err != nil || info == nil || isBackup(name):
		return false, err
	case info.Mode().IsRegular():
		return info.Mode()&0o004 != 0, nil
	case info.Mode()&fs.ModeSymlink == 0:
		return false, nil
	}
	n, err := g.root.Walk(name)
	if sysroot.IsAbsent(err) || unknown(g.root, name, err) {
		return false, nil
	}
	return err == nil && g.own[n.Real], err
}

// backupSuffixes are those of the files that package managers and editors leave beside a
// configuration file: dpkg(1), ucf(1), rpm(8), apk-upgrade(8).
var backupSuffixes = []string{
	".dpkg-old", ".dpkg-new", ".dpkg-dist", ".dpkg-tmp", ".dpkg-bak", ".dpkg-remove",
	".ucf-old", ".ucf-new", ".ucf-dist", ".rpmsave", ".rpmorig", ".rpmnew", ".apk-new", "~",
}

func isBackup(name string) bool {
	return slices.ContainsFunc(backupSuffixes, func(s string) bool { return strings.HasSuffix(name, s) })
}

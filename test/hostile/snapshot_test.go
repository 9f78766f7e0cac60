//go:build linux

package hostile

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// below is the part of a snapshot that belongs to name.
func below(files map[string]string, name string) map[string]string {
	part := map[string]string{}
	for at, what := range files {
		if at == name || strings.HasPrefix(at, name+"/") {
			part[at] = what
		}
	}
	return part
}

func differences(now, old, fresh map[string]string) string {
	var list []string
	for name, what := range now {
		if what != old[name] && what != fresh[name] {
			list = append(list, name+" is of neither")
		}
	}
	for name, what := range old {
		if now[name] != what && fresh[name] != now[name] {
			list = append(list, name+" is not the old one")
		}
	}
	if len(list) == 0 {
		list = append(list, fmt.Sprintf("a mixture: now %v, old %v, new %v", slices.Sorted(maps.Keys(now)), slices.Sorted(maps.Keys(old)), slices.Sorted(maps.Keys(fresh))))
	}
	return strings.Join(list, ", ")
}

// snapshot describes every file below dir, by its path.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		files[name[len(dir)+1:]], err = described(name, d)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func described(name string, d fs.DirEntry) (string, error) {
	info, err := d.Info()
	if err != nil || !info.Mode().IsRegular() {
		return fmt.Sprint(d.Type()), err
	}
	b, err := os.ReadFile(name)
	return fmt.Sprintf("%v %d %x", info.Mode(), len(b), sha256.Sum256(b)), err
}

// copyTree copies directories and regular files, with their modes.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		at := to + name[len(from):]
		if err != nil || d.IsDir() {
			return joined(err, os.MkdirAll(at, 0o755))
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		b, err := os.ReadFile(name)
		return joined(err, os.WriteFile(at, b, info.Mode().Perm()), os.Chmod(at, info.Mode().Perm()))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func joined(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

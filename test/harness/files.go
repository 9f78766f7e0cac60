package harness

import (
	"os"
	"path/filepath"
	"testing"
)

// Mkdir makes directories and their parents.
func Mkdir(t testing.TB, dirs ...string) {
	t.Helper()
	for _, d := range dirs {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// Write writes a file with exactly that mode, and makes its parents.
func Write(t testing.TB, name string, content []byte, mode os.FileMode) {
	t.Helper()
	Mkdir(t, filepath.Dir(name))
	if err := os.WriteFile(name, content, mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

// Link makes a symlink with that text at name, and its parents.
func Link(t testing.TB, text, name string) {
	t.Helper()
	Mkdir(t, filepath.Dir(name))
	if err := os.Symlink(text, name); err != nil {
		t.Fatal(err)
	}
}

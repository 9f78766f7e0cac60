package pending

import (
	"os"
	"path/filepath"
	"testing"
)

// The result is the name that open(2) for writing would create.
func TestTarget(t *testing.T) {
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(top)
	for _, dir := range []string{"near", "far/deep", "far/out"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"near/dir":      "../far/deep",
		"far/deep/up":   "../out/file",
		"far/deep/two":  "up",
		"far/deep/mid":  "../../near/dir/../out/file", // ".." of what near/dir leads to
		"far/deep/abs":  filepath.Join(top, "far/out/file"),
		"far/deep/lost": "none/file",
		"far/deep/a":    "b",
		"far/deep/b":    "a",
	} {
		if err := os.Symlink(text, name); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"near/dir/up":          "far/out/file",
		"near/dir/two":         "far/out/file",
		"near/dir/mid":         "far/out/file",
		"near/dir/abs":         "far/out/file",
		"near/dir/lost":        "far/deep/none/file",
		"far/deep/up":          "far/out/file",
		"near/dir/new":         "near/dir/new", // not a symlink
		"near/dir/../out/file": "near/dir/../out/file",
	} {
		got := Target(name)
		if filepath.IsAbs(got) {
			got, err = filepath.Rel(top, got)
			if err != nil {
				t.Fatal(err)
			}
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if got := filepath.Base(Target("far/deep/a")); got != "a" && got != "b" {
		t.Errorf("a cycle: %s", got)
	}
	// If the directory exists, writing to the name makes a file at the result.
	for _, name := range []string{"near/dir/up", "near/dir/mid", "near/dir/abs", "near/dir/new"} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(Target(name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_ = os.Remove(Target(name))
	}
}

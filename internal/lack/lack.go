// Package lack skips tests that lack something of the machine: a program, a
// right, a device. With MKROOTFS_E2E=1, as in CI, they fail instead, so that
// nothing is left out unseen. It is for tests alone; start with Skip.
package lack

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Insists tells whether everything must be here.
func Insists() bool { return os.Getenv("MKROOTFS_E2E") == "1" }

// Skip skips the test because of what is not as it has to be, or fails it where
// everything must be here.
func Skip(t testing.TB, format string, args ...any) {
	t.Helper()
	what := fmt.Sprintf(format, args...)
	if Insists() {
		t.Fatalf("%s, and MKROOTFS_E2E=1 insists", what)
	}
	t.Skip(what)
}

// UnlessAsked skips a test that takes long or needs much, unless MKROOTFS_E2E=1
// asks for it.
func UnlessAsked(t testing.TB) {
	t.Helper()
	if !Insists() {
		t.Skip("MKROOTFS_E2E=1 asks for it")
	}
}

// Tool returns the path of a program, which may be an administrator's.
func Tool(t testing.TB, program string) string {
	t.Helper()
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/sbin") {
		p := filepath.Join(dir, program)
		if info, err := os.Stat(p); err == nil && !info.IsDir() && info.Mode()&0o111 != 0 {
			return p
		}
	}
	Skip(t, "%s: not here", program)
	return ""
}

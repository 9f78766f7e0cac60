// Package testenv skips tests that need something the machine does not have: a program, a
// permission, a device. With MKROOTFS_E2E=1, as in CI, such tests fail. The package is for
// tests only; start with Skip.
package testenv

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// IsStrict reports whether tests fail for what the machine does not have.
func IsStrict() bool { return os.Getenv("MKROOTFS_E2E") == "1" }

// Skip skips the test with a message that names what is not available. It fails the test
// if IsStrict reports true.
func Skip(t testing.TB, format string, args ...any) {
	t.Helper()
	what := fmt.Sprintf(format, args...)
	if IsStrict() {
		t.Fatalf("%s, and MKROOTFS_E2E=1 insists", what)
	}
	t.Skip(what)
}

// SkipSlow skips a test that takes long or needs much, unless MKROOTFS_E2E=1
// asks for it.
func SkipSlow(t testing.TB) {
	t.Helper()
	if !IsStrict() {
		t.Skip("MKROOTFS_E2E=1 asks for it")
	}
}

// Tool returns the path of a program in PATH, /usr/sbin or /sbin. It calls Skip if there is
// none.
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

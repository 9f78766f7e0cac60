package rootfs

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

// The package links no network and nothing but the standard library, this module,
// the deflate library, and golang.org/x/sys/unix for system calls that package os
// does not have.
func TestImports(t *testing.T) {
	out, err := exec.Command(
		"go",
		"list",
		"-deps",
		"-f",
		"{{if not .Standard}}module {{end}}{{.ImportPath}}",
		".",
	).Output()
	if err != nil {
		testenv.Skip(t, "go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		pkg := strings.TrimSpace(line)
		switch {
		case pkg == "net" || strings.HasPrefix(pkg, "net/") || strings.HasPrefix(pkg, "os/exec") || strings.HasPrefix(pkg, "crypto/tls"):
			t.Errorf("%s is linked in", pkg)
		case !strings.HasPrefix(pkg, "module "), strings.HasPrefix(pkg, "module github.com/mkrootfs/mkrootfs/"),
			strings.HasPrefix(pkg, "module github.com/klauspost/"), pkg == "module golang.org/x/sys/unix":
		default:
			t.Errorf("%s is linked in", pkg)
		}
	}
}

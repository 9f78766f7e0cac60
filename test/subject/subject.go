// Package subject builds the command that the tests below test/ put to work.
package subject

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Build makes mkrootfs in dir, as a static binary, and returns its path.
func Build(dir string) (string, error) {
	tool := filepath.Join(dir, "mkrootfs")
	build := exec.Command("go", "build", "-trimpath", "-o", tool, "github.com/mkrootfs/mkrootfs/cmd/mkrootfs")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return tool, nil
}

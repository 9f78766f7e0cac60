//go:build linux

package foreign

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

// TestIndependentOfHost checks that the answer for a tree does not depend on this machine:
// it is the same, byte for byte, in a chroot with only the command and the tree.
func TestIndependentOfHost(t *testing.T) {
	testenv.SkipSlow(t)
	for _, name := range []string{"amd64", "armhf"} {
		a := arches[slices.IndexFunc(arches, func(a arch) bool { return a.deb == name })]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			top := tree(t, a)
			files := elfFiles(t, top)
			here := command(top, "/", files...)
			here.Dir = "/"
			var with bytes.Buffer
			here.Stdout = &with
			_ = here.Run() // something is missing

			empty := t.TempDir()
			if err := os.Rename(top, empty+"/tree"); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(tool)
			if err != nil {
				t.Fatal(err)
			}
			harness.Write(t, filepath.Join(empty, "mkrootfs"), b, 0o755)
			alone := inside(empty, "/", slices.Concat([]string{"/mkrootfs", "--sysroot", "/tree", "--print", "json"}, files)...)
			var without bytes.Buffer
			alone.Stdout = &without
			_ = alone.Run()
			if with.Len() < 10000 || !bytes.Equal(with.Bytes(), without.Bytes()) {
				t.Errorf("%d bytes with the host, %d without, and they differ", with.Len(), without.Len())
			}
		})
	}
}

//go:build linux

package zoo

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

// anyWorld returns docker if an engine answers, otherwise a chroot. It skips the test if
// neither can be used.
func anyWorld(t *testing.T) world {
	t.Helper()
	if w := newDocker(); w != nil && os.Getenv("MKROOTFS_ZOO_WORLD") != "chroot" {
		return w
	}
	if testenv.IsStrict() && os.Getenv("MKROOTFS_ZOO_WORLD") != "chroot" || os.Getuid() != 0 {
		testenv.Skip(t, "%s: not here", "a docker engine")
	}
	return newChroot(t)
}

// TestZoo packs each program as a new user would and checks that it works in the image.
func TestZoo(t *testing.T) {
	w := anyWorld(t)
	for _, r := range rows() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			if what := r.lacks(); what != "" {
				testenv.Skip(t, "%s: not here", what)
			}
			var with []string
			if r.with != "" {
				with = []string{"--with", r.with}
			}
			if err := r.try(t.Context(), w, r.prepare(t), with...); err != nil {
				t.Error(err)
			}
		})
	}
}

// rows returns all programs.
func rows() []row {
	return slices.Concat(servers, interpreters, clients, tools)
}

// TestPackages checks that packages.txt, the list for preparing a machine, names the
// packages of all rows.
func TestPackages(t *testing.T) {
	var want []string
	names := map[string]bool{}
	for _, r := range rows() {
		want = append(want, strings.Fields(r.packages)...)
		if names[r.name] {
			t.Errorf("two rows are called %s", r.name)
		}
		names[r.name] = true
	}
	slices.Sort(want)
	text := strings.Join(slices.Compact(want), "\n") + "\n"
	have, err := os.ReadFile("packages.txt")
	if err != nil || string(have) != text {
		if os.Getenv("MKROOTFS_UPDATE") == "1" {
			err = os.WriteFile("packages.txt", []byte(text), 0o644)
		}
		t.Errorf("packages.txt is not the rows' list; MKROOTFS_UPDATE=1 writes it (%v)", err)
	}
}

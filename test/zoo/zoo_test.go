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

// TestZoo packs each program by its natural command and checks that it works in the image.
// A row with a reason must fail, and must work with the arguments that it adds.
func TestZoo(t *testing.T) {
	w := anyWorld(t)
	for _, r := range chosenRows() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			if what := r.lacks(); what != "" {
				testenv.Skip(t, "%s: not here", what)
			}
			if err := r.check(t.Context(), w, r.prepare(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// allVariable makes the tests pack all programs, also those that only "make zoo" installs.
const allVariable = "MKROOTFS_ZOO_ALL"

// chosenRows returns the programs that this run of the tests packs.
func chosenRows() []row {
	if os.Getenv(allVariable) == "1" {
		return allRows()
	}
	return rows()
}

// rows returns the programs that every run of the tests packs.
func rows() []row {
	return slices.Concat(servers, interpreters, clients, tools)
}

// allRows returns all programs, also those that only "make zoo" installs and packs.
func allRows() []row {
	return slices.Concat(rows(), daemons, languages, documents, utilities)
}

// TestPackages checks that packages.txt and more-packages.txt, the lists for preparing a
// machine, name the packages of all rows. The second is for "make zoo" only.
func TestPackages(t *testing.T) {
	names := map[string]bool{}
	for _, r := range allRows() {
		if names[r.name] {
			t.Errorf("two rows are called %s", r.name)
		}
		names[r.name] = true
	}
	first := packages(rows())
	more := slices.DeleteFunc(packages(allRows()), func(p string) bool { return slices.Contains(first, p) })
	comparePackages(t, "packages.txt", first)
	comparePackages(t, "more-packages.txt", more)
}

// packages returns the packages of rows, sorted.
func packages(list []row) (names []string) {
	for _, r := range list {
		names = append(names, strings.Fields(r.packages)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// comparePackages compares a list with its file, and writes the file with MKROOTFS_UPDATE=1.
func comparePackages(t *testing.T, file string, names []string) {
	t.Helper()
	text := strings.Join(names, "\n") + "\n"
	have, err := os.ReadFile(file)
	if err == nil && string(have) == text {
		return
	}
	if os.Getenv("MKROOTFS_UPDATE") == "1" {
		err = os.WriteFile(file, []byte(text), 0o644)
	}
	t.Errorf("%s is not the rows' list; MKROOTFS_UPDATE=1 writes it (%v)", file, err)
}

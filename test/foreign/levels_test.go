//go:build linux

package foreign

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

// processors are qemu's names of processors whose loaders differ in the
// capability subdirectories that they look into, with those subdirectories.
var processors = map[string]struct{ cpus, subdirs []string }{
	"amd64":   {[]string{"qemu64", "Nehalem", "Haswell", "max"}, []string{"glibc-hwcaps/x86-64-v2", "glibc-hwcaps/x86-64-v3", "tls", "x86_64", "haswell/x86_64"}},
	"ppc64el": {[]string{"power8", "power9", "power10"}, []string{"glibc-hwcaps/power9", "glibc-hwcaps/power10", "power9", "altivec"}},
	"s390x":   {[]string{"z900", "z13", "max"}, []string{"glibc-hwcaps/z13", "glibc-hwcaps/z14", "z13", "tls/zarch"}},
	"i386":    {[]string{"486", "pentium3", "max"}, []string{"i686", "i586", "i686/sse2", "tls/i686/sse2", "sse2"}},
	"arm64":   {[]string{"cortex-a57", "max"}, []string{"atomics", "aarch64", "tls/aarch64/atomics"}},
	"armhf":   {[]string{"cortex-a15", "max"}, []string{"v7l", "neon", "v7l/neon/vfp", "tls/v8l"}},
}

// TestLevels checks that the answer, which is for any processor, contains what the loader
// takes on each processor.
func TestLevels(t *testing.T) {
	testenv.SkipSlow(t)
	for _, a := range arches {
		on, ok := processors[a.deb]
		if !ok {
			continue
		}
		t.Run(a.deb, func(t *testing.T) {
			t.Parallel()
			base := filepath.Join(t.TempDir(), "base")
			unpack(t, base, fetch(t, a, []string{"libc-bin"}), a.merged)
			install(t, a, base)
			a.native = false
			asked, traced, taken := 0, map[string]bool{}, 0
			for seed := range worldsPerArch / 2 {
				w := &world{arch: a, Rand: rand.New(rand.NewPCG(uint64(seed), 2)), t: t, subdirs: on.subdirs}
				w.top = filepath.Join(t.TempDir(), strconv.Itoa(seed))
				w.build(base)
				clear(traced)
				for _, cpu := range on.cpus {
					want, got, stderr := w.ask("-cpu", cpu)
					if want.fatal != "" || len(want.missing) > 0 {
						continue
					}
					asked++
					for _, l := range want.loaded {
						traced[l[1]] = true
						if !slices.ContainsFunc(got.loaded, func(g [2]string) bool { return g[1] == l[1] }) {
							t.Errorf("world %d in %s: %s loads %q, which is not in\n%s\n%q\n%s", seed, w.dir, cpu, l, lines(got.loaded), w.notes, stderr)
						}
					}
				}
				taken += len(traced)
				if err := os.RemoveAll(w.top); err != nil {
					t.Fatal(err)
				}
			}
			t.Logf("%d answers of %d processors, %d paths taken, all in the command's answer", asked, len(on.cpus), taken)
		})
	}
}

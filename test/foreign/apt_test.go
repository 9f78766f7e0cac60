//go:build linux

package foreign

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// mirror returns the Debian mirror of this machine's apt configuration.
var mirror = sync.OnceValue(func() string {
	const origin = "http://deb.debian.org/debian/"
	out, err := exec.Command("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages").Output()
	if err != nil {
		return origin
	}
	for uri := range strings.FieldsSeq(string(out)) {
		if strings.HasSuffix(uri, "/debian/") {
			return uri
		}
	}
	return origin
})

// fetch downloads packages of an architecture with their dependencies and returns the
// files. apt runs with its own configuration and state, in which nothing is installed and
// no other architecture is configured.
func fetch(t *testing.T, a arch, packages []string) []string {
	t.Helper()
	testenv.Tool(t, "apt-get")
	if _, err := os.Stat(keyring); err != nil {
		t.Fatalf("%v, and MKROOTFS_E2E=1 insists", err)
	}
	dir := filepath.Join(store, "apt", a.deb)
	archives := filepath.Join(dir, strings.Join(packages, "-"))
	config := filepath.Join(dir, "apt.conf")
	apt := func(args ...string) {
		cmd := exec.Command("apt-get", append([]string{"-q", "-o", "Dir::Cache::archives=" + archives}, args...)...)
		cmd.Env = append(os.Environ(), "APT_CONFIG="+config, "LC_ALL=C")
		run(t, cmd)
	}
	if updated := filepath.Join(dir, "updated"); absent(updated) {
		aptConfig(t, a, dir, config)
		apt("update")
		harness.Write(t, updated, nil, 0o644)
	}
	if done := filepath.Join(archives, "done"); absent(done) {
		harness.Mkdir(t, filepath.Join(archives, "partial"))
		apt(append([]string{"install", "--download-only", "--yes", "--no-install-recommends"}, packages...)...)
		harness.Write(t, done, nil, 0o644)
	}
	debs := filepath.Join(archives, "*.deb")
	files, err := filepath.Glob(debs)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d packages, %v", a.deb, len(files), err)
	}
	return files
}

func absent(name string) bool {
	_, err := os.Stat(name)
	return err != nil
}

// aptConfig writes apt's configuration and what it needs in dir.
func aptConfig(t *testing.T, a arch, dir, config string) {
	t.Helper()
	for _, d := range []string{"state/lists/partial", "cache/archives/partial", "parts", "dpkg"} {
		harness.Mkdir(t, filepath.Join(dir, d))
	}
	harness.Write(t, filepath.Join(dir, "dpkg/status"), nil, 0o644)
	harness.Write(t, filepath.Join(dir, "sources.list"),
		fmt.Appendf(nil, "deb [arch=%s target=Packages signed-by=%s] %s %s main\n", a.deb, keyring, mirror(), a.suite), 0o644)
	harness.Write(t, config, fmt.Appendf(nil, `
Dir::State "%[1]s/state";
Dir::State::status "%[1]s/dpkg/status";
Dir::Cache "%[1]s/cache";
Dir::Etc::sourcelist "%[1]s/sources.list";
Dir::Etc::sourceparts "%[1]s/parts";
APT::Architecture "%[2]s";
APT::Architectures { "%[2]s"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
`, dir, a.deb), 0o644)
}

// unpack makes a tree of packages without running their scripts. With merged, /bin, /lib,
// /lib64 and /sbin are links into /usr, as on an installed Debian; dpkg -x would replace
// them by directories.
func unpack(t *testing.T, tree string, debs []string, merged bool) {
	t.Helper()
	harness.Mkdir(t, tree)
	if merged {
		for _, name := range []string{"bin", "lib", "lib64", "sbin"} {
			harness.Mkdir(t, filepath.Join(tree, "usr", name))
			harness.Link(t, "usr/"+name, filepath.Join(tree, name))
		}
	}
	for _, deb := range debs {
		from := exec.Command(testenv.Tool(t, "dpkg-deb"), "--fsys-tarfile", deb)
		content, err := from.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := from.Start(); err != nil {
			t.Fatal(err)
		}
		to := exec.Command(testenv.Tool(t, "tar"), "-x", "--keep-directory-symlink", "-C", tree)
		to.Stdin = content
		run(t, to)
		if err := from.Wait(); err != nil {
			t.Fatalf("%s: %v", deb, err)
		}
	}
}

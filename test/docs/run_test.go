package docs

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

// searchPath leaves out private copies of programs: the documents show Debian's.
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

var tool string

func TestMain(m *testing.M) {
	os.Exit(harness.Main(m, "docs", func(dir string) (err error) {
		tool, err = harness.Build(dir)
		return err
	}))
}

// needs are the words of commands that stand for something that may not be installed: a
// program in PATH or a file.
var needs = map[string][]string{
	"busybox":      {"busybox"},
	"date":         {"date"},
	"docker":       {"docker"},
	"nginx":        {"nginx", "/usr/share/nginx/modules-available/mod-http-echo.conf"},
	"redis-cli":    {"redis-cli"},
	"redis-server": {"redis-server"},
}

// word is what may be a key of needs.
var word = regexp.MustCompile(`[\w.-]+`)

// published is the port of this machine in docker run -p.
var published = regexp.MustCompile(`-p (?:[\d.]+:)?(\d+):\d+`)

// runDocument runs the sessions of one document.
func runDocument(t *testing.T, name string, all []session) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", name))); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	names := renames(all)
	t.Cleanup(func() {
		for _, n := range names {
			if n.container {
				_ = exec.Command("docker", "rm", "-f", "-v", n.own).Run()
			}
		}
	})
	var lost []rename // of sessions that failed or were skipped
	for _, s := range all {
		t.Run(fmt.Sprintf("line%d", s[0].line), func(t *testing.T) {
			defer func() {
				if t.Failed() || t.Skipped() {
					lost = append(lost, renames([]session{s})...)
				}
			}()
			for _, n := range lost {
				if s.mentions(n.documented) {
					t.Skipf("the session that makes %s failed or was skipped", n.documented)
				}
			}
			s.require(t)
			for _, c := range s {
				c.run(t, dir, names)
			}
		})
	}
}

func (s session) mentions(name string) bool {
	return slices.ContainsFunc(s, func(c command) bool { return strings.Contains(c.text, name) })
}

// require skips the test when the session uses something that is not available.
func (s session) require(t *testing.T) {
	t.Helper()
	for _, c := range s {
		for _, w := range word.FindAllString(c.text, -1) {
			for _, need := range needs[w] {
				if !strings.HasPrefix(need, "/") {
					testenv.Tool(t, need)
				} else if _, err := os.Stat(need); err != nil {
					testenv.Skip(t, "%v", err)
				}
			}
		}
		if strings.HasPrefix(c.text, "docker ") && exec.Command("docker", "version").Run() != nil {
			testenv.Skip(t, "a docker engine: not here")
		}
		for _, port := range published.FindAllStringSubmatch(c.text, -1) {
			l, err := net.Listen("tcp", "127.0.0.1:"+port[1])
			if err != nil {
				testenv.Skip(t, "port %s: %v", port[1], err)
			}
			_ = l.Close()
		}
	}
}

// run runs a command and compares its output.
func (c command) run(t *testing.T, dir string, names []rename) {
	t.Helper()
	tries := 1
	if strings.HasPrefix(c.text, "redis-cli") {
		tries = 50
	}
	fails := slices.ContainsFunc(c.output, func(line string) bool { return strings.HasPrefix(line, "mkrootfs: error:") })
	for try := range tries {
		cmd := exec.CommandContext(t.Context(), "bash", "-c", toOwn(names, c.text))
		cmd.Dir = dir
		cmd.Env = []string{
			"PATH=" + filepath.Dir(tool) + ":" + searchPath, "HOME=" + dir, "TMPDIR=" + os.TempDir(), "LC_ALL=C.UTF-8",
			"DOCKER_HOST=" + os.Getenv("DOCKER_HOST"),
		}
		out, err := cmd.CombinedOutput()
		why := compare(strings.Split(toDocumented(names, string(out)), "\n"), c.output)
		switch {
		case why == "" && (err != nil) != fails:
			t.Fatalf("line %d: $ %s\nends with %v", c.line, c.text, err)
		case why == "":
			return
		case try == tries-1:
			t.Fatalf("line %d: $ %s\n%s\nall of it:\n%s", c.line, c.text, why, out)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// rename is a name in a document and the one that is used in its place.
type rename struct {
	documented, own string
	container       bool
}

var (
	imageName     = regexp.MustCompile(`\bmkrootfs .*-t (\S+:\S+)`)
	containerName = regexp.MustCompile(`\bdocker run .*--name (\S+)`)
)

// renames returns a name of this test's own for each image and container that the sessions
// make.
func renames(all []session) []rename {
	var out []rename
	for _, s := range all {
		for _, c := range s {
			if m := imageName.FindStringSubmatch(c.text); m != nil {
				tag := strings.ReplaceAll(m[1], ":", "-")
				own := harness.Image("docs", tag)
				out = append(out, rename{documented: m[1], own: own}, rename{documented: tag + ".tar", own: "docs-" + tag + ".tar"})
			}
			if m := containerName.FindStringSubmatch(c.text); m != nil {
				own := strings.NewReplacer("/", "-", ":", "-").Replace(harness.Image("docs", m[1]))
				out = append(out, rename{documented: m[1], own: own, container: true})
			}
		}
	}
	return out
}

func toOwn(names []rename, s string) string {
	for _, n := range names {
		if n.container {
			s = strings.NewReplacer("--name "+n.documented, "--name "+n.own, "container:"+n.documented, "container:"+n.own).Replace(s)
			continue
		}
		s = strings.ReplaceAll(s, n.documented, n.own)
	}
	return s
}

func toDocumented(names []rename, s string) string {
	for _, n := range names {
		s = strings.ReplaceAll(s, n.own, n.documented)
	}
	return s
}

//go:build linux

package hostile

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mkrootfs/mkrootfs/test/harness"
)

// The marks of everything outside of the sysroot. Nothing inside has these bytes, this mode
// or a capability.
const (
	mark     = "SECRET7f3a91c2"
	markMode = 0o741
)

// swapCase is a file or directory of a sysroot that its owner replaces by a symlink to a
// similar one outside.
type swapCase struct {
	path  string   // what is replaced
	watch []string // where reading is noticed; if empty, path or its directory
	args  []string // what is packed, besides the program
	out   string   // "" a symlink out; "pipe", or "move" for a directory of the owner's outside
}

var swapCases = map[string]swapCase{
	"tree":               {path: "/data/d", args: []string{"--copy", "/data/d:/x"}},
	"tree, own path":     {path: "/data/d", args: []string{"--copy", "/data/d"}},
	"directory in it":    {path: "/data/d/sub", args: []string{"--copy", "/data/d:/x"}},
	"deep parent":        {path: "/data", watch: []string{"/data/d/sub/deep/deeper", "/data/d/sub"}, args: []string{"--copy", "/data/d/sub:/x"}},
	"parent in the tree": {path: "/data/d/sub", watch: []string{"/data/d/sub/deep", "/data/d/sub/many"}, args: []string{"--copy", "/data:/x"}},
	"file":               {path: "/data/d/one", args: []string{"--copy", "/data/d:/x"}},
	"file of its own":    {path: "/data/d/one", args: []string{"--copy", "/data/d/one:/x"}},
	"pipe for a file":    {path: "/data/d/one", args: []string{"--copy", "/data/d:/x"}, out: "pipe"},
	"link":               {path: "/data/d/link", args: []string{"--copy", "/data/d:/x", "--copy", "/data/d/link:/y"}},
	"moved out":          {path: "/data/d/sub", args: []string{"--copy", "/data/d:/x", "--copy", "/data/d/up:/y"}, out: "move"},
	"libraries":          {path: "/usr/lib", args: []string{"--lib", "libz.so.1"}},
	"library":            {path: "/usr/lib/libx.so.1", watch: []string{"/usr/lib", "/usr/bin"}},
	"loader":             {path: "/lib64", watch: []string{"/lib64", "/usr/bin", "/usr/lib"}},
	"program":            {path: "/usr/bin", args: []string{"/usr/bin/script"}},
	"usr":                {path: "/usr", watch: []string{"/usr", "/usr/lib", "/usr/bin", "/usr/share/zoneinfo"}, args: []string{"--with", "tzdata,terminfo,gconv,locale"}},
	"zones":              {path: "/usr/share/zoneinfo", args: []string{"--with", "tzdata"}},
	"etc":                {path: "/etc", args: []string{"--with", "passwd,nss,netbase,ca-certs,pam,openssl", "-u", "app"}},
	"passwd":             {path: "/etc/passwd", watch: []string{"/etc"}, args: []string{"--with", "passwd", "-u", "app"}},
	"conf":               {path: "/etc/app", watch: []string{"/etc", "/etc/app"}, args: []string{"--conf", "/etc/app/app.conf"}},
	"package":            {path: "/data/d", watch: []string{"/data/d", "/var/lib/dpkg/info"}, args: []string{"--package", "app"}},
	"package's database": {path: "/var/lib/dpkg", watch: []string{"/var/lib/dpkg", "/var/lib/dpkg/info"}, args: []string{"--package", "app"}},
}

// TestSwap checks that the owner of a sysroot cannot get anything from outside of it into
// the image or a message.
func TestSwap(t *testing.T) {
	runs, choices := count(t, "MKROOTFS_RUNS", 12, 40), random(t)
	for name, c := range swapCases {
		t.Run(name, func(t *testing.T) {
			dir := place(t)
			root := dir + "/sr"
			swapWorld(t, root)
			args := append([]string{"--sysroot", root, programAt}, c.args...)
			swapRuns(t, swapping{dir: dir, root: root, args: args, swapCase: c}, runs, choices)
		})
	}
}

// TestSwapHere is TestSwap for a tree of another user that is copied without a sysroot.
func TestSwapHere(t *testing.T) {
	runs, choices := count(t, "MKROOTFS_RUNS", 12, 40), random(t)
	for name, arg := range map[string]string{"relative": "sr/data:/x", "absolute": "%s/data:/x"} {
		t.Run(name, func(t *testing.T) {
			dir := place(t)
			root := dir + "/sr"
			swapWorld(t, root)
			if strings.Contains(arg, "%") {
				arg = fmt.Sprintf(arg, root)
			}
			c := swapCase{path: "/data/d/sub"}
			swapRuns(t, swapping{dir: dir, root: root, args: []string{"--with", "none", "/bin/true", "--copy", arg}, swapCase: c}, runs, choices)
		})
	}
}

// swapWorld writes a world with larger directories.
func swapWorld(t *testing.T, root string) {
	t.Helper()
	world(t, root)
	for i := range 40 {
		harness.Write(t, fmt.Sprintf("%s/data/d/sub/many/%03d", root, i), []byte("many\n"), 0o644)
	}
	harness.Link(t, "sub/../one", root+"/data/d/up")
}

// swapping is one case, ready to be run.
type swapping struct {
	swapCase
	dir, root string
	args      []string
}

// swapRuns runs a case several times, each time with another manner.
func swapRuns(t *testing.T, s swapping, runs int, choices *rand.Rand) {
	t.Helper()
	s.unchanged(t)
	others := s.prepare(t)
	ends := map[int]int{}
	exchanged := 0
	for i := range runs {
		outcome, n := s.once(t, others[i%len(others)], mannerOf(i, choices), i)
		ends[outcome.code]++
		exchanged += n
		if t.Failed() {
			t.Fatalf("run %d of %d", i+1, runs)
		}
	}
	t.Logf("exit statuses %v, exchanged %d times", ends, exchanged)
	if exchanged == 0 {
		t.Error("nothing was exchanged in any run: nothing has been tested")
	}
}

// unchanged checks that the case can be packed when nothing is replaced.
func (s swapping) unchanged(t *testing.T) {
	t.Helper()
	if o := (job{dir: s.dir, args: append(append([]string{}, s.args...), "-o", "out.tar.gz")}).run(t); o.code != 0 {
		t.Fatalf("without any exchange: %s", o)
	}
	if err := os.Remove(s.dir + "/out.tar.gz"); err != nil {
		t.Fatal(err)
	}
}

// mannerOf returns the manner of a run.
func mannerOf(i int, choices *rand.Rand) manner {
	switch i % 4 {
	case 0:
		return manner{from: 1 + choices.IntN(12)}
	case 1:
		return manner{from: 1, toggle: true}
	case 2:
		return manner{from: 1 + choices.IntN(30), toggle: true}
	}
	return manner{loop: true, toggle: true}
}

// prepare writes the files outside of the sysroot, and returns the path inside that s.path
// is exchanged with.
func (s swapping) prepare(t *testing.T) []string {
	t.Helper()
	secret := s.dir + "/secret" + path.Dir(s.path)
	marked(t, s.root+path.Dir(s.path), secret)
	if err := os.Chmod(s.dir+"/secret", 0o700); err != nil {
		t.Fatal(err)
	}
	evil := s.root + "/.evil"
	var others []string
	switch s.out {
	case "pipe":
		harness.Mkdir(t, evil)
		if err := unix.Mkfifo(evil+"/pipe", 0o666); err != nil {
			t.Fatal(err)
		}
		others = []string{evil + "/pipe"}
	case "move":
		others = []string{s.dir + "/out/x/" + path.Base(s.path)}
		harness.Mkdir(t, others[0]+"/many")
		harness.Write(t, s.dir+"/out/x/one", []byte(mark), 0o600)
		s.give(t, s.dir+"/out", s.dir+"/out/x", others[0])
	default:
		to := secret + "/" + path.Base(s.path)
		up := strings.Repeat("../", 30)
		harness.Link(t, to, evil+"/absolute")
		harness.Link(t, up[:len(up)-1]+to, evil+"/relative")
		others = []string{evil + "/absolute", evil + "/relative"}
	}
	s.giveAll(t)
	return others
}

// give makes nobody the owner of names if the test runs as root.
func (s swapping) give(t *testing.T, names ...string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	for _, name := range names {
		if err := os.Lchown(name, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
}

// giveAll gives the sysroot to nobody.
func (s swapping) giveAll(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(s.root, func(name string, _ fs.DirEntry, err error) error {
		s.give(t, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// once runs the command while the swapper works, and checks the result.
func (s swapping) once(t *testing.T, other string, m manner, i int) (outcome, int) {
	t.Helper()
	sw := &swapper{a: s.root + s.path, b: other, manner: m, watched: s.watched(t)}
	args := append(append([]string{}, s.args...), "-o", "out.tar.gz", "-o", "type=oci-dir,dest=lay", "-t", "x:1", "-v")
	if i%8 == 7 {
		args = append(append([]string{}, s.args...), "--print", []string{"list", "tree", "json"}[i/8%3])
	}
	sw.start(t)
	o := job{dir: s.dir, args: args}.run(t)
	sw.end(t)
	o.failsClearly(t)
	found := append(leaks(t, s.dir), linesWith(o.out+o.err, mark)...)
	if len(found) > 0 {
		t.Errorf("exit status %d, %+v: %s\n%d things from outside:\n%s", o.code, m, strings.Join(args, " "), len(found), strings.Join(found[:min(4, len(found))], "\n"))
	}
	if o.code != 0 && i%8 != 7 {
		noOutputs(t, s.dir)
	}
	_ = os.Remove(s.dir + "/out.tar.gz")
	_ = os.RemoveAll(s.dir + "/lay")
	return o, sw.exchanged
}

// watched returns the directories whose reading starts the swapper.
func (s swapping) watched(t *testing.T) []string {
	t.Helper()
	var dirs []string
	for _, name := range s.watch {
		dirs = append(dirs, s.root+name)
	}
	switch info, err := os.Lstat(s.root + s.path); {
	case err != nil:
		t.Fatal(err)
	case len(dirs) > 0:
	case info.IsDir():
		dirs = directories(t, s.root+s.path)
	default:
		dirs = []string{s.root + path.Dir(s.path)}
	}
	return dirs
}

// linesWith are the lines of a message or answer that have word.
func linesWith(text, word string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, word) {
			found = append(found, "a message or answer: "+strings.TrimSpace(line))
		}
	}
	return found
}

// noOutputs checks that a run that failed left nothing.
func noOutputs(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{"/out.tar.gz", "/lay"} {
		if _, err := os.Lstat(dir + name); err == nil {
			t.Errorf("the run failed and left %s", name[1:])
		}
	}
}

// marked writes a copy of from to to, with a mark in every file, in a name, a link's text
// and an attribute, readable by its owner only.
func marked(t *testing.T, from, to string) {
	t.Helper()
	harness.Mkdir(t, to)
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		src, dst := from+"/"+e.Name(), to+"/"+e.Name()
		switch {
		case e.Name() == ".evil":
		case e.IsDir():
			marked(t, src, dst)
		case e.Type() == fs.ModeSymlink:
			harness.Link(t, "/"+mark, dst)
		default:
			b, err := os.ReadFile(src)
			if err != nil {
				t.Fatal(err)
			}
			harness.Write(t, dst, markedContent(e.Name(), b), markMode)
			giveCapability(t, dst)
		}
	}
	harness.Write(t, to+"/name-"+mark, []byte(mark), markMode)
	harness.Link(t, mark, to+"/link-"+mark)
	if err := os.Chmod(to, markMode); err != nil {
		t.Fatal(err)
	}
}

// markedContent returns the content of a file with a mark that parses like the original.
func markedContent(name string, b []byte) []byte {
	switch name {
	case "passwd":
		return []byte(strings.ReplaceAll("root:x:0:0:M:/M:/M\napp:x:900:900:M:/M:/M\nM:x:901:901:M:/M:/M\n", "M", mark))
	case "group":
		return []byte(strings.ReplaceAll("root:x:0:M\napp:x:900:M\nM:x:901:\n", "M", mark))
	}
	return append(b, "\n"+mark+"\n"...)
}

// giveCapability gives a file CAP_NET_RAW if the test runs as root.
func giveCapability(t *testing.T, name string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	value := []byte{1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	if err := unix.Setxattr(name, "security.capability", value, 0); err != nil {
		t.Logf("no capabilities here: %v", err)
	}
}

//go:build linux

package hostile

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

// The limits for a single hostile input, in addition to the bytes that are packed.
const (
	boundMemory = 128 << 20
	boundCPU    = 10 * time.Second
)

const (
	terabyte = 1 << 40
	gigabyte = 1 << 30
)

// boundCase makes one file of a world hostile.
type boundCase struct {
	make func(t *testing.T, root string)
	args []string
}

// lacking is a program with a missing library, for which the package databases are
// searched.
const lacking = "/usr/bin/lacking"

func boundCases(t *testing.T) map[string]boundCase {
	t.Helper()
	many, large := 10_000, 64<<20 // in seconds on any machine
	if testenv.IsStrict() {
		many, large = 100_000, gigabyte
	}
	const dpkg, apk, rpm = "/var/lib/dpkg/status", "/lib/apk/db/installed", "/usr/lib/sysimage/rpm/"
	noDpkg := func(t *testing.T, root string) { t.Helper(); replaced(t, root+"/var/lib/dpkg") }
	noDpkgNorApk := both(noDpkg, func(t *testing.T, root string) { t.Helper(); replaced(t, root+"/lib/apk") })
	ask, pack := []string{lacking}, []string{programAt, "--package", "app"}
	cases := map[string]boundCase{
		"dpkg status of 1 TB":              {sparseAt(dpkg, terabyte, ""), ask},
		"dpkg status of 1 TB, --package":   {sparseAt(dpkg, terabyte, "Package: app\n"), pack},
		"dpkg status of 3 GB":              {dotted(dpkg, 3*gigabyte, 1<<20), ask},
		"dpkg status of 60 MB":             {filled(dpkg, "Package: a\nStatus: install ok installed\nProvides: "+strings.Repeat("x, ", 200)+"y\n\n", 60<<20), ask},
		"dpkg status of one line":          {filled(dpkg, strings.Repeat("Package", 4096), 60<<20), pack},
		"dpkg status of 60 MB, --package":  {filled(dpkg, "Package: app\nStatus: install ok installed\n\n", 60<<20), pack},
		"dpkg list of 1 TB":                {sparseAt("/var/lib/dpkg/info/app.list", terabyte, "/usr/bin/prog\n"), pack},
		"dpkg list of 60 MB":               {filled("/var/lib/dpkg/info/app.list", "/usr/bin/prog\n", 60<<20), pack},
		"dpkg's diversions of 1 TB":        {sparseAt("/var/lib/dpkg/diversions", terabyte, ""), pack},
		"dpkg's alternatives of 1 TB":      {sparseAt("/var/lib/dpkg/alternatives/prog", terabyte, ""), pack},
		"Contents bomb":                    {bomb("/var/lib/apt/lists/x_Contents-amd64.gz", "usr/lib/libnot.so.1 libs/notx\n", large), ask},
		"apk installed of 1 TB":            {both(noDpkg, sparseAt(apk, terabyte, "")), ask},
		"apk installed of 1 TB, --package": {both(noDpkg, sparseAt(apk, terabyte, "P:app\n")), pack},
		"apk installed of 60 MB":           {both(noDpkg, filled(apk, "P:a\np:so:liba.so.1 so:libb.so\nF:usr\nR:x\n\n", 60<<20)), ask},
		"APKINDEX bomb":                    {both(noDpkg, bomb("/var/cache/apk/APKINDEX.0123abcd.tar.gz", "P:a\np:so:liba.so.1\n\n", large)), ask},
		"APKINDEX bomb in lib":             {both(noDpkg, bomb("/lib/apk/db/APKINDEX.tar.gz", "\x00", large)), ask},
		"sqlite of 1 TB":                   {both(noDpkgNorApk, sparseAt(rpm+"rpmdb.sqlite", terabyte, sqliteHead())), ask},
		"sqlite's WAL of 1 TB":             {both(noDpkgNorApk, sparseAt(rpm+"rpmdb.sqlite", 4096, sqliteHead()), sparseAt(rpm+"rpmdb.sqlite-wal", terabyte, walHead())), ask},
		"sqlite of 500 MB, --package":      {both(noDpkgNorApk, sparseAt(rpm+"rpmdb.sqlite", 500<<20, string(rpmDatabase(t, "rpmdb.sqlite")))), pack},
		"locale archive, parts of 64 MB":   {sparseAt("/usr/lib/locale/locale-archive", 65<<20, string(archiveOf(1, 64<<20))), locales()},
		"locale archive of 1 TB":           {sparseAt("/usr/lib/locale/locale-archive", terabyte, string(archiveOf(1, 1<<32-1))), locales()},
		"program of 1 TB":                  {sparseAt(programAt, terabyte, string(worldProgram().Bytes())), []string{programAt, "--print", "json"}},
		"library of 1 TB":                  {sparseAt("/usr/lib/liby.so.1", terabyte, string(elftest.File{Soname: "liby.so.1"}.Bytes())), []string{programAt, "--print", "json"}},
		"script of 1 TB":                   {sparseAt("/usr/bin/script", terabyte, "#!"), []string{"/usr/bin/script", "--print", "json"}},
		"PEM file of 1 TB":                 {sparseAt("/etc/ssl/certs/ca-certificates.crt", terabyte, "-----BEGIN"), []string{programAt, "--with", "ca-certs", "--print", "list"}},
		"gconv-modules.cache of 1 TB":      {sparseAt("/usr/lib/gconv/gconv-modules.cache", terabyte, "\x24\x11\x01\x20"), []string{programAt, "--with", "gconv", "--print", "list"}},
		"--conf of 1 TB":                   {sparseAt("/etc/app/app.conf", terabyte, "port 1\n"), []string{programAt, "--conf", "/etc/app/app.conf", "--print", "list"}},
		"links that fork":                  {forkingLinks, []string{programAt, "--copy", "/l:/l", "--copy", "/l/a0:/m"}},
		"chain of links":                   {chainedLinks(many), []string{programAt, "--copy", "/l:/l", "--copy", fmt.Sprintf("/l/%d:/m", many-1)}},
		"links with long texts":            {longLinks(2000), []string{programAt, "--copy", "/l:/l"}},
		"list of --copy of 1 TB":           {sparseAt("/list", terabyte, "/l\n"), []string{programAt, "--copy", "@sr/list"}},
		"directories 2000 deep":            {deepDirectories(2000), []string{programAt, "--copy", "/deep:/deep"}},
		"many files":                       {manyFiles(many), []string{programAt, "--copy", "/many:/many"}},
		"many files, --print list":         {manyFiles(many), []string{programAt, "--copy", "/many:/many", "--print", "list"}},
		"many conf files of ld.so":         {manyNamed(many, "/etc/ld.so.conf.d/%d.conf", "/opt/lib\n"), []string{programAt, "--print", "json"}},
		"many lists of packages":           {manyNamed(many, "/var/lib/dpkg/info/p%d.list", "/x\n"), pack},
		"ld.so.conf that includes itself":  {filled("/etc/ld.so.conf", "include /etc/ld.so.conf\n", 1<<20), []string{programAt, "--print", "json"}},
		"interpreters in a circle":         {circle, []string{"/usr/bin/c0", "--print", "json"}},
		"layout's index of 1 TB":           {nothing, []string{programAt, "-t", "x:1", "-o", "type=oci-dir,dest=lay-huge"}},
		"layout's index is a pipe":         {nothing, []string{programAt, "-t", "x:1", "-o", "type=oci-dir,dest=lay-pipe"}},
		"layout's oci-layout of 1 TB":      {nothing, []string{programAt, "-t", "x:1", "-o", "type=oci-dir,dest=lay-version"}},
	}
	addConfigurations(cases)
	return cases
}

func locales() []string {
	return []string{programAt, "--with", "locale", "-e", "LANG=de_DE.UTF-8"}
}

// addConfigurations adds, for each file that a program's environment is read
// from, one of 1 TB, one that is a pipe and one that is a device.
func addConfigurations(cases map[string]boundCase) {
	for name, args := range map[string][]string{
		"/etc/passwd":                        {"-u", "app"},
		"/etc/group":                         {"-u", "app:app"},
		"/etc/nsswitch.conf":                 {"--with", "nss"},
		"/etc/services":                      {"--with", "netbase"},
		"/etc/os-release":                    {lacking},
		"/etc/ld.so.cache":                   nil,
		"/etc/ld.so.preload":                 nil,
		"/etc/ld.so.conf":                    nil,
		"/etc/pam.d/app":                     {"--with", "pam"},
		"/etc/ssl/openssl.cnf":               {"--with", "openssl"},
		"/usr/lib/gconv/gconv-modules":       {"--with", "gconv"},
		"/usr/share/terminfo/x/xterm":        {"--with", "terminfo"},
		"/usr/lib/locale/locale-archive":     locales()[1:],
		"/var/lib/dpkg/status":               {lacking},
		"/lib/apk/db/installed":              {lacking},
		"/usr/lib/sysimage/rpm/rpmdb.sqlite": {lacking},
		"/var/lib/dpkg/info/app.list":        {"--package", "app"},
		"/usr/lib/libx.so.1":                 nil,
		loaderAt:                             nil,
		"/etc/app/app.conf":                  {"--conf", "/etc/app/app.conf"},
		"/data/d/one":                        {"--copy", "/data/d/one:/x"},
	} {
		args := append([]string{programAt}, args...)
		list := append(append([]string{}, args...), "--print", "list")
		cases[name+" of 1 TB"] = boundCase{sparseAt(name, terabyte, "#\n"), list}
		cases[name+" is a pipe"] = boundCase{fifoAt(name), args}
		cases[name+" is a device"] = boundCase{zeroAt(name), args}
	}
}

func nothing(*testing.T, string) {}

// forkingLinks makes links each of which passes through the next one twice.
func forkingLinks(t *testing.T, root string) {
	t.Helper()
	for i := range 39 {
		harness.Link(t, fmt.Sprintf("a%d/../a%d", i+1, i+1), fmt.Sprintf("%s/l/a%d", root, i))
	}
	harness.Mkdir(t, root+"/l/a39")
}

func chainedLinks(n int) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		harness.Write(t, root+"/l/0", nil, 0o644)
		for i := 1; i < n; i++ {
			if err := os.Symlink(fmt.Sprint(i-1), fmt.Sprintf("%s/l/%d", root, i)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// longLinks makes symlinks whose texts go up and down hundreds of times, each in its own
// directory.
func longLinks(n int) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		for i := range n {
			harness.Mkdir(t, fmt.Sprintf("%s/l/%d/a", root, i))
			harness.Link(t, strings.Repeat("a/../", 815)+"none", fmt.Sprintf("%s/l/%d/l", root, i))
		}
	}
}

// deepDirectories makes directories whose path is longer than PATH_MAX.
func deepDirectories(n int) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		harness.Mkdir(t, root+"/deep")
		dir, err := unix.Open(root+"/deep", unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		for range n {
			if err == nil {
				err = unix.Mkdirat(dir, "directory", 0o755)
			}
			below, openErr := unix.Openat(dir, "directory", unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
			_ = unix.Close(dir)
			if dir = below; err == nil {
				err = openErr
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		_ = unix.Close(dir)
	}
}

func manyFiles(n int) func(*testing.T, string) {
	return manyNamed(n, "/many/%06d", "x")
}

func manyNamed(n int, form, content string) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		harness.Mkdir(t, root+form[:strings.LastIndexByte(form, '/')])
		for i := range n {
			if err := os.WriteFile(root+fmt.Sprintf(form, i), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// circle makes scripts that are each other's interpreters.
func circle(t *testing.T, root string) {
	t.Helper()
	for i := range 2 {
		harness.Write(t, fmt.Sprintf("%s/usr/bin/c%d", root, i), fmt.Appendf(nil, "#!/usr/bin/c%d\n", 1-i), 0o755)
	}
}

// hostileLayouts makes the layouts that the command is asked to write into.
func hostileLayouts(t *testing.T, dir string) {
	t.Helper()
	const version = `{"imageLayoutVersion":"1.0.0"}`
	harness.Write(t, dir+"/lay-huge/oci-layout", []byte(version), 0o644)
	sparse(t, dir+"/lay-huge/index.json", terabyte, []byte(`{"schemaVersion":2,"manifests":[`))
	harness.Write(t, dir+"/lay-pipe/oci-layout", []byte(version), 0o644)
	if err := unix.Mkfifo(dir+"/lay-pipe/index.json", 0o666); err != nil {
		t.Fatal(err)
	}
	harness.Write(t, dir+"/lay-version/index.json", []byte(`{"schemaVersion":2,"manifests":[]}`), 0o644)
	sparse(t, dir+"/lay-version/oci-layout", terabyte, []byte("{"))
}

// TestBounds checks that the command ends within the limits of memory and CPU time for any
// single hostile input, with a message of a few lines.
func TestBounds(t *testing.T) {
	for name, c := range boundCases(t) {
		t.Run(name, func(t *testing.T) {
			dir := place(t)
			world(t, dir+"/sr")
			harness.Write(t, dir+"/sr"+lacking, elftest.File{Interp: loaderAt, Needed: []string{"libnot.so.1"}}.Bytes(), 0o755)
			hostileLayouts(t, dir)
			c.make(t, dir+"/sr")
			args := append([]string{"--sysroot", dir + "/sr"}, c.args...)
			if !strings.Contains(strings.Join(args, " "), "--print") {
				args = append(args, "-o", "out.tar.gz")
			}
			job{dir: dir, args: args}.run(t).inBounds(t)
			_ = os.RemoveAll(dir + "/sr/deep")
		})
	}
}

// inBounds checks the memory and the CPU time of a run.
func (o outcome) inBounds(t *testing.T) {
	t.Helper()
	t.Log(o)
	if o.memory > boundMemory {
		t.Errorf("%d MB of memory, more than %d", o.memory>>20, boundMemory>>20)
	}
	if o.cpu > boundCPU {
		t.Errorf("%v of CPU time, more than %v", o.cpu, boundCPU)
	}
	o.failsClearly(t)
	if n := strings.Count(o.err, "\n"); n > 60 {
		t.Errorf("%d lines of messages", n)
	}
}

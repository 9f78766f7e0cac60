//go:build linux

package hostile

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

// What a single hostile input may cost, beyond the bytes that have to be packed.
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

// lacking is a program of which a library is missing, so that the databases of
// packages are asked who has it.
const lacking = "/usr/bin/lacking"

// sparseAt makes a file that is all holes behind head.
func sparseAt(name string, size int64, head string) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		replaced(t, root+name)
		sparse(t, root+name, size, []byte(head))
	}
}

// fifoAt makes a pipe that nobody writes to.
func fifoAt(name string) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		replaced(t, root+name)
		if err := unix.Mkfifo(root+name, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// zeroAt makes a link to a device of this machine that never ends.
func zeroAt(name string) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		replaced(t, root+name)
		if os.Geteuid() != 0 {
			return
		}
		if err := unix.Mknod(root+name, unix.S_IFCHR|0o666, int(unix.Mkdev(1, 5))); err != nil {
			t.Logf("no devices here: %v", err)
		}
	}
}

// replaced removes a file, and makes the directories above it.
func replaced(t *testing.T, name string) {
	t.Helper()
	mkdir(t, name[:strings.LastIndexByte(name, '/')])
	if err := os.RemoveAll(name); err != nil {
		t.Fatal(err)
	}
}

// filled writes size bytes of text again and again, in large writes.
func filled(name, text string, size int) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		replaced(t, root+name)
		f, err := os.Create(root + name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		block := []byte(strings.Repeat(text, 1+(4<<20)/len(text)))
		for n := 0; n < size; n += len(block) {
			if _, err := f.Write(block); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// dotted writes a file of size bytes with a paragraph at the beginning of each
// of many blocks, and holes between them.
func dotted(name string, size, step int64) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		sparseAt(name, size, "")(t, root)
		f, err := os.OpenFile(root+name, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for at := int64(0); at < size; at += step {
			if _, err := fmt.Fprintf(offset{f, at}, "Package: p%d\nStatus: install ok installed\nVersion: 1\n\n", at); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// offset writes at a place of a file.
type offset struct {
	f  *os.File
	at int64
}

func (o offset) Write(p []byte) (int, error) { return o.f.WriteAt(p, o.at) }

// bomb writes a gzip file that unpacks to size bytes of text.
func bomb(name, text string, size int) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		block := bytes.Repeat([]byte(text), 1+(1<<20)/len(text))
		for n := 0; n < size; n += len(block) {
			if _, err := z.Write(block); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		replaced(t, root+name)
		write(t, root+name, b.Bytes(), 0o644)
	}
}

// berkeley is the head of a Berkeley DB hash file (dbinc/db_page.h), as rpm's
// Packages once was, that claims to have as many pages as a number can say.
func berkeley() string {
	b := make([]byte, 512)
	binary.LittleEndian.PutUint32(b[12:], 0x00061561) // DB_HASHMAGIC
	binary.LittleEndian.PutUint32(b[16:], 9)          // version
	binary.LittleEndian.PutUint32(b[20:], 512)        // page size
	b[25] = 8                                         // P_HASHMETA
	binary.LittleEndian.PutUint32(b[32:], 1<<32-2)    // last page
	binary.LittleEndian.PutUint32(b[72:], 1<<31)      // max bucket
	return string(b)
}

// ndbHead is the head of rpm's Packages.db (rpm, lib/backend/ndb/rpmpkg.c) with
// as many slot pages as a number can say.
func ndbHead() string {
	b := []byte("RpmP")
	for _, v := range []uint32{0, 1, 1<<20 - 1, 5} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return string(b)
}

// sqliteHead is the head of an SQLite database in WAL mode with one empty page.
func sqliteHead() string {
	b := make([]byte, 4096)
	copy(b, "SQLite format 3\x00\x10\x00\x02\x02\x00\x40\x20\x20")
	binary.BigEndian.PutUint32(b[28:], 1)
	b[100] = 13 // an empty leaf
	binary.BigEndian.PutUint16(b[105:], 4096)
	return string(b)
}

// walHead is the head of a write-ahead log and of one frame.
func walHead() string {
	b := make([]byte, 56)
	binary.BigEndian.PutUint32(b, 0x377f0682)
	binary.BigEndian.PutUint32(b[4:], 3007000)
	binary.BigEndian.PutUint32(b[8:], 4096)
	return string(b)
}

// both makes two files.
func both(makers ...func(*testing.T, string)) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		for _, m := range makers {
			m(t, root)
		}
	}
}

func boundCases() map[string]boundCase {
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
		"Contents bomb":                    {bomb("/var/lib/apt/lists/x_Contents-amd64.gz", "usr/lib/libnot.so.1 libs/notx\n", gigabyte), ask},
		"apk installed of 1 TB":            {both(noDpkg, sparseAt(apk, terabyte, "")), ask},
		"apk installed of 1 TB, --package": {both(noDpkg, sparseAt(apk, terabyte, "P:app\n")), pack},
		"apk installed of 60 MB":           {both(noDpkg, filled(apk, "P:a\np:so:liba.so.1 so:libb.so\nF:usr\nR:x\n\n", 60<<20)), ask},
		"APKINDEX bomb":                    {both(noDpkg, bomb("/var/cache/apk/APKINDEX.0123abcd.tar.gz", "P:a\np:so:liba.so.1\n\n", gigabyte)), ask},
		"APKINDEX bomb in lib":             {both(noDpkg, bomb("/lib/apk/db/APKINDEX.tar.gz", "\x00", gigabyte)), ask},
		"ndb of 1 TB":                      {both(noDpkgNorApk, sparseAt(rpm+"Packages.db", terabyte, ndbHead())), ask},
		"ndb of 1 TB, --package":           {both(noDpkgNorApk, sparseAt(rpm+"Packages.db", terabyte, ndbHead())), pack},
		"sqlite of 1 TB":                   {both(noDpkgNorApk, sparseAt(rpm+"rpmdb.sqlite", terabyte, sqliteHead())), ask},
		"sqlite's WAL of 1 TB":             {both(noDpkgNorApk, sparseAt(rpm+"rpmdb.sqlite", 4096, sqliteHead()), sparseAt(rpm+"rpmdb.sqlite-wal", terabyte, walHead())), ask},
		"Berkeley DB of 1 TB":              {both(noDpkgNorApk, sparseAt("/var/lib/rpm/Packages", terabyte, berkeley())), ask},
		"Berkeley DB of 2 TB, --package":   {both(noDpkgNorApk, sparseAt("/var/lib/rpm/Packages", 2*terabyte, berkeley())), pack},
		"locale archive, parts of 64 MB":   {sparseAt("/usr/lib/locale/locale-archive", 65<<20, string(archiveOf(1, 64<<20))), locales()},
		"locale archive of 1 TB":           {sparseAt("/usr/lib/locale/locale-archive", terabyte, string(archiveOf(1, 1<<32-1))), locales()},
		"program of 1 TB":                  {sparseAt(programAt, terabyte, string(worldProgram().Bytes())), []string{programAt, "--print", "json"}},
		"library of 1 TB":                  {sparseAt("/usr/lib/liby.so.1", terabyte, string(elftest.File{Soname: "liby.so.1"}.Bytes())), []string{programAt, "--print", "json"}},
		"script of 1 TB":                   {sparseAt("/usr/bin/script", terabyte, "#!"), []string{"/usr/bin/script", "--print", "json"}},
		"PEM file of 1 TB":                 {sparseAt("/etc/ssl/certs/ca-certificates.crt", terabyte, "-----BEGIN"), []string{programAt, "--with", "ca-certs", "--print", "list"}},
		"gconv-modules.cache of 1 TB":      {sparseAt("/usr/lib/gconv/gconv-modules.cache", terabyte, "\x24\x11\x01\x20"), []string{programAt, "--with", "gconv", "--print", "list"}},
		"--conf of 1 TB":                   {sparseAt("/etc/app/app.conf", terabyte, "port 1\n"), []string{programAt, "--conf", "/etc/app/app.conf", "--print", "list"}},
		"links that fork":                  {forkingLinks, []string{programAt, "--copy", "/l:/l", "--copy", "/l/a0:/m"}},
		"chain of 100000 links":            {chainedLinks(100000), []string{programAt, "--copy", "/l:/l", "--copy", "/l/99999:/m"}},
		"directories 2000 deep":            {deepDirectories(2000), []string{programAt, "--copy", "/deep:/deep"}},
		"100000 files":                     {manyFiles(100000), []string{programAt, "--copy", "/many:/many"}},
		"100000 files, --print list":       {manyFiles(100000), []string{programAt, "--copy", "/many:/many", "--print", "list"}},
		"100000 conf files of ld.so":       {manyNamed(100000, "/etc/ld.so.conf.d/%d.conf", "/opt/lib\n"), []string{programAt, "--print", "json"}},
		"100000 lists of packages":         {manyNamed(100000, "/var/lib/dpkg/info/p%d.list", "/x\n"), pack},
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
		"/etc/passwd":                    {"-u", "app"},
		"/etc/group":                     {"-u", "app:app"},
		"/etc/nsswitch.conf":             {"--with", "nss"},
		"/etc/services":                  {"--with", "netbase"},
		"/etc/os-release":                {lacking},
		"/etc/ld.so.cache":               nil,
		"/etc/ld.so.preload":             nil,
		"/etc/ld.so.conf":                nil,
		"/etc/pam.d/app":                 {"--with", "pam"},
		"/etc/ssl/openssl.cnf":           {"--with", "openssl"},
		"/usr/lib/gconv/gconv-modules":   {"--with", "gconv"},
		"/usr/share/terminfo/x/xterm":    {"--with", "terminfo"},
		"/usr/lib/locale/locale-archive": locales()[1:],
		"/var/lib/dpkg/status":           {lacking},
		"/lib/apk/db/installed":          {lacking},
		"/usr/lib/sysimage/rpm/Packages": {lacking},
		"/var/lib/dpkg/info/app.list":    {"--package", "app"},
		"/usr/lib/libx.so.1":             nil,
		loaderAt:                         nil,
		"/etc/app/app.conf":              {"--conf", "/etc/app/app.conf"},
		"/data/d/one":                    {"--copy", "/data/d/one:/x"},
	} {
		args := append([]string{programAt}, args...)
		list := append(append([]string{}, args...), "--print", "list")
		cases[name+" of 1 TB"] = boundCase{sparseAt(name, terabyte, "#\n"), list}
		cases[name+" is a pipe"] = boundCase{fifoAt(name), args}
		cases[name+" is a device"] = boundCase{zeroAt(name), args}
	}
}

func nothing(*testing.T, string) {}

// forkingLinks are links of which each leads through the next twice.
func forkingLinks(t *testing.T, root string) {
	t.Helper()
	for i := range 39 {
		link(t, fmt.Sprintf("a%d/../a%d", i+1, i+1), fmt.Sprintf("%s/l/a%d", root, i))
	}
	mkdir(t, root+"/l/a39")
}

func chainedLinks(n int) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		write(t, root+"/l/0", nil, 0o644)
		for i := 1; i < n; i++ {
			if err := os.Symlink(fmt.Sprint(i-1), fmt.Sprintf("%s/l/%d", root, i)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// deepDirectories makes directories whose path is longer than PATH_MAX.
func deepDirectories(n int) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		mkdir(t, root+"/deep")
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
		mkdir(t, root+form[:strings.LastIndexByte(form, '/')])
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
		write(t, fmt.Sprintf("%s/usr/bin/c%d", root, i), fmt.Appendf(nil, "#!/usr/bin/c%d\n", 1-i), 0o755)
	}
}

// hostileLayouts makes the layouts that the command is asked to write into.
func hostileLayouts(t *testing.T, dir string) {
	t.Helper()
	const version = `{"imageLayoutVersion":"1.0.0"}`
	write(t, dir+"/lay-huge/oci-layout", []byte(version), 0o644)
	sparse(t, dir+"/lay-huge/index.json", terabyte, []byte(`{"schemaVersion":2,"manifests":[`))
	write(t, dir+"/lay-pipe/oci-layout", []byte(version), 0o644)
	if err := unix.Mkfifo(dir+"/lay-pipe/index.json", 0o666); err != nil {
		t.Fatal(err)
	}
	write(t, dir+"/lay-version/index.json", []byte(`{"schemaVersion":2,"manifests":[]}`), 0o644)
	sparse(t, dir+"/lay-version/oci-layout", terabyte, []byte("{"))
}

// With any single input hostile, the command ends within the bounds of memory
// and CPU time, and says in a few lines what is wrong.
func TestBounds(t *testing.T) {
	for name, c := range boundCases() {
		t.Run(name, func(t *testing.T) {
			dir := place(t)
			world(t, dir+"/sr")
			write(t, dir+"/sr"+lacking, elftest.File{Interp: loaderAt, Needed: []string{"libnot.so.1"}}.Bytes(), 0o755)
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

// inBounds checks what a run took.
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

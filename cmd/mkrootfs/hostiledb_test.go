package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pierrec/lz4/v4"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

// The limits for a run with a hostile input.
const (
	mostMemory = 128 << 20
	mostCPU    = 10 * time.Second
)

const tera = 1 << 40

// hostile is a system with one hostile file.
type hostile struct {
	name string
	file string
	data []byte
	size int64             // to which the file is lengthened by zeros
	rest map[string]string // the files that make the system one that has it
	slow bool              // takes more than a second
}

const dpkgStatus = "Package: x\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n"

// hostiles returns systems with hostile package databases, which a run with a missing
// library reads.
func hostiles(t *testing.T) []hostile {
	dpkg := map[string]string{"var/lib/dpkg/status": dpkgStatus}
	apk := map[string]string{"lib/apk/db/installed": "P:x\nV:1\nA:x86_64\n"}
	rpm := map[string]string{"var/lib/rpm/rpmdb.sqlite": string(rpmFixture(t, "rpmdb.sqlite"))}
	small := []byte(strings.Repeat("Package: a\nStatus: a b c\n\n", (64<<20)/26))
	zeros := make([]byte, 64<<20)
	names := bytes.Repeat([]byte("usr/lib/libnone.so.1 x\n"), (64<<20)/23)
	provides := bytes.Repeat([]byte("<rpm:provides>\n<rpm:entry name=\"libgone.so.1()(64bit)\"/>\n"), 1<<20)
	return []hostile{
		{"status of 1 TB", "var/lib/dpkg/status", nil, tera, nil, false},
		{"status of 3 GB", "var/lib/dpkg/status", []byte(dpkgStatus), 3 << 30, nil, false},
		{"status of 64 MB of packages", "var/lib/dpkg/status", small, 0, nil, false},
		{"status of 64 MB of one line", "var/lib/dpkg/status", bytes.Repeat([]byte{'x'}, 64<<20), 0, nil, false},
		{"list of 1 TB", "var/lib/dpkg/info/x.list", nil, tera, dpkg, false},
		{"list of 64 MB", "var/lib/dpkg/info/x.list", bytes.Repeat([]byte("/a\n"), (64<<20)/3), 0, dpkg, true},
		{"shlibs of 64 MB", "var/lib/dpkg/info/x.shlibs", bytes.Repeat([]byte("a 1 b\n"), (64<<20)/6), 0, dpkg, true},
		{"symbols of 1 TB", "var/lib/dpkg/info/x.symbols", nil, tera, dpkg, false},
		{"diversions of 64 MB", "var/lib/dpkg/diversions", bytes.Repeat([]byte("/a\n/b\n:\n"), (64<<20)/8), 0, dpkg, false},
		{"status.d of 1 TB", "var/lib/dpkg/status.d/x", nil, tera, nil, false},
		{"Packages.gz, a bomb", "var/lib/apt/lists/x_Packages.gz", gzipBomb(t, zeros), 0, dpkg, false},
		{"Packages of 1 TB", "var/lib/apt/lists/x_Packages", nil, tera, dpkg, false},
		{"Contents.gz, a bomb", "var/lib/apt/lists/x_Contents-amd64.gz", gzipBomb(t, names), 0, dpkg, true},
		{"Contents.lz4, a bomb", "var/lib/apt/lists/x_Contents-amd64.lz4", lz4Bomb(t, zeros, 64), 0, dpkg, false},
		{"Contents.bz2, a bomb", "var/lib/apt/lists/x_Contents-amd64.bz2", bytes.Repeat([]byte(bzip2Bomb), 64), 0, dpkg, true},
		{"installed of 1 TB", "lib/apk/db/installed", nil, tera, nil, false},
		{"installed of 64 MB", "lib/apk/db/installed", bytes.Repeat([]byte("P:a\np:b\n\n"), (64<<20)/9), 0, nil, false},
		{"APKINDEX, a bomb", "var/cache/apk/APKINDEX.x.tar.gz", gzipBomb(t, append(tarHead(t, "APKINDEX"), zeros...)), 0, apk, false},
		{"APKINDEX, another entry", "var/cache/apk/APKINDEX.x.tar.gz", gzipBomb(t, append(tarHead(t, "other"), zeros...)), 0, apk, false},
		{"rpmdb.sqlite of 1 TB", "var/lib/rpm/rpmdb.sqlite", rpmFixture(t, "rpmdb.sqlite"), tera, nil, false},
		{"rpmdb.sqlite of 512 MB", "var/lib/rpm/rpmdb.sqlite", rpmFixture(t, "rpmdb.sqlite"), 512 << 20, nil, false},
		{"write-ahead log of 1 TB", "var/lib/rpm/rpmdb.sqlite-wal", nil, tera, rpm, false},
		{"write-ahead log of 64 MB", "var/lib/rpm/rpmdb.sqlite-wal", rpmFixture(t, "rpmdb.sqlite-wal"), 64 << 20, rpm, false},
		{"primary.xml.gz, a bomb", "var/cache/dnf/a/repodata/primary.xml.gz", gzipBomb(t, provides), 0, rpm, true},
	}
}

func rpmFixture(t *testing.T, name string) []byte {
	t.Helper()
	f, err := os.Open("../../internal/pkgdb/rpm/testdata/" + name + ".gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// gzipBomb returns 64 copies of the compressed data.
func gzipBomb(t *testing.T, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	_, err := z.Write(data)
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return bytes.Repeat(out.Bytes(), 64)
}

func lz4Bomb(t *testing.T, data []byte, n int) []byte {
	t.Helper()
	var out bytes.Buffer
	z := lz4.NewWriter(&out)
	_, err := z.Write(data)
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return bytes.Repeat(out.Bytes(), n)
}

// bzip2Bomb is bz2.compress(b"\n"*(45<<20)) of Python.
const bzip2Bomb = "BZh91AY&SY+q\xbbq\x01_\x8e@\x00\x80\x10\x00\x08 \x000\x80MFB\xa0%\xa9\n\x80\x971AY&SY3W\x8b\xf1\x00\x9d\xac\x00H\x01\x00\x00\x10\x00\x82\x00\x03\x0c\xc0\x9a\xa6\x99\"\x15\xb5DB\xbc]\xc9\x14\xe1BA\x96\xd3\xf4L"

// tarHead returns the header of a tar entry of 8 GB.
func tarHead(t *testing.T, name string) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := tar.NewWriter(&out).WriteHeader(&tar.Header{Name: name, Size: 8<<30 - 1, Mode: 0o644}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// put writes the system to dir, with a program for which a library is missing.
func (h hostile) put(t *testing.T, dir string) {
	t.Helper()
	program := elftest.File{Interp: "/lib64/ld-linux-x86-64.so.2", Needed: []string{"libgone.so.1"}}
	loader := elftest.File{Soname: "ld-linux-x86-64.so.2", Payload: []byte("\x00/lib/\x00/usr/lib/\x00/etc/ld.so.cache\x00")}
	files := map[string]string{"usr/bin/prog": string(program.Bytes()), "lib64/ld-linux-x86-64.so.2": string(loader.Bytes()), h.file: string(h.data)}
	for name, text := range h.rest {
		files[name] = text
	}
	for name, text := range files {
		at := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, []byte(text), 0o755)); err != nil { //nolint:gosec // programs
			t.Fatal(err)
		}
	}
	if h.size == 0 {
		return
	}
	if err := os.Truncate(filepath.Join(dir, h.file), h.size); err != nil {
		t.Fatal(err)
	}
}

// measured is mkrootfs, which also prints its time and memory to stderr.
func measured() {
	debug.SetMemoryLimit(memoryLimit) // as main does
	status := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	fmt.Fprintf(os.Stderr, "took %d kB %d ms\n", peak(), (usage.Utime.Nano()+usage.Stime.Nano())/1e6)
	os.Exit(status)
}

// peak returns the peak memory of this process in kB, 0 if unknown.
func peak() (kb int64) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	_, _ = fmt.Sscan(rest, &kb)
	return kb
}

// runMeasured runs the command in dir and checks its time and memory.
func runMeasured(t *testing.T, dir string, args ...string) (stderr string, status int) {
	t.Helper()
	cmd := exec.Command("measured", args...)
	var out bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	said, took, _ := strings.Cut(out.String(), "took ")
	var kb, ms int64
	if _, err := fmt.Sscanf(took, "%d kB %d ms", &kb, &ms); err != nil {
		t.Errorf("ended without a word: %.2000s", out.String())
	}
	t.Logf("%d MB, %d ms of CPU; %.600s", kb>>10, ms, said)
	if kb<<10 > mostMemory || ms > mostCPU.Milliseconds() {
		t.Errorf("%d MB of memory, %d ms of CPU", kb>>10, ms)
	}
	return said, cmd.ProcessState.ExitCode()
}

// TestHostileDatabases checks that a run reports a missing library quickly and with
// little memory, regardless of the package databases.
func TestHostileDatabases(t *testing.T) {
	for _, h := range hostiles(t) {
		t.Run(h.name, func(t *testing.T) {
			if h.slow {
				testenv.SkipSlow(t)
			}
			dir := t.TempDir()
			h.put(t, filepath.Join(dir, "root"))
			stderr, status := runMeasured(t, dir, "--sysroot", "root", "prog", "--print", "tree")
			if status != exitFailed || !strings.Contains(stderr, "needs libgone.so.1") {
				t.Errorf("status %d", status)
			}
		})
	}
}

// TestMissingLibraryHere checks the time and memory of a run with a missing library on
// this system.
func TestMissingLibraryHere(t *testing.T) {
	if _, err := os.Stat("/var/lib/dpkg/status"); err != nil {
		testenv.Skip(t, "no dpkg database: %v", err)
	}
	dir := t.TempDir()
	program := elftest.File{Interp: testenv.Tool(t, "sh"), Needed: []string{"libgone.so.1"}}
	if err := os.WriteFile(filepath.Join(dir, "prog"), program.Bytes(), 0o755); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	if stderr, status := runMeasured(t, dir, "./prog", "--print", "tree"); status != exitFailed || !strings.Contains(stderr, "libgone.so.1") {
		t.Errorf("status %d", status)
	}
}

// localeArchive returns the beginning of a locale-archive with one locale, de_DE.utf8,
// whose files are all the first 64 MB of the archive.
func localeArchive() []byte {
	out := make([]byte, 1024)
	put := func(at int, words ...uint32) {
		for i, w := range words {
			binary.LittleEndian.PutUint32(out[at+4*i:], w)
		}
	}
	put(0, 0xde020109, 0, 56, 1, 1)
	put(56, 77, 200, 256)
	copy(out[200:], "de_DE.utf8\x00")
	for i := range 13 {
		put(260+8*i, 0, 64<<20)
	}
	return out
}

// TestHostileSystemFiles checks the time and memory for hostile files that groups read.
func TestHostileSystemFiles(t *testing.T) {
	comments := bytes.Repeat([]byte("#\n"), 2<<20)
	for _, tc := range []struct {
		hostile
		args []string
		want string // "" when the run succeeds
	}{
		{hostile{"locale-archive", "usr/lib/locale/locale-archive", localeArchive(), 64 << 20, nil, false}, []string{"--with", "locale", "-e", "LANG=de_DE.UTF-8"}, "larger than 32 MiB"},
		{hostile{"passwd of 1 TB", "etc/passwd", nil, tera, nil, false}, []string{"--with", "passwd"}, "/etc/passwd: larger than 4 MiB"},
		{hostile{"passwd of 1 TB, --user", "etc/passwd", nil, tera, nil, false}, []string{"-u", "redis"}, "etc/passwd: larger than 4 MiB"},
		{hostile{"group of 1 TB, --mkdir", "etc/group", nil, tera, nil, false}, []string{"--mkdir", "/x:755:a:b"}, "etc/group: larger than 4 MiB"},
		{hostile{"passwd of one user", "etc/passwd", bytes.Repeat([]byte("a:x:1:1:::\n"), (4<<20)/11), 0, nil, false}, []string{"--with", "passwd", "-u", "a"}, ""},
		{hostile{"passwd of many", "etc/passwd", manyUsers(), 0, nil, false}, []string{"--with", "passwd", "-u", "u7"}, ""},
		{hostile{"group of one user", "etc/group", bytes.Repeat([]byte("a:x:1:a,a,a,a,a\n"), (4<<20)/16), 0, map[string]string{"etc/passwd": "a:x:1:1:::\n"}, false}, []string{"--with", "passwd", "-u", "a"}, ""},
		{hostile{"openssl.cnf of 1 TB", "cnf", nil, tera, nil, false}, []string{"--with", "openssl", "-e", "OPENSSL_CONF=/cnf"}, "larger than 4 MiB"},
		{hostile{"pam.d of 1 TB", "etc/pam.d/prog", nil, tera, nil, false}, []string{"--with", "pam"}, "larger than 4 MiB"},
		{hostile{"tmpfiles.d of 1 TB", "usr/lib/tmpfiles.d/x", nil, tera, nil, false}, []string{"--with", "tmp"}, "larger than 4 MiB"},
		{hostile{"pam.d of 4 MB", "etc/pam.d/prog", comments, 0, nil, false}, []string{"--with", "pam"}, ""},
		{hostile{"configuration of 16 MB", "etc/c", bytes.Repeat([]byte("user = aaaaaaaaaaaaaaaaaaa a a\n"), (16<<20)/31), 0, nil, false}, []string{"--with", "passwd,modules", "--copy", "/etc/c"}, ""},
		{hostile{"configuration of modules", "etc/c", bytes.Repeat([]byte("aaaaaaaaaaaaaaaaaaa.so.so.sox\n"), (16<<20)/30), 0, nil, false}, []string{"--with", "passwd,modules", "--copy", "/etc/c"}, ""},
		{hostile{"--conf of 4 MB", "etc/c", bytes.Repeat([]byte("listen listen;"), (4<<20)/14), 0, nil, false}, []string{"--conf", "/etc/c"}, ""},
		{hostile{"--conf of settings", "etc/c", bytes.Repeat([]byte("daemonize\n"), 2000), 0, nil, false}, []string{"--conf", "/etc/c"}, "--conf /etc/c: line 1001: more than 1000 settings"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			tc.put(t, filepath.Join(dir, "root"))
			program := elftest.File{Interp: "/lib64/ld-linux-x86-64.so.2"}
			if err := os.WriteFile(filepath.Join(dir, "root/usr/bin/prog"), program.Bytes(), 0o755); err != nil { //nolint:gosec // a program
				t.Fatal(err)
			}
			stderr, status := runMeasured(t, dir, append([]string{"--sysroot", "root", "/usr/bin/prog", "-t", "x:1", "-o", "x.tar"}, tc.args...)...)
			if (status == exitDone) != (tc.want == "") || !strings.Contains(stderr, tc.want) {
				t.Errorf("status %d, want %q", status, tc.want)
			}
		})
	}
}

// manyUsers returns a passwd of 4 MB with as many users as possible.
func manyUsers() []byte {
	var out bytes.Buffer
	for i := 0; out.Len() < 4<<20-40; i++ {
		fmt.Fprintf(&out, "u%d:x:%d:%d:::\n", i, i, i)
	}
	return out.Bytes()
}

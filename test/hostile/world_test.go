//go:build linux

package hostile

import (
	"debug/elf"
	"os"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps/ldcache"
	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

// programAt is the path of the program of every world.
const programAt = "/usr/bin/prog"

// world writes a minimal system into dir that has input for each parser of the command.
func world(t *testing.T, dir string) {
	t.Helper()
	harness.Mkdir(t, dir+"/usr/lib", dir+"/usr/bin", dir+"/tmp", dir+"/var/lib/dpkg/updates")
	harness.Link(t, "usr/lib", dir+"/lib")
	harness.Link(t, "usr/bin", dir+"/bin")
	for name, content := range worldFiles() {
		mode := os.FileMode(0o644)
		if name == programAt || name == loaderAt || name == "/usr/bin/script" {
			mode = 0o755
		}
		harness.Write(t, dir+name, content, mode)
	}
	harness.Link(t, "libx.so.1", dir+"/usr/lib/libx.so")
	harness.Link(t, "one", dir+"/data/d/link")
}

const loaderAt = "/lib64/ld-linux-x86-64.so.2"

// loaderStrings are the strings that the command reads in the loader of glibc.
const loaderStrings = "\x00/lib/\x00/usr/lib/\x00LIB\x00lib\x00/etc/ld.so.cache\x00glibc-hwcaps/\x00" +
	"x86-64-v4:x86-64-v3:x86-64-v2\x00ld.so (GNU libc) stable release version 2.38.\x00"

// worldProgram needs libraries and users, and has strings that look like paths.
func worldProgram() elftest.File {
	return elftest.File{
		Interp: loaderAt,
		Needed: []string{"libx.so.1", "libc.so.6"},
		Symbols: []elftest.Symbol{
			{Name: "getpwuid"}, {Name: "getaddrinfo"}, {Name: "iconv_open"}, {Name: "dlopen"}, {Name: "setlocale"}, {Name: "tgetent"}, {Name: "main", Defined: true},
		},
		Verneed: []elftest.Verneed{{File: "libc.so.6", Versions: []string{"GLIBC_2.2.5"}}},
		Notes:   []elftest.Note{{Owner: "FDO", Type: 0x407c0c0a, Desc: []byte(`[{"soname":["liby.so.1"],"feature":"y","priority":"recommended"}]` + "\x00")}},
		Payload: []byte("\x00/etc/app/app.conf\x00libz.so.1\x00/usr/share/app\x00"),
	}
}

func worldFiles() map[string][]byte {
	object := func(soname string, needed ...string) []byte {
		return elftest.File{Soname: soname, Needed: needed, Symbols: []elftest.Symbol{{Name: "f", Defined: true}}}.Bytes()
	}
	return map[string][]byte{
		programAt:               worldProgram().Bytes(),
		loaderAt:                elftest.File{Soname: "ld-linux-x86-64.so.2", Payload: []byte(loaderStrings)}.Bytes(),
		"/usr/lib/libc.so.6":    elftest.File{Soname: "libc.so.6", Verdef: []string{"libc.so.6", "GLIBC_2.2.5"}}.Bytes(),
		"/usr/lib/libx.so.1":    object("libx.so.1", "liby.so.1"),
		"/usr/lib/liby.so.1":    object("liby.so.1"),
		"/usr/lib/libz.so.1":    object("libz.so.1"),
		"/opt/lib/libcached.so": object("libcached.so"),
		"/usr/bin/script":       []byte("#!/usr/bin/prog -x\nexit\n"),
		"/etc/ld.so.cache": ldcache.Marshal([]ldcache.Entry{
			{Name: "libx.so.1", Path: "/usr/lib/libx.so.1", Flags: 0x303}, {Name: "libcached.so", Path: "/opt/lib/libcached.so", Flags: 0x303},
		}, elf.EM_X86_64, elf.ELFDATA2LSB),
		"/etc/ld.so.conf":                         []byte("include /etc/ld.so.conf.d/*.conf\n/opt/lib\n"),
		"/etc/passwd":                             []byte("root:x:0:0:root:/root:/bin/sh\napp:x:900:900:App:/srv/app:/bin/false\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"),
		"/etc/group":                              []byte("root:x:0:\napp:x:900:\nnogroup:x:65534:\n"),
		"/etc/nsswitch.conf":                      []byte("passwd: files\ngroup: files\nhosts: files dns\n"),
		"/etc/services":                           []byte("http 80/tcp\n"),
		"/etc/protocols":                          []byte("tcp 6 TCP\n"),
		"/etc/os-release":                         []byte("ID=debian\nVERSION_ID=12\n"),
		"/etc/app/app.conf":                       []byte("port 8080\nuser app\n"),
		"/etc/pam.d/app":                          []byte("auth required pam_unix.so\n@include common\n"),
		"/etc/pam.d/common":                       []byte("account required pam_permit.so\n"),
		"/etc/ssl/openssl.cnf":                    []byte("openssl_conf = x\n[x]\nproviders = y\n"),
		"/usr/lib/ssl/openssl.cnf":                []byte("openssl_conf = x\n"),
		"/etc/ssl/certs/ca-certificates.crt":      []byte("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"),
		"/usr/share/zoneinfo/UTC":                 []byte("TZif2"),
		"/usr/share/zoneinfo/Europe/Berlin":       []byte("TZif2 Berlin"),
		"/usr/share/terminfo/x/xterm":             []byte("\x1a\x01xterm"),
		"/usr/lib/terminfo/l/linux":               []byte("\x1a\x01linux"),
		"/usr/lib/gconv/gconv-modules":            []byte("module UTF-16// INTERNAL UTF-16 1\nalias UTF16// UTF-16//\n"),
		"/usr/lib/gconv/UTF-16.so":                object("", "libc.so.6"),
		"/usr/lib/locale/C.utf8/LC_CTYPE":         []byte("ctype"),
		"/usr/lib/locale/locale-archive":          smallArchive(),
		"/var/lib/dpkg/status":                    []byte("Package: app\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\nDepends: libx\n\nPackage: libx\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2\nProvides: x\n"),
		"/var/lib/dpkg/info/app.list":             []byte("/.\n/usr\n/usr/bin\n/usr/bin/prog\n/data/d/one\n/data/d/sub/two\n"),
		"/var/lib/dpkg/info/libx:amd64.list":      []byte("/.\n/usr/lib/libx.so.1\n"),
		"/lib/apk/db/installed":                   []byte("P:app\nV:1\nF:usr/bin\nR:prog\nF:data/d\nR:one\n\n"),
		"/data/d/one":                             []byte("one\n"),
		"/data/d/sub/two":                         []byte("two\n"),
		"/data/d/sub/deep/deeper/three":           []byte("three\n"),
		"/data/d/zzz":                             []byte("the last\n"),
		"/usr/share/app/data":                     []byte("data\n"),
		"/usr/lib/x86_64-linux-gnu/pam_unix.so":   object("pam_unix.so"),
		"/usr/lib/x86_64-linux-gnu/pam_permit.so": object("pam_permit.so"),
	}
}

// smallArchive returns the head of a locale archive (glibc, locale/locarchive.h) with one
// name.
func smallArchive() []byte {
	return archiveOf(1, 16)
}

package doctor

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/testfs"
)

// manyFacts sets facts with which every group reads as much as possible.
func manyFacts(f *groupFacts) {
	f.programs = []string{"/usr/sbin/nginx", "/usr/bin/su"}
	f.user = "redis"
	withConfigs(debian(), "/etc/nginx/nginx.conf")(f)
	f.libc.Version = 231
	f.env = func(name string) string { return map[string]string{"LANG": "fr_FR.UTF-8", "TERM": "foot"}[name] }
}

// TestNoErrorMeansAbsent checks that a file that cannot be read does not count as absent:
// if any operation of the file system fails, makeGroup returns an error with the path.
func TestNoErrorMeansAbsent(t *testing.T) {
	src := debian()
	src["usr/lib/tmpfiles.d/x.conf"] = &fstest.MapFile{Data: []byte("d /run/nginx 0755 redis redis -\n")}
	src["usr/lib/locale/locale-archive"] = &fstest.MapFile{Data: localeArchive(binary.LittleEndian, "fr_FR.utf8")}
	questions := 0
	for _, group := range GroupNames() {
		var asked []string
		works := testfs.FS{MapFS: src, Asked: &asked}
		if _, err := makeGroup(t.Context(), works, factsWith(manyFacts), group); err != nil {
			t.Fatal(group, err)
		}
		slices.Sort(asked)
		for i, question := range slices.Compact(asked) {
			with := []error{syscall.EIO, syscall.EMFILE, syscall.EACCES}[i%3]
			fails := testfs.FS{MapFS: src, Fail: map[string]error{question: with}}
			_, err := makeGroup(t.Context(), fails, factsWith(manyFacts), group)
			var at *fs.PathError
			if !errors.Is(err, with) || !errors.As(err, &at) {
				t.Errorf("%s: %v at %s: %v", group, with, question, err)
			}
			questions++
		}
	}
	if questions < 200 {
		t.Errorf("%d questions", questions)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, group := range GroupNames() {
		if _, err := makeGroup(ctx, debian(), factsWith(manyFacts), group); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", group, err)
		}
	}
}

// TestCancelledMeanwhile checks that makeGroup ends while it reads a long list of
// constants.
func TestCancelledMeanwhile(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	f := factsWith(func(f *groupFacts) {
		f.literals = func(_ string, yield func([]byte) bool) error {
			for ; n < 1000 && yield([]byte("/usr/x")); n++ {
				if n == 10 {
					cancel()
				}
			}
			return nil
		}
	})
	if _, err := makeGroup(ctx, debian(), f, "tmp"); !errors.Is(err, context.Canceled) || n > 11 {
		t.Errorf("%v after %d constants", err, n)
	}
}

// repeat returns n numbered lines.
func repeat(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestLimits(t *testing.T) {
	many := map[string]string{"usr/share/fonts/x": "x"}
	deep := map[string]string{"usr/share/fonts/" + strings.Repeat("d/", maxDepth+2) + "x": "x"}
	for i := range maxFiles + 1 {
		many[fmt.Sprintf("usr/share/fonts/%d", i)] = ""
	}
	pam := map[string]string{"etc/pam.d/su": "@include 0\n"}
	cnf := map[string]string{"usr/lib/ssl/openssl.cnf": ".include /0\n"}
	for i := range maxDepth + 2 {
		pam[fmt.Sprintf("etc/pam.d/%d", i)] = fmt.Sprintf("@include %d\n", i+1)
		cnf[fmt.Sprint(i)] = fmt.Sprintf(".include /%d\n", i+1)
	}
	su := func(f *groupFacts) { f.programs = []string{"/usr/bin/su"} }
	config := func(text string) func(*groupFacts) { return withConfigs(system(map[string]string{"c": text}), "/c") }
	for _, tc := range []struct {
		name, group string
		files       map[string]string
		change      func(*groupFacts)
		want        string
	}{
		{"files of a directory", "fonts", many, nil, "more than 65536 entries"},
		{"depth", "fonts", deep, nil, "directories deep"},
		{"pam.d, one by the other", "pam", pam, su, "levels of included files"},
		{
			"pam.d, names", "pam",
			map[string]string{"etc/pam.d/su": repeat(maxWalked+1, "a b /%d\n")},
			su,
			"names were looked up",
		},
		{
			"pam.d, together", "pam",
			map[string]string{
				"etc/pam.d/su": strings.Repeat("#", maxTexts-9) + "\n@include x\n",
				"etc/pam.d/x":  strings.Repeat("#", 99),
			},
			su, "/etc/pam.d/su: together with the files read before it larger than 4 MiB",
		},
		{"openssl.cnf, one by the other", "openssl", cnf, nil, "levels of included files"},
		{
			"openssl.cnf, settings", "openssl",
			map[string]string{"usr/lib/ssl/openssl.cnf": repeat(maxCnfSettings+1, "%d=\n")},
			nil,
			"more than 10000 settings",
		},
		{
			"tmpfiles.d", "tmp",
			map[string]string{"usr/lib/tmpfiles.d/x.conf": repeat(maxDeclared+1, "d /run/%d 0755 a a\n")},
			nil,
			"directories below /run",
		},
		{
			"passwd", "passwd",
			map[string]string{"etc/passwd": strings.Repeat("#", maxAccounts+1)},
			nil,
			"/etc/passwd: larger than 4 MiB",
		},
		{
			"group", "passwd",
			map[string]string{"etc/group": strings.Repeat("#", maxAccounts+1)},
			nil,
			"/etc/group: larger than 4 MiB",
		},
		{"users of a configuration", "passwd", nil, config(repeat(4097, "user u%d\n")), "more than 4096 accounts"},
		{"modules of a configuration", "modules", nil, config(repeat(4097, "m%d.so\n")), "more than 4096 modules"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := makeGroup(t.Context(), system(tc.files), factsWith(tc.change), tc.group)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, want %s", err, tc.want)
			}
		})
	}
}

// TestIncludesOnce checks that each file is read once if all include two others.
func TestIncludesOnce(t *testing.T) {
	files := map[string]string{"usr/lib/ssl/openssl.cnf": ".include /0\n"}
	for i := range 40 {
		files[fmt.Sprint(i)] = fmt.Sprintf(".include /%d\n.include /%d\n.include /%d\n", i+1, i+2, i+1)
	}
	p, err := makeGroup(t.Context(), system(files), factsWith(nil), "openssl")
	if err != nil || len(p.Additions) != 41 {
		t.Errorf("%d files, %v", len(p.Additions), err)
	}
}

// TestSizesDoNotOverflow checks that huge sizes of files do not overflow.
func TestSizesDoNotOverflow(t *testing.T) {
	src := testfs.FS{
		MapFS: system(map[string]string{"usr/share/fonts/a": "", "usr/share/fonts/b": "x"}),
		Size:  map[string]int64{"usr/share/fonts/a": 1<<63 - 1},
	}
	p, err := makeGroup(t.Context(), src, factsWith(nil), "fonts")
	if err != nil || p.Size < autoLimit {
		t.Errorf("%d, %v", p.Size, err)
	}
}

// TestLargeLocaleArchive reads a locale-archive with twelve parts that are each the
// whole file.
func TestLargeLocaleArchive(t *testing.T) {
	data := append(localeArchive(binary.LittleEndian, "de_DE.utf8"), make([]byte, maxData/4)...)
	for i := range categories {
		binary.LittleEndian.PutUint32(data[256+4+8*i:], 0)
		binary.LittleEndian.PutUint32(data[256+8+8*i:], uint32(len(data)))
	}
	src := fstest.MapFS{"usr/lib/locale/locale-archive": {Data: data}}
	_, err := makeGroup(t.Context(), src, factsWith(env("LANG", "de_DE.UTF-8")), "locale")
	var size *bounded.SizeError
	if !errors.As(err, &size) || !strings.Contains(err.Error(), "/usr/lib/locale/locale-archive") {
		t.Error(err)
	}
}

// TestRealNames checks that the real names of accounts are not copied.
func TestRealNames(t *testing.T) {
	p, err := makeGroup(t.Context(), debian(), factsWith(func(f *groupFacts) { f.user = "ann" }), "passwd")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range p.Additions {
		text := string(a.Data)
		copied := strings.Contains(text, "\nann:x:1000:1000::/home/ann:/bin/bash\n")
		if a.Path == "/etc/passwd" && (!copied || strings.Contains(text, "Ann")) {
			t.Errorf("%q", text)
		}
	}
}

// TestIDs checks that accounts with invalid ids are ignored.
func TestIDs(t *testing.T) {
	for id, want := range map[string]int{
		"0": 0, "4294967294": 4294967294, "4294967295": -1, "-1": -1, "99999999999999999999": -1, "": -1, "0x1": -1, "1 ": -1,
	} {
		if got, ok := parseID(id); ok != (want >= 0) || ok && got != want {
			t.Errorf("%q: %d, %v", id, got, ok)
		}
	}
}

// fuzzMake makes groups of a system with text in a file, and checks what any
// plan must hold.
func fuzzMake(t *testing.T, files map[string]string, change func(*groupFacts), groups ...string) {
	t.Helper()
	for _, group := range groups {
		p, err := makeGroup(t.Context(), system(files), factsWith(change), group)
		if err != nil && !strings.Contains(err.Error(), "more than") && !strings.Contains(err.Error(), "larger than") {
			t.Errorf("%s: %v", group, err)
		}
		for _, a := range p.Additions {
			if !path.IsAbs(a.Path) || a.UID < 0 || a.GID < 0 || a.Size < 0 || a.Why == "" {
				t.Errorf("%s: %+v", group, a)
			}
		}
	}
}

func FuzzLocaleArchive(f *testing.F) {
	f.Add(localeArchive(binary.LittleEndian, "de_DE.utf8"))
	f.Add(localeArchive(binary.BigEndian, "de_DE.utf8"))
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzMake(t, map[string]string{"usr/lib/locale/locale-archive": string(data)}, env("LANG", "de_DE.UTF-8"), "locale")
	})
}

// readers are the groups that read a variable.
var readers = []struct{ variable, group string }{
	{
		"TERM", "terminfo",
	}, {"LANG", "locale"}, {"TZ", "tzdata"}, {"TZDIR", "tzdata"}, {
		"SSL_CERT_FILE",
		"ca-certs",
	}, {"SSL_CERT_DIR", "ca-certs"}, {"OPENSSL_CONF", "openssl"},
}

func FuzzEnv(f *testing.F) {
	for i, s := range []string{
		"xterm", "", ".", "..", "a/b", "\x00", "de_DE.UTF-8@euro", "../../etc", ":Asia/Shanghai", "<a>1", "/", "\xff",
	} {
		f.Add(uint8(i), s)
		f.Add(uint8(0), s)
	}
	f.Fuzz(func(t *testing.T, which uint8, value string) {
		r := readers[int(which)%len(readers)]
		fuzzMake(t, map[string]string{"usr/share/terminfo/x/xterm": "x"}, env(r.variable, value), r.group)
		if isTerminal(value) {
			for _, name := range terminalFiles(value) {
				below := strings.HasSuffix(name, "/"+value) && strings.Contains(name, "terminfo/")
				if !below || path.Clean(name) != name && value[0] != '.' {
					t.Errorf("%q", name)
				}
			}
		}
	})
}

func FuzzAccounts(f *testing.F) {
	f.Add("root:x:0:0:root:/root:/bin/sh\n"+
		"redis:x:101:103::/var/lib/redis:/bin/false\n", "redis:x:103:\nssl-cert:x:110:redis,a\n", "redis")
	f.Add("a:x:4294967295:1:::\nb:x:-1:1::..:\n", "::0:\nx:x:7:,,\n", "0:x")
	f.Fuzz(func(t *testing.T, passwd, group, user string) {
		files := map[string]string{"etc/passwd": passwd, "etc/group": group}
		fuzzMake(t, files, func(f *groupFacts) { f.user = user }, "passwd")
		for a := range accountLines(passwd) {
			if strings.ContainsAny(a.name+a.home+a.shell, ":\n") || a.name == "" {
				t.Errorf("%+v", a)
			}
		}
	})
}

func FuzzNsswitch(f *testing.F) {
	f.Add("passwd: files sss # x\nhosts: files [!UNAVAIL = return] dns\n")
	f.Fuzz(func(t *testing.T, text string) {
		fuzzMake(t, nil, func(f *groupFacts) { f.image = nsswitchImage(text) }, "nss")
	})
}

func FuzzPam(f *testing.F) {
	f.Add("auth [success=1 default=ignore] \\\n  pam_unix.so nullok\n@include su\n-session optional /a/b.so\n" +
		"auth include x\n")
	f.Fuzz(func(t *testing.T, text string) {
		fuzzMake(t, map[string]string{"etc/pam.d/su": text, "usr/lib/aarch64-linux-gnu/security/pam_unix.so": "x"},
			func(f *groupFacts) { f.programs = []string{"/usr/bin/su"} }, "pam")
	})
}

func FuzzTmpfiles(f *testing.F) {
	f.Add("d! /var/run/served 2775 served served - -\nD /run/x 0755 0 0\n", "/run/served")
	f.Fuzz(func(t *testing.T, text, constant string) {
		files := map[string]string{
			"usr/lib/tmpfiles.d/x.conf": text, "etc/passwd": "served:x:101:102:::\n", "usr/sbin/nginx": "elf",
		}
		fuzzMake(t, files,
			func(f *groupFacts) {
				f.literals = func(_ string, yield func([]byte) bool) error { yield([]byte(constant)); return nil }
			}, "tmp", "gconv", "passwd", "ossl-modules")
	})
}

func FuzzOpenSSL(f *testing.F) {
	f.Add("openssl_conf = i\n[i]\nproviders = p\n[ p ]\nlegacy = l\n[l]\nactivate = 1\nmodule = /x.so\n" +
		".include /usr/lib/ssl/openssl.cnf\n.include /usr\n")
	f.Fuzz(func(t *testing.T, text string) {
		files := map[string]string{
			"usr/lib/ssl/openssl.cnf": text, "usr/lib/aarch64-linux-gnu/ossl-modules/legacy.so": "x",
		}
		fuzzMake(t, files, nil, "openssl")
	})
}

// FuzzConfigs reads configuration files for the accounts and modules that they
// name.
func FuzzConfigs(f *testing.F) {
	f.Add("user www-data;\nload_module modules/echo.so;\nserver.groupname = \"x\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		fuzzMake(t, map[string]string{"etc/passwd": "www-data:x:33:33:::\n", "usr/sbin/nginx": "elf"},
			withConfigs(system(map[string]string{"c": text}), "/c"), "passwd", "modules")
	})
}

package doctor

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/doctor/internal/conffile"
)

// system returns a file system with files of the form "path": "content" and symlinks of
// the form "path": "-> target".
func system(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range files {
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			m[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
			continue
		}
		m[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return m
}

// debian returns a Debian system with merged /usr.
func debian() fstest.MapFS {
	return system(map[string]string{
		"lib": "-> usr/lib", "bin": "-> usr/bin",
		"etc/passwd": "root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n" +
			"nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n" +
			"redis:x:103:110::/var/lib/redis:/usr/sbin/nologin\n" +
			"ann:x:1000:1000:Ann,,,:/home/ann:/bin/bash\nbroken line\n",
		"etc/group": "root:x:0:\nwww-data:x:33:\nssl-cert:x:105:postgres,redis\n" +
			"redis:x:110:\nann:x:1000:\nnogroup:x:65534:\n",
		"usr/sbin/nologin":       "elf",
		"var/lib/redis/dump.rdb": "data",
		"etc/services":           "http 80/tcp\n",
		"etc/protocols":          "tcp 6 TCP\n",
		"usr/bin/dash":           "elf!",
		"usr/bin/sh":             "-> dash",
		"etc/ssl/openssl.cnf": "openssl_conf = i\n[i]\nproviders = p # which\n[ p ]\ndefault = d\n" +
			"legacy = l\nfips = f\n[d]\nactivate = 1\n[l]\nactivate = 1\n[f]\nactivate = 0\n",
		"usr/lib/ssl/openssl.cnf":           "-> /etc/ssl/openssl.cnf",
		"usr/lib/ssl/certs":                 "-> /etc/ssl/certs",
		"etc/ssl/certs/ca-certificates.crt": "certificates",

		"usr/share/zoneinfo/Asia/Shanghai":                  "TZif1",
		"usr/share/zoneinfo/PRC":                            "-> Asia/Shanghai",
		"usr/share/zoneinfo/posix/PRC":                      "TZif1",
		"usr/share/zoneinfo/tzdata.zi":                      "# version",
		"usr/lib/locale/C.utf8/LC_CTYPE":                    "ctype",
		"usr/lib/locale/C.utf8/LC_MESSAGES/SYS_LC_MESSAGES": "messages",
		"usr/lib/locale/de_DE.utf8@euro/LC_CTYPE":           "deutsch",
		"usr/lib/terminfo/x/xterm":                          "xterm",
		"usr/share/terminfo/f/foot":                         "foot",

		"usr/lib/aarch64-linux-gnu/libc.so.6":                        "elf",
		"usr/lib/aarch64-linux-gnu/libgcc_s.so.1":                    "unwind",
		"usr/lib/aarch64-linux-gnu/libnss_files.so.2":                "files",
		"usr/lib/aarch64-linux-gnu/libnss_sss.so.2":                  "sss",
		"usr/lib/aarch64-linux-gnu/gconv/GBK.so":                     "gbk",
		"usr/lib/aarch64-linux-gnu/gconv/libGB.so":                   "gb",
		"usr/lib/aarch64-linux-gnu/gconv/gconv-modules.cache":        "cache",
		"usr/lib/aarch64-linux-gnu/gconv/gconv-modules.d/extra.conf": "conf",
		"usr/lib/aarch64-linux-gnu/ossl-modules/legacy.so":           "legacy",
		"usr/lib/aarch64-linux-gnu/ossl-modules/fips.so":             "fips",
		"usr/lib/aarch64-linux-gnu/engines-3/afalg.so":               "afalg",
		"usr/lib/aarch64-linux-gnu/sasl2/libplain.so":                "-> libplain.so.2",
		"usr/lib/aarch64-linux-gnu/sasl2/libplain.so.2":              "plain",
		"usr/lib/aarch64-linux-gnu/sasl2/libplain.la":                "linker's",
		"usr/lib/aarch64-linux-gnu/security/pam_unix.so":             "unix",
		"usr/lib/aarch64-linux-gnu/security/pam_deny.so":             "deny",
		"usr/lib/aarch64-linux-gnu/security/pam_other.so":            "not named",
		"etc/pam.d/su": "# comment\nauth sufficient pam_deny.so\n@include common-auth\n" +
			"-session optional pam_systemd.so\nsession required pam_gone.so\n",
		"etc/pam.d/common-auth":    "auth [success=1 default=ignore] \\\n  pam_unix.so nullok\n",
		"etc/pam.d/cron":           "auth required pam_other.so\n",
		"etc/security/limits.conf": "* - nofile 1024\n",
		"etc/security/opasswd":     "ann:1000:1:$y$j9T$secret\n",

		"etc/nginx/nginx.conf": "user www-data;\nload_module modules/echo.so;\n" +
			"# load_module modules/off.so;\nload_module /opt/m/own.so;\n",
		"usr/share/nginx/modules":       "-> ../../lib/nginx/modules",
		"usr/lib/nginx/modules/echo.so": "\x7fELF echo",
		"usr/lib/nginx/modules/off.so":  "off",
		"opt/m/own.so":                  "\x7fELF own",
		"usr/sbin/nginx":                "elf",
		"etc/krb5.conf":                 "[libdefaults]\n",
		"usr/lib/aarch64-linux-gnu/krb5/plugins/preauth/spake.so": "spake",
	})
}

// factsWith returns the facts of a program on the system of debian.
func factsWith(change func(*groupFacts)) groupFacts {
	f := groupFacts{
		libc:        elfdeps.Libc{Kind: "glibc", Version: 236},
		libraryDirs: []string{"/lib/aarch64-linux-gnu"},
		programs:    []string{"/usr/sbin/nginx"},
		libraries: map[string]string{
			"libc.so.6":      "/lib/aarch64-linux-gnu/libc.so.6",
			"libcrypto.so.3": "/lib/aarch64-linux-gnu/libcrypto.so.3",
		},
		literals: func(name string, yield func([]byte) bool) error {
			for _, s := range map[string][]string{
				"libc.so.6": {"/usr/lib/aarch64-linux-gnu/gconv", "/usr/lib/locale", "/usr/share/locale"},
				"libcrypto.so.3": {
					"/usr/lib/ssl/cert.pem", "/usr/lib/aarch64-linux-gnu/ossl-modules", "/usr/lib/aarch64-linux-gnu/engines-3",
				},
				"nginx": {"/etc/nginx/nginx.conf", "/usr/share/nginx/", "/usr/lib"},
			}[path.Base(name)] {
				if !yield([]byte(s)) {
					break
				}
			}
			return nil
		},
	}
	if change != nil {
		change(&f)
	}
	return f
}

func env(name, value string) func(*groupFacts) {
	return func(f *groupFacts) {
		f.env = func(n string) string {
			if n == name {
				return value
			}
			return ""
		}
	}
}

// withConfigs returns a change that sets the configuration files of image.
func withConfigs(image fs.ReadLinkFS, paths ...string) func(*groupFacts) {
	var files []Config
	for _, p := range paths {
		files = append(files, Config{Path: p})
	}
	return func(f *groupFacts) {
		var err error
		if f.configs, err = conffile.Read(context.Background(), image, files); err != nil {
			panic(err)
		}
	}
}

// nsswitchImage returns an image that has only an nsswitch.conf.
func nsswitchImage(text string) fs.ReadLinkFS {
	return system(map[string]string{"etc/nsswitch.conf": text})
}

// dump returns a group as text, one line for each addition.
func dump(p Group) string {
	var b strings.Builder
	var size int64
	for _, a := range p.Additions {
		size += a.Size
		switch a.Kind {
		case File:
			fmt.Fprintf(&b, "%s %d", a.Path, a.Size)
		case Bytes:
			fmt.Fprintf(&b, "%s %04o %q", a.Path, a.Mode, a.Data)
		case Dir:
			fmt.Fprintf(&b, "%s/ %v %d:%d", a.Path, a.Mode, a.UID, a.GID)
		case Link:
			fmt.Fprintf(&b, "%s -> %s", a.Path, a.Target)
		case Library:
			fmt.Fprintf(&b, "%s as %s %d", a.Path, a.Target, a.Size)
		}
		if a.Plugin {
			b.WriteString(" plugin")
		}
		if a.Program {
			b.WriteString(" program")
		}
		if a.Why == "" {
			b.WriteString(" without a reason")
		}
		b.WriteByte('\n')
	}
	if size != p.Size {
		fmt.Fprintf(&b, "size %d\n", p.Size)
	}
	for _, s := range p.Absent {
		fmt.Fprintf(&b, "absent: %s\n", s)
	}
	return b.String()
}

// check makes a group and compares its dump with want.
func check(t *testing.T, src fs.ReadLinkFS, f groupFacts, group, want string) {
	t.Helper()
	p, err := makeGroup(t.Context(), src, f, group)
	if err != nil {
		t.Errorf("%s: %v", group, err)
	}
	if got := dump(p); got != strings.TrimPrefix(want, "\n") {
		t.Errorf("%s:\n%swant\n%s", group, got, strings.TrimPrefix(want, "\n"))
	}
}

const nsswitchLine = `/etc/nsswitch.conf 0644 "passwd: files\ngroup: files\nshadow: files\n` +
	`hosts: files dns\nnetworks: files\nprotocols: files\nservices: files\nethers: files\nrpc: files\n"` + "\n"

func TestGroups(t *testing.T) {
	for _, tc := range []struct {
		name, group string
		change      func(*groupFacts)
		want        string
	}{
		{"", "tmp", nil, `
/run/ -rwxr-xr-x 0:0
/tmp/ trwxrwxrwx 0:0
/var/run -> /run
/var/tmp/ trwxrwxrwx 0:0
`},
		{"static Go", "tmp", func(f *groupFacts) { f.static = true }, "/tmp/ trwxrwxrwx 0:0\n"},
		{"", "nss", nil, nsswitchLine},
		{"musl", "nss", func(f *groupFacts) { f.libc.Kind = "musl" }, ""},
		{"old glibc", "nss", func(f *groupFacts) { f.libc.Version = 231 }, nsswitchLine +
			"/lib/aarch64-linux-gnu/libnss_files.so.2 as libnss_files.so.2 5 plugin\nabsent: libnss_dns.so.2\n"},
		{
			"own file", "nss", func(f *groupFacts) {
				f.image = nsswitchImage("passwd: files sss # x\n" +
					"hosts: files [!UNAVAIL = return] dns\n")
			},
			"/lib/aarch64-linux-gnu/libnss_sss.so.2 as libnss_sss.so.2 3 plugin\n",
		},
		{"", "netbase", nil, `
/etc/hosts 0644 "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
/etc/protocols 10
/etc/services 12
`},
		{
			"", "ca-certs", nil,
			"/etc/ssl/certs/ca-certificates.crt 12\n/usr/lib/ssl/cert.pem -> /etc/ssl/certs/ca-certificates.crt\n",
		},
		{
			"without OpenSSL", "ca-certs", func(f *groupFacts) { f.libraries = nil },
			"/etc/ssl/certs/ca-certificates.crt 12\n",
		},
		{
			"all", "tzdata", nil,
			"/usr/share/zoneinfo/Asia/Shanghai 5\n/usr/share/zoneinfo/PRC 0\n/usr/share/zoneinfo/tzdata.zi 9\n",
		},
		{
			"one", "tzdata", env("TZ", ":Asia/Shanghai"),
			"/etc/localtime -> /usr/share/zoneinfo/Asia/Shanghai\n/usr/share/zoneinfo/Asia/Shanghai 5\n",
		},
		{
			"a link", "tzdata", env("TZ", "PRC"),
			"/etc/localtime -> /usr/share/zoneinfo/PRC\n/usr/share/zoneinfo/PRC 5\n",
		},
		{"a rule", "tzdata", env("TZ", "CET-1CEST,M3.5.0,M10.5.0/3"), ""},
		{"none", "tzdata", env("TZ", "Asia/Nowhere"), "absent: time zone Asia/Nowhere\n"},
		{"", "libgcc", nil, "/lib/aarch64-linux-gnu/libgcc_s.so.1 as libgcc_s.so.1 6 plugin\n"},
		{
			"", "locale", nil,
			"/usr/lib/locale/C.utf8/LC_CTYPE 5\n/usr/lib/locale/C.utf8/LC_MESSAGES/SYS_LC_MESSAGES 8\n",
		},
		{"named", "locale", env("LC_ALL", "de_DE.UTF-8@euro"), "/usr/lib/locale/de_DE.utf8@euro/LC_CTYPE 7\n"},
		{"absent", "locale", env("LANG", "fr_FR.UTF-8"), "absent: locale fr_FR.UTF-8\n"},
		{"musl", "locale", func(f *groupFacts) { f.libc.Kind = "musl" }, ""},
		{"", "gconv", nil, `
/usr/lib/aarch64-linux-gnu/gconv/GBK.so 3 plugin
/usr/lib/aarch64-linux-gnu/gconv/gconv-modules.cache 5
/usr/lib/aarch64-linux-gnu/gconv/gconv-modules.d/extra.conf 4
/usr/lib/aarch64-linux-gnu/gconv/libGB.so 2 plugin
`},
		{"", "terminfo", env("TERM", "foot"), "/lib/terminfo/x/xterm 5\n/usr/share/terminfo/f/foot 4\n"},
		{"", "shell", nil, "/bin/sh 4 program\n"},
		{
			"", "openssl", nil,
			"/usr/lib/aarch64-linux-gnu/ossl-modules/legacy.so 6 plugin\n/usr/lib/ssl/openssl.cnf 132\n",
		},
		{
			"", "ossl-modules", nil,
			"/usr/lib/aarch64-linux-gnu/ossl-modules/fips.so 4 plugin\n" +
				"/usr/lib/aarch64-linux-gnu/ossl-modules/legacy.so 6 plugin\n",
		},
		{"", "ossl-engines", nil, "/usr/lib/aarch64-linux-gnu/engines-3/afalg.so 5 plugin\n"},
		{
			"", "sasl", nil,
			"/lib/aarch64-linux-gnu/sasl2/libplain.so 5 plugin\n/lib/aarch64-linux-gnu/sasl2/libplain.so.2 0\n",
		},
		{"", "krb5", nil, "/etc/krb5.conf 14\n/lib/aarch64-linux-gnu/krb5/plugins/preauth/spake.so 5 plugin\n"},
		{"", "pam", func(f *groupFacts) { f.programs = []string{"/usr/bin/su"} }, `
/etc/pam.d/common-auth 55
/etc/pam.d/su 121
/etc/security/limits.conf 16
/etc/shadow 0600 "root:*:::::::\nnonroot:*:::::::\nnobody:*:::::::\n"
/lib/aarch64-linux-gnu/security/pam_deny.so 4 plugin
/lib/aarch64-linux-gnu/security/pam_unix.so 4 plugin
absent: pam_gone.so
`},
		{"nothing", "pam", nil, "absent: /etc/pam.d\n"},
		{
			"", "modules", withConfigs(debian(), "/etc/nginx/nginx.conf"),
			"/opt/m/own.so 8 plugin\n/usr/share/nginx/modules/echo.so 9 plugin\n",
		},
		{"no files", "modules", nil, ""},
		{"", "gio-modules", nil, "absent: gio/modules\n"},
		{"", "fonts", nil, "absent: /usr/share/fonts\n"},
		{"", "magic", nil, "absent: magic.mgc\n"},
	} {
		t.Run(strings.TrimSpace(tc.group+" "+tc.name), func(t *testing.T) {
			check(t, debian(), factsWith(tc.change), tc.group, tc.want)
		})
	}
}

// TestOtherSystems checks Fedora's certificates, and libraries outside of /usr.
func TestOtherSystems(t *testing.T) {
	fedora := system(map[string]string{
		"etc/pki/tls/certs/ca-bundle.crt":                  "-> /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
		"etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem": "certificates",
		"etc/pki/tls/cert.pem":                             "-> /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
		"etc/pki/tls/openssl.cnf": ".include = /etc/crypto-policies/back-ends/opensslcnf.config\n" +
			".include /etc/pki/tls/openssl.d\n",
		"etc/crypto-policies/back-ends/opensslcnf.config": "CipherString = x\n",
		"etc/pki/tls/openssl.d/a.conf":                    "x = y\n",
		"etc/pki/tls/openssl.d/README":                    "no\n",
		"lib64/libc.so.6":                                 "elf",
		"usr/lib64/gconv/GBK.so":                          "gbk",
	})
	f := factsWith(func(f *groupFacts) {
		f.libraryDirs = []string{"/lib64"}
		f.literals = func(name string, yield func([]byte) bool) error {
			if path.Base(name) == "libcrypto.so.3" {
				yield([]byte("/etc/pki/tls/cert.pem"))
			}
			return nil
		}
	})
	check(t, fedora, f, "ca-certs", `
/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem 0
/etc/pki/tls/cert.pem 0
/etc/pki/tls/certs/ca-bundle.crt 12
`)
	check(t, fedora, f, "openssl", `
/etc/crypto-policies/back-ends/opensslcnf.config 17
/etc/pki/tls/openssl.cnf 92
/etc/pki/tls/openssl.d/a.conf 6
`)
	check(t, fedora, f, "gconv", "/usr/lib64/gconv/GBK.so 3 plugin\n")
	check(t, fedora, f, "tzdata", "absent: /usr/share/zoneinfo (package tzdata)\n")
	check(t, fedora, f, "locale", "absent: locale C.UTF-8\n")
}

func TestNames(t *testing.T) {
	for _, name := range GroupNames() {
		if GroupContents(name) == "" {
			t.Errorf("%s: has no description", name)
		}
		if _, err := makeGroup(t.Context(), system(nil), groupFacts{}, name); err != nil {
			t.Errorf("%s of an empty system: %v", name, err)
		}
	}
	if _, err := makeGroup(t.Context(), system(nil), groupFacts{}, "gcon"); err == nil || GroupContents("gcon") != "" {
		t.Error("a group that does not exist was made")
	}
}

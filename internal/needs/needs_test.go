package needs

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// literals makes a Literals function.
func literals(list ...string) func(func([]byte) bool) error {
	return func(yield func([]byte) bool) error {
		for _, s := range list {
			if !yield([]byte(s)) {
				break
			}
		}
		return nil
	}
}

// program is a dynamically linked one that imports symbols.
func program(name string, symbols ...string) Object {
	return Object{Path: "/usr/bin/" + name, Program: true, Needed: []string{"libc.so.6"}, Imports: symbols}
}

func library(soname string, symbols ...string) Object {
	return Object{Path: "/lib/" + soname, Soname: soname, Needed: []string{"libc.so.6"}, Imports: symbols}
}

// summary writes the best need of each group: "tzdata certain date localtime".
func summary(t *testing.T, f Facts, objects ...Object) string {
	t.Helper()
	found, err := Find(objects, f)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, n := range Best(found) {
		if n.Why == "" || n.Certain() != (n.Degree == Certain) {
			t.Errorf("%s: no reason given", n.Group)
		}
		line := []string{n.Group, n.Degree.String(), n.In[strings.LastIndexByte(n.In, '/')+1:]}
		lines = append(lines, strings.Join(append(line, n.Triggers...), " "))
	}
	return strings.Join(lines, "\n")
}

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestFind(t *testing.T) {
	glibc := Facts{Libc: "glibc"}
	for _, tc := range []struct {
		name    string
		facts   Facts
		objects []Object
		want    []string
	}{
		{
			"nothing shows", glibc,
			[]Object{program("true", "exit")},
			[]string{"passwd certain true", "tmp certain true"},
		},
		{
			"whoami", glibc,
			[]Object{program("whoami", "geteuid", "getpwuid")},
			[]string{"passwd certain whoami getpwuid", "tmp certain whoami", "nss certain whoami getpwuid"},
		},
		{
			"zones without TZ are no more than possible", glibc,
			[]Object{program("date", "localtime_r", "tzset")},
			[]string{"passwd certain date", "tmp certain date", "tzdata possible date localtime_r tzset"},
		},
		{
			"TZ makes them certain",
			Facts{Libc: "glibc", Env: env("TZ", "Asia/Shanghai")},
			[]Object{program("date", "localtime_r")},
			[]string{"passwd certain date", "tmp certain date", "tzdata certain date localtime_r"},
		},
		{
			"a program that reads zones itself", glibc,
			[]Object{{Path: "/p", Program: true, Needed: []string{"libc.so.6"}, Imports: []string{"localtime"}, Literals: literals("/usr/share/zoneinfo")}},
			[]string{"passwd certain p", "tmp certain p", "tzdata likely p /usr/share/zoneinfo localtime"},
		},
		{
			"a program whose scripts do", glibc,
			[]Object{program("python3.11")},
			[]string{"passwd certain python3.11", "tmp certain python3.11", "tzdata likely python3.11 python"},
		},
		{
			"the C locale needs nothing",
			Facts{Libc: "glibc", Env: env("LANG", "C")},
			[]Object{program("ls", "setlocale")},
			[]string{"passwd certain ls", "tmp certain ls", "locale possible ls setlocale"},
		},
		{
			"another does",
			Facts{Libc: "glibc", Env: env("LC_ALL", "C.UTF-8")},
			[]Object{program("ls", "setlocale")},
			[]string{"passwd certain ls", "tmp certain ls", "locale certain ls setlocale"},
		},
		{
			"iconv in a library", glibc,
			[]Object{program("php"), library("libxml2.so.2", "iconv_open")},
			[]string{"passwd certain php", "tmp certain php", "gconv likely libxml2.so.2 iconv_open"},
		},
		{
			"of a library that converts the locale's set only", glibc,
			[]Object{program("curl"), library("libidn2.so.0", "iconv_open")},
			[]string{"passwd certain curl", "tmp certain curl"},
		},
		{
			"the surest asker leads", glibc,
			[]Object{program("x"), library("liba.so.1", "system"), library("libb.so.1", "mkstemp"), program("y", "system", "popen")},
			[]string{"tmp certain libb.so.1 mkstemp", "passwd certain x", "shell likely y system popen"},
		},
		{
			"a program that binds by SASL through libldap", glibc,
			[]Object{program("ldapsearch", "ldap_sasl_interactive_bind"), library("libldap-2.5.so.0", "sasl_client_init")},
			[]string{"passwd certain ldapsearch", "tmp certain ldapsearch", "sasl certain ldapsearch ldap_sasl_interactive_bind"},
		},
		{
			"libgcc", glibc,
			[]Object{program("x", "pthread_cancel")},
			[]string{"passwd certain x", "tmp certain x", "libgcc certain x pthread_cancel"},
		},
		{
			"libgcc that is there", glibc,
			[]Object{program("x", "pthread_cancel"), library("libgcc_s.so.1")},
			[]string{"passwd certain x", "tmp certain x"},
		},
		{
			"the C library itself asks for nothing", glibc,
			[]Object{program("x"), library("libc.so.6", "getpwuid", "iconv_open")},
			[]string{"passwd certain x", "tmp certain x"},
		},
		{
			"musl",
			Facts{Libc: "musl", Env: env("LANG", "de_DE.UTF-8")},
			[]Object{program("x", "getpwuid", "getaddrinfo", "iconv_open", "setlocale", "pthread_cancel")},
			[]string{"passwd certain x getpwuid", "tmp certain x", "netbase certain x getaddrinfo"},
		},
		{
			"certificates by a library's own bundle", glibc,
			[]Object{program("curl"), {
				Path: "/lib/libcurl.so.4", Soname: "libcurl.so.4", Needed: []string{"libssl.so.3", "libcrypto.so.3"},
				Literals: literals("/etc/ssl/certs/ca-certificates.crt"),
			}},
			[]string{
				"passwd certain curl", "tmp certain curl", "ca-certs certain libcurl.so.4 /etc/ssl/certs/ca-certificates.crt",
				"openssl certain libcurl.so.4 libcrypto.so libssl.so",
			},
		},
		{
			"a library's strings do not count by themselves", glibc,
			[]Object{program("x"), {Path: "/lib/liba.so", Soname: "liba.so", Literals: literals("/etc/ssl/certs", "/bin/sh")}},
			[]string{"passwd certain x", "tmp certain x"},
		},
		{
			"a static program",
			Facts{},
			[]Object{{
				Path: "/bin/busybox", Program: true, Static: true,
				Literals: literals("/etc/passwd", "/etc/nsswitch.conf", "see /etc/services.", "/bin/sh"),
			}},
			[]string{
				"passwd certain busybox /etc/passwd", "tmp certain busybox", "nss certain busybox /etc/nsswitch.conf",
				"netbase certain busybox /etc/services", "shell possible busybox /bin/sh",
			},
		},
		{
			"a static Go program",
			Facts{},
			[]Object{{
				Path: "/bin/tool", Program: true, Static: true, Go: true,
				Literals: literals("crypto/x509.loadSystemRoots", "os/user.Current", "/etc/nsswitch.conf", "/etc/services", "time.LoadLocation"),
			}},
			[]string{
				"passwd certain tool os/user.Current", "tmp certain tool", "ca-certs certain tool crypto/x509.loadSystemRoots",
				"tzdata likely tool time.LoadLocation",
			},
		},
		{
			"a Go program with zones of its own",
			Facts{Env: env("TZ", "Asia/Tokyo")},
			[]Object{{
				Path: "/bin/tool", Program: true, Static: true, Go: true,
				Literals: literals("time.LoadLocation", "time/tzdata.loadFromEmbeddedTZData"),
			}},
			[]string{"passwd certain tool", "tmp certain tool"},
		},
		{
			"configuration files",
			Facts{Libc: "glibc", Configs: true},
			[]Object{program("nginx")},
			[]string{"passwd certain nginx", "tmp certain nginx", "modules certain nginx"},
		},
	} {
		if got := summary(t, tc.facts, tc.objects...); got != strings.Join(sorted(tc.want), "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", tc.name, got, strings.Join(sorted(tc.want), "\n"))
		}
	}
}

// sorted puts the lines of a summary in the order of the table.
func sorted(lines []string) []string {
	lines = slices.Clone(lines)
	slices.SortStableFunc(lines, func(a, b string) int { return rank(strings.Fields(a)[0]) - rank(strings.Fields(b)[0]) })
	return lines
}

func TestFindNamesEachAskerOnce(t *testing.T) {
	found, err := Find([]Object{program("x", "getpwuid"), library("liba.so.1", "getpwnam", "getgrnam")}, Facts{Libc: "glibc"})
	if err != nil {
		t.Fatal(err)
	}
	var askers []string
	for _, n := range found {
		if n.Group == "passwd" {
			askers = append(askers, n.In)
		}
	}
	if want := []string{"/usr/bin/x", "/lib/liba.so.1"}; !slices.Equal(askers, want) {
		t.Errorf("%q, want %q", askers, want)
	}
}

func TestFindWithUnreadableStrings(t *testing.T) {
	o := program("x", "getpwuid")
	o.Literals = func(func([]byte) bool) error { return errors.New("cannot be read") }
	found, err := Find([]Object{o}, Facts{Libc: "glibc"})
	if err == nil || len(found) != 3 {
		t.Errorf("%v, %v; want what the symbols tell, and the error", found, err)
	}
}

func TestFindNothing(t *testing.T) {
	if found, err := Find(nil, Facts{}); err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
}

// TestTable holds the table to what its reader relies on.
func TestTable(t *testing.T) {
	last := map[string]int{}
	for i, r := range table {
		if r.group == "" || r.why == "" || len(r.symbols)+len(r.sonames)+len(r.literals)+len(r.funcs)+len(r.programs) == 0 {
			t.Errorf("row %d (%s): a group, a reason and a trigger are needed", i, r.group)
		}
		if at, seen := last[r.group]; seen && at != i-1 {
			t.Errorf("row %d (%s): the rows of a group stand together", i, r.group)
		}
		last[r.group] = i
		for _, s := range r.sonames {
			if !strings.HasSuffix(s, ".so") {
				t.Errorf("row %d (%s): %s is written with its version", i, r.group, s)
			}
		}
	}
}

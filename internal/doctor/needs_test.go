package doctor

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// literals returns a function for needObject.literals.
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

// program returns a dynamically linked program that imports symbols.
func program(name string, symbols ...string) needObject {
	return needObject{path: "/usr/bin/" + name, program: true, needed: []string{"libc.so.6"}, imports: symbols}
}

func library(soname string, symbols ...string) needObject {
	return needObject{path: "/lib/" + soname, soname: soname, needed: []string{"libc.so.6"}, imports: symbols}
}

// find returns the needs of objects.
func find(t *testing.T, b needBasis, objects ...needObject) []Need {
	t.Helper()
	if b.env == nil {
		b.env = variables()
	}
	var all []evidence
	for _, o := range objects {
		e, err := evidenceOf(o)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return needsOf(all, b)
}

// summary returns the need of the highest degree for each group, as in "tzdata certain
// date localtime".
func summary(t *testing.T, f needBasis, objects ...needObject) string {
	t.Helper()
	var lines []string
	last := ""
	for _, n := range find(t, f, objects...) {
		if n.Group == last { // the first is the surest
			continue
		}
		last = n.Group
		if n.Why == "" {
			t.Errorf("%s: no reason given", n.Group)
		}
		line := []string{n.Group, n.Degree.String(), n.In[strings.LastIndexByte(n.In, '/')+1:]}
		lines = append(lines, strings.Join(append(line, n.Triggers...), " "))
	}
	return strings.Join(lines, "\n")
}

func variables(pairs ...string) func(string) string {
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
	glibc := needBasis{libc: "glibc"}
	for _, tc := range []struct {
		name    string
		facts   needBasis
		objects []needObject
		want    []string
	}{
		{
			"nothing shows", glibc,
			[]needObject{program("true", "exit")},
			[]string{"passwd certain true", "tmp certain true"},
		},
		{
			"whoami", glibc,
			[]needObject{program("whoami", "geteuid", "getpwuid")},
			[]string{"passwd certain whoami getpwuid", "tmp certain whoami", "nss certain whoami getpwuid"},
		},
		{
			"zones without TZ are no more than possible", glibc,
			[]needObject{program("date", "localtime_r", "tzset")},
			[]string{"passwd certain date", "tmp certain date", "tzdata possible date localtime_r tzset"},
		},
		{
			"TZ makes them certain",
			needBasis{libc: "glibc", env: variables("TZ", "Asia/Shanghai")},
			[]needObject{program("date", "localtime_r")},
			[]string{"passwd certain date", "tmp certain date", "tzdata certain date localtime_r"},
		},
		{
			"a program that reads zones itself", glibc,
			[]needObject{{
				path: "/p", program: true, needed: []string{"libc.so.6"}, imports: []string{"localtime"},
				literals: literals("/usr/share/zoneinfo"),
			}},
			[]string{"passwd certain p", "tmp certain p", "tzdata likely p /usr/share/zoneinfo localtime"},
		},
		{
			"a program whose scripts do", glibc,
			[]needObject{program("python3.11")},
			[]string{"passwd certain python3.11", "tmp certain python3.11", "tzdata likely python3.11 python"},
		},
		{
			"the C locale needs nothing",
			needBasis{libc: "glibc", env: variables("LANG", "C")},
			[]needObject{program("ls", "setlocale")},
			[]string{"passwd certain ls", "tmp certain ls", "locale possible ls setlocale"},
		},
		{
			"another does",
			needBasis{libc: "glibc", env: variables("LC_ALL", "C.UTF-8")},
			[]needObject{program("ls", "setlocale")},
			[]string{"passwd certain ls", "tmp certain ls", "locale certain ls setlocale"},
		},
		{
			"iconv in a library", glibc,
			[]needObject{program("php"), library("libxml2.so.2", "iconv_open")},
			[]string{"passwd certain php", "tmp certain php", "gconv possible libxml2.so.2 iconv_open"},
		},
		{
			"of a library that converts the locale's set only", glibc,
			[]needObject{program("curl"), library("libidn2.so.0", "iconv_open")},
			[]string{"passwd certain curl", "tmp certain curl"},
		},
		{
			"the surest asker leads", glibc,
			[]needObject{
				program("x"), library("liba.so.1", "p11_kit_modules_load"), library("libb.so.1", "mkstemp"),
				program("y", "p11_kit_modules_load", "p11_kit_modules_load_and_initialize"),
			},
			[]string{
				"tmp certain libb.so.1 mkstemp", "passwd certain x",
				"p11-kit likely y p11_kit_modules_load p11_kit_modules_load_and_initialize",
			},
		},
		{
			"a program that binds by SASL through libldap", glibc,
			[]needObject{program("ldapsearch", "ldap_sasl_interactive_bind"), library("libldap-2.5.so.0", "sasl_client_init")},
			[]string{"passwd certain ldapsearch", "tmp certain ldapsearch", "sasl certain ldapsearch " +
				"ldap_sasl_interactive_bind"},
		},
		{
			"libgcc", glibc,
			[]needObject{program("x", "pthread_cancel")},
			[]string{"passwd certain x", "tmp certain x", "libgcc certain x pthread_cancel"},
		},
		{
			"libgcc that is there", glibc,
			[]needObject{program("x", "pthread_cancel"), library("libgcc_s.so.1")},
			[]string{"passwd certain x", "tmp certain x"},
		},
		{
			"the C library itself asks for nothing", glibc,
			[]needObject{program("x"), library("libc.so.6", "getpwuid", "iconv_open")},
			[]string{"passwd certain x", "tmp certain x"},
		},
		{
			"musl",
			needBasis{libc: "musl", env: variables("LANG", "de_DE.UTF-8")},
			[]needObject{program("x", "getpwuid", "getaddrinfo", "iconv_open", "setlocale", "pthread_cancel")},
			[]string{"passwd certain x getpwuid", "tmp certain x", "netbase certain x getaddrinfo"},
		},
		{
			"certificates by a library's own bundle", glibc,
			[]needObject{program("curl"), {
				path: "/lib/libcurl.so.4", soname: "libcurl.so.4", needed: []string{"libssl.so.3", "libcrypto.so.3"},
				literals: literals("/etc/ssl/certs/ca-certificates.crt"),
			}},
			[]string{
				"passwd certain curl", "tmp certain curl", "ca-certs certain libcurl.so.4 " +
					"/etc/ssl/certs/ca-certificates.crt",
				"openssl certain libcurl.so.4 libcrypto.so libssl.so",
			},
		},
		{
			"a library's strings do not count by themselves", glibc,
			[]needObject{
				program("x"), {path: "/lib/liba.so", soname: "liba.so", literals: literals("/etc/ssl/certs", "/bin/sh")},
			},
			[]string{"passwd certain x", "tmp certain x"},
		},
		{
			"a static program",
			needBasis{},
			[]needObject{{
				path: "/bin/busybox", program: true, static: true,
				literals: literals("/etc/passwd", "/etc/nsswitch.conf", "see /etc/services.", "/bin/sh"),
			}},
			[]string{
				"passwd certain busybox /etc/passwd", "tmp certain busybox", "nss certain busybox /etc/nsswitch.conf",
				"netbase certain busybox /etc/services", "shell possible busybox /bin/sh",
			},
		},
		{
			"a static Go program",
			needBasis{},
			[]needObject{{
				path: "/bin/tool", program: true, static: true, isGo: true,
				literals: literals(
					"crypto/x509.loadSystemRoots", "os/user.Current", "/etc/nsswitch.conf", "/etc/services", "time.LoadLocation",
				),
			}},
			[]string{
				"passwd certain tool os/user.Current", "tmp certain tool", "ca-certs certain tool " +
					"crypto/x509.loadSystemRoots",
				"tzdata likely tool time.LoadLocation",
			},
		},
		{
			"a Go program with zones of its own",
			needBasis{env: variables("TZ", "Asia/Tokyo")},
			[]needObject{{
				path: "/bin/tool", program: true, static: true, isGo: true,
				literals: literals("time.LoadLocation", "time/tzdata.loadFromEmbeddedTZData"),
			}},
			[]string{"passwd certain tool", "tmp certain tool"},
		},
		{
			"verification in a library that a program calls",
			needBasis{libc: "glibc"},
			[]needObject{program("curl"), library("libcurl.so.4", "SSL_CTX_set_default_verify_paths")},
			[]string{"passwd certain curl", "tmp certain curl", "ca-certs certain libcurl.so.4 SSL_CTX_set_default_verify_paths"},
		},
		{
			"verification in a library that only libraries call",
			needBasis{libc: "glibc", deep: map[string]bool{"/lib/libcurl.so.4": true}},
			[]needObject{program("proj"), library("libcurl.so.4", "SSL_CTX_set_default_verify_paths")},
			[]string{"passwd certain proj", "tmp certain proj", "ca-certs possible libcurl.so.4 SSL_CTX_set_default_verify_paths"},
		},
		{
			"configuration files",
			needBasis{libc: "glibc", configs: true},
			[]needObject{program("nginx")},
			[]string{"passwd certain nginx", "tmp certain nginx", "modules certain nginx"},
		},
	} {
		if got := summary(t, tc.facts, tc.objects...); got != strings.Join(sorted(tc.want), "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", tc.name, got, strings.Join(sorted(tc.want), "\n"))
		}
	}
}

// sorted returns the lines of a summary in the order of the table.
func sorted(lines []string) []string {
	lines = slices.Clone(lines)
	rankOf := func(line string) int { return rank(strings.Fields(line)[0]) }
	slices.SortStableFunc(lines, func(a, b string) int { return rankOf(a) - rankOf(b) })
	return lines
}

func TestFindNamesEachObjectOnce(t *testing.T) {
	found := find(t, needBasis{libc: "glibc"}, program("x", "getpwuid"), library("liba.so.1", "getpwnam", "getgrnam"))
	var objects []string
	for _, n := range found {
		if n.Group == "passwd" {
			objects = append(objects, n.In)
		}
	}
	if want := []string{"/usr/bin/x", "/lib/liba.so.1"}; !slices.Equal(objects, want) {
		t.Errorf("%q, want %q", objects, want)
	}
}

func TestUnreadableStrings(t *testing.T) {
	o := program("x", "getpwuid")
	o.literals = func(func([]byte) bool) error { return errors.New("cannot be read") }
	if e, err := evidenceOf(o); err == nil || len(e.matches) != 2 {
		t.Errorf("%v, %v; want what the symbols show, and the error", e, err)
	}
}

func TestFindNothing(t *testing.T) {
	if found := find(t, needBasis{}); len(found) > 0 {
		t.Error(found)
	}
}

// TestNeedTable checks the invariants of the table.
func TestNeedTable(t *testing.T) {
	last := map[string]int{}
	for i, r := range needTable {
		triggers := slices.Concat(r.symbols, r.sonames, r.literals, r.funcs, r.programs)
		if r.group == "" || r.why == "" || len(triggers) == 0 {
			t.Errorf("row %d (%s): a group, a reason and a trigger are needed", i, r.group)
		}
		if GroupContents(r.group) == "" {
			t.Errorf("row %d (%s): there is no such group", i, r.group)
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

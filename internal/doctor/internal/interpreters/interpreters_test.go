package interpreters

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/doctor/internal/owndata"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

func tree(names ...string) *sysroot.Root {
	m := fstest.MapFS{}
	for _, name := range names {
		m[strings.TrimPrefix(name, "/")] = &fstest.MapFile{Data: []byte("x"), Mode: 0o644}
	}
	return sysroot.New(m)
}

func TestLibraries(t *testing.T) {
	root := tree(
		"/usr/lib/python3.11/os.py", "/usr/lib/python3.11/config-3.11/Makefile", "/usr/lib/python3.11/json/decoder.py", "/usr/lib/python3/dist-packages/yaml.py",
		"/usr/lib/x86_64-linux-gnu/perl-base/strict.pm", "/usr/share/perl/5.36/Text/Wrap.pm", "/usr/share/perl/5.36/strict.pm",
		"/usr/share/perl5/Other.pm", "/usr/lib/jvm/java/lib/modules", "/usr/lib/jvm/java/conf/net.properties",
		"/usr/lib/R/bin/R", "/usr/lib/R/library/base/R/base", "/usr/share/lua/5.4/m.lua", "/srv/venv/pyvenv.cfg", "/srv/venv/lib/python3.11/site-packages/own.py",
	)
	const python = "/usr/lib/python3.11/json/decoder.py /usr/lib/python3.11/os.py"
	for _, tc := range []struct {
		name    string
		program Program
		strings []string
		want    string
	}{
		{"by its name", Program{Path: "/usr/bin/python3.11", RealPath: "/usr/bin/python3.11"}, nil, "does not start: " + python},
		{"by a link", Program{Path: "/usr/bin/python3", RealPath: "/usr/bin/python3.11"}, nil, "does not start: " + python},
		{
			"in a virtual environment",
			Program{Path: "/srv/venv/bin/python", RealPath: "/usr/bin/python3.11"},
			nil,
			"does not start: /srv/venv/lib/python3.11/site-packages/own.py /srv/venv/pyvenv.cfg " + python,
		},
		{
			"by its strings",
			Program{Path: "/usr/bin/perl", RealPath: "/usr/bin/perl"},
			[]string{"/usr/lib/x86_64-linux-gnu/perl-base", "/usr/share/perl/5.36", "/usr/share/perl5"},
			"loads no modules, not even strict,: /usr/lib/x86_64-linux-gnu/perl-base/strict.pm " +
				"/usr/share/perl/5.36/Text/Wrap.pm /usr/share/perl/5.36/strict.pm",
		},
		{
			"beside it",
			Program{Path: "/usr/bin/java", RealPath: "/usr/lib/jvm/java/bin/java"},
			nil,
			"does not start: /usr/lib/jvm/java/conf/net.properties /usr/lib/jvm/java/lib/modules",
		},
		{"with more behind its version", Program{Path: "/usr/bin/python3.11-x86_64", RealPath: "/usr/bin/python3.11"}, nil, "does not start: " + python},
		{"with more behind its name", Program{Path: "/usr/bin/python-config", RealPath: "/usr/bin/python-config"}, nil, ""},
		{
			"with a program that it starts",
			Program{Path: "/usr/bin/Rscript", RealPath: "/usr/lib/R/bin/Rscript"},
			nil,
			"does not start: /usr/lib/R/bin/R /usr/lib/R/library/base/R/base starts /usr/lib/R/bin/R",
		},
		{"modules alone", Program{Path: "/usr/bin/lua5.4", RealPath: "/usr/bin/lua5.4"}, nil, ": "},
		{
			"a library",
			Program{Path: "/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0", RealPath: "/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0", Library: true},
			nil, "does not start: " + python,
		},
		{"another version", Program{Path: "/usr/bin/python3.12", RealPath: "/usr/bin/python3.12"}, nil, "does not start: "},
		{"another program", Program{Path: "/usr/bin/pythonic", RealPath: "/usr/bin/pythonic"}, nil, ""},
	} {
		in := Input{Programs: []Program{tc.program}, Names: tc.strings, Triplet: "x86_64-linux-gnu"}
		found, err := Libraries(t.Context(), root, owndata.NewPackages(root), in)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, l := range found {
			got += l.Fails + ": " + strings.Join(l.Files, " ")
			if len(l.Starts) > 0 {
				got += " starts " + strings.Join(l.Starts, " ")
			}
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// TestModules checks that a script brings the modules of its package and of the packages
// that this one depends on, and no others. A file that not everybody may read is none.
func TestModules(t *testing.T) {
	m := fstest.MapFS{}
	for name, text := range map[string]string{
		"usr/lib/python3.11/os.py": "", "usr/bin/tool": "#!/usr/bin/python3",
		"usr/lib/python3/dist-packages/tool.py": "t", "usr/lib/python3/dist-packages/dep.py": "d",
		"usr/lib/python3/dist-packages/other.py": "o", "usr/share/doc/dep/x": "x",
		"var/lib/dpkg/status": "Package: tool\nStatus: install ok installed\nArchitecture: all\nDepends: middle\n\n" +
			"Package: middle\nStatus: install ok installed\nArchitecture: all\nDepends: dep\n\n" +
			"Package: dep\nStatus: install ok installed\nArchitecture: all\nDepends: tool\n\n" +
			"Package: other\nStatus: install ok installed\nArchitecture: all\n\n",
		"var/lib/dpkg/info/tool.list":   "/usr/bin/tool\n/usr/lib/python3/dist-packages/tool.py\n",
		"var/lib/dpkg/info/middle.list": "/usr/share/doc/middle\n",
		"var/lib/dpkg/info/dep.list": "/usr/lib/python3/dist-packages/dep.py\n" +
			"/usr/lib/python3/dist-packages/key.pem\n/usr/share/doc/dep/x\n",
		"var/lib/dpkg/info/other.list": "/usr/lib/python3/dist-packages/other.py\n",
	} {
		m[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	m["usr/lib/python3/dist-packages/key.pem"] = &fstest.MapFile{Data: []byte("secret"), Mode: 0o600}
	root := sysroot.New(m)
	in := Input{Programs: []Program{
		{Path: "/usr/bin/tool", RealPath: "/usr/bin/tool", Interpreters: []string{"/usr/bin/python3"}},
		{Path: "/usr/bin/python3", RealPath: "/usr/bin/python3.11"},
	}}
	found, err := Libraries(t.Context(), root, owndata.NewPackages(root), in)
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	const want = "/usr/lib/python3.11/os.py /usr/lib/python3/dist-packages/dep.py /usr/lib/python3/dist-packages/tool.py"
	if got := strings.Join(found[0].Files, " "); got != want || found[0].Size != 2 {
		t.Errorf("%s, %d bytes; want %s", got, found[0].Size, want)
	}
	if !found[0].Has("/usr/lib/python3.11/json") || !found[0].Has("/usr/lib/python3") || found[0].Has("/usr/lib/python") {
		t.Error("Has")
	}
}

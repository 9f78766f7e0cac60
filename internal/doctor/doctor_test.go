package doctor

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/internal/testfs"
)

const interp = "/lib64/ld-linux-x86-64.so.2"

// machine returns a system with file as the program /usr/bin/prog.
func machine(file elftest.File, more map[string]string) fstest.MapFS {
	file.Type, file.Interp = elf.ET_DYN, interp
	file.Needed = append(file.Needed, "libc.so.6")
	m := system(more)
	for name, f := range map[string]elftest.File{
		"usr/bin/prog":        file,
		"lib64/libc.so.6":     {Soname: "libc.so.6"},
		"lib64/liba.so.1":     {Soname: "liba.so.1", Needed: []string{"libc.so.6"}},
		"lib64/" + interp[7:]: {Soname: interp[7:]},
	} {
		m[name] = &fstest.MapFile{Data: f.Bytes(), Mode: 0o755}
	}
	return m
}

// importing returns a program that imports symbols.
func importing(symbols ...string) elftest.File {
	var f elftest.File
	for _, s := range symbols {
		f.Symbols = append(f.Symbols, elftest.Symbol{Name: s})
	}
	return f
}

// inputOf returns an Input with the closure of /usr/bin/prog and the default choice.
func inputOf(t *testing.T, src fs.ReadLinkFS) Input {
	t.Helper()
	r := &elfdeps.Resolver{FS: src}
	closure, err := r.Resolve(t.Context(), "/usr/bin/prog")
	if err := errors.Join(err, closure.Err()); err != nil {
		t.Fatal(err)
	}
	in := Input{Libc: elfdeps.Libc{Kind: "glibc", Version: 236}, Groups: Choice{Auto: true}}
	for _, o := range closure.Objects {
		in.Objects = append(in.Objects, Object{o, r})
	}
	return in
}

// examine returns the findings of a new Doctor.
func examine(t *testing.T, src fs.ReadLinkFS, change func(*Input)) *Findings {
	t.Helper()
	in := inputOf(t, src)
	if change != nil {
		change(&in)
	}
	found, err := New(src).Examine(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// names returns the names of the groups and of those that are advised.
func names(f *Findings) string {
	list := func(groups []Group) (out []string) {
		for _, g := range groups {
			out = append(out, g.Name)
		}
		return out
	}
	var advised []string
	for _, a := range f.Advice {
		fix, _, _ := strings.Cut(a.Fix, " (")
		advised = append(advised, strings.TrimPrefix(fix, "add --with "))
	}
	return strings.Join(list(f.Groups), " ") + "; " + strings.Join(advised, " ")
}

// groupOf returns a group of f.Groups.
func groupOf(t *testing.T, f *Findings, name string) Group {
	t.Helper()
	i := slices.IndexFunc(f.Groups, func(g Group) bool { return g.Name == name })
	if i < 0 {
		t.Fatalf("no group %s in %s", name, names(f))
	}
	return f.Groups[i]
}

func TestChoice(t *testing.T) {
	src := machine(importing("getpwuid", "iconv_open", "SSL_CTX_set_default_verify_paths"), map[string]string{
		"lib64/gconv/GBK.so":                "gbk",
		"etc/ssl/certs/ca-certificates.crt": strings.Repeat("x", autoLimit+1),
		"bin/sh":                            "elf",
	})
	for _, tc := range []struct {
		name   string
		change func(*Input)
		want   string
	}{
		{"what is certain and small goes in, what is likely or large is a hint", nil, "passwd tmp nss; ca-certs gconv"},
		{
			"what is asked for goes in", func(in *Input) { in.Groups.With = []string{"shell", "gconv", "ca-certs"} },
			"passwd tmp nss ca-certs gconv shell; ",
		},
		{"nothing else", func(in *Input) { in.Groups = Choice{With: []string{"shell"}} }, "shell; "},
		{"nothing at all", func(in *Input) { in.Groups = Choice{} }, "; "},
		{"without", func(in *Input) { in.Groups.Without = []string{"nss", "gconv"} }, "passwd tmp; ca-certs"},
		{
			"with and without",
			func(in *Input) { in.Groups.With, in.Groups.Without = []string{"shell"}, []string{"shell"} },
			"passwd tmp nss; ca-certs gconv",
		},
		{"done before", func(in *Input) { in.Done = []string{"passwd", "tmp", "ca-certs"} }, "nss; gconv"},
		{"in the image anyway", func(in *Input) { in.Image = src }, "passwd tmp nss; "},
		{"no objects", func(in *Input) { in.Objects = nil }, "; "},
		{"musl", func(in *Input) { in.Libc = elfdeps.Libc{Kind: "musl"} }, "passwd tmp; ca-certs"},
		{"a variable", func(in *Input) {
			in.Env = func(name string) string { return map[string]string{"SSL_CERT_FILE": "/bin/sh"}[name] }
		}, "passwd tmp nss; ca-certs gconv"},
		{
			"configuration files", func(in *Input) { in.Configs = []Config{{Path: "/c"}} },
			"passwd tmp nss modules; ca-certs gconv",
		},
	} {
		if got := names(examine(t, src, tc.change)); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
	in := inputOf(t, src)
	in.Groups.Without = []string{"gcon"}
	if _, err := New(src).Examine(t.Context(), in); err == nil || err.Error() != "gcon: no such group" {
		t.Error(err)
	}
}

func TestNeedOfGroup(t *testing.T) {
	src := machine(importing("getpwuid"), nil)
	found := examine(t, src, func(in *Input) { in.Groups.With = []string{"nss"} })
	n := groupOf(t, found, "passwd").Need
	if n == nil || n.In != "/usr/bin/prog" || fmt.Sprint(n.Triggers) != "[getpwuid]" || n.Degree != Certain || n.Why == "" {
		t.Errorf("%+v", n)
	}
	if n := groupOf(t, found, "nss").Need; n != nil {
		t.Errorf("asked for: %+v", n)
	}
}

// TestNsswitchOfTheImage checks that the modules in the nsswitch.conf of the image are
// added, not those in the file of the source.
func TestNsswitchOfTheImage(t *testing.T) {
	src := machine(importing("getpwuid"), map[string]string{
		"lib64/libnss_sss.so.2": "sss", "lib64/libnss_other.so.2": "other", "etc/nsswitch.conf": "hosts: other\n",
	})
	for _, tc := range []struct {
		name  string
		image fs.ReadLinkFS
		want  string
	}{
		{"no image", nil, nsswitchLine},
		{"an image without one", system(nil), nsswitchLine},
		{
			"its own", system(map[string]string{"etc/nsswitch.conf": "passwd: files sss\n"}),
			"/lib64/libnss_sss.so.2 as libnss_sss.so.2 3 plugin\n",
		},
		{
			"a link to it", system(map[string]string{"etc/nsswitch.conf": "-> /opt/nss", "opt/nss": "passwd: sss ../../x\n"}),
			"/lib64/libnss_sss.so.2 as libnss_sss.so.2 3 plugin\n",
		},
		{"what this group wrote before", system(map[string]string{"etc/nsswitch.conf": defaultNsswitch}), nsswitchLine},
		{"a directory", system(map[string]string{"etc/nsswitch.conf/x": ""}), nsswitchLine},
	} {
		found := examine(t, src, func(in *Input) { in.Image = tc.image })
		if got := dump(groupOf(t, found, "nss")); got != tc.want {
			t.Errorf("%s:\n%swant\n%s", tc.name, got, tc.want)
		}
	}
	in := inputOf(t, src)
	image := testfs.FS{MapFS: system(map[string]string{"etc/nsswitch.conf": ""})}
	for _, tc := range []struct {
		fail map[string]error
		size int64
		want string
	}{
		{nil, 5 << 20, "--with nss: read /etc/nsswitch.conf: larger than 4 MiB"},
		{
			map[string]error{"lstat etc/nsswitch.conf": syscall.EIO},
			1,
			"--with nss: open /etc/nsswitch.conf: input/output error",
		},
	} {
		image.Fail, image.Size = tc.fail, map[string]int64{"etc/nsswitch.conf": tc.size}
		in.Image = image
		if _, err := New(src).Examine(t.Context(), in); err == nil || err.Error() != tc.want {
			t.Errorf("%v, want %s", err, tc.want)
		}
	}
}

// TestConfigsOfTheImage checks that configuration files are read in the image, not in
// the source.
func TestConfigsOfTheImage(t *testing.T) {
	src := machine(importing(), map[string]string{
		"etc/x.conf": "user nobody2\n", "etc/passwd": "redis:x:103:110::/:/bin/sh\nnobody2:x:104:104::/:/bin/sh\n",
	})
	found := examine(t, src, func(in *Input) {
		in.Image = system(map[string]string{"etc/x.conf": "user redis\nport 6379\ndir /data\n"})
		in.Configs = []Config{{Path: "/etc/x.conf", Name: "x.conf", Main: true}}
	})
	text := dump(groupOf(t, found, "passwd"))
	if !strings.Contains(text, "redis:x:103") || strings.Contains(text, "nobody2") {
		t.Error(text)
	}
	if got := fmt.Sprint(found.Ports, found.Settings); got != "[6379/tcp] [{directory x.conf 3 dir /data}]" {
		t.Error(got)
	}
}

// noted returns a file with a .note.dlopen and with strings that are names of libraries.
func noted(note string) elftest.File {
	f := importing("dlopen")
	f.Notes = []elftest.Note{{Owner: "FDO", Type: 0x407c0c0a, Desc: append([]byte(note), 0)}}
	f.Payload = []byte("\x00libhint.so.3\x00lib%s.so\x00")
	return f
}

func TestOpens(t *testing.T) {
	note := `[{"soname":["liba.so.1","libb.so.1"],"priority":"required","description":"what"},
		{"soname":"libs.so","priority":"suggested"},
		{"soname":["libr.so"]},
		{"soname":["libr.so"],"priority":"required"}]`
	const declared = "[/usr/bin/prog required liba.so.1 libb.so.1 (what)] [/usr/bin/prog suggested libs.so ()] " +
		"[/usr/bin/prog recommended libr.so ()]"
	const all = declared + " [/usr/bin/prog hinted libhint.so.3 ()]"
	for level, want := range map[Level]string{
		"": "", LevelNone: "", LevelDeclared: declared, LevelSuggested: declared, LevelHinted: all,
	} {
		found := examine(t, machine(noted(note), nil), func(in *Input) { in.Dlopen = level })
		var got []string
		for _, o := range found.Opens {
			got = append(got, fmt.Sprintf("[%s %s %s (%s)]", o.By, o.Priority, strings.Join(o.Names, " "), o.Description))
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%q: %s\nwant %s", level, text, want)
		}
	}
	found := examine(t, machine(noted("{"), nil), func(in *Input) { in.Dlopen = LevelDeclared })
	if len(found.Warnings) != 1 || !strings.Contains(found.Warnings[0].Error(), "/usr/bin/prog") {
		t.Error(found.Warnings)
	}
	if got := len(Levels()); got != 4 {
		t.Error(got)
	}
}

// TestExamineAgain checks that a second call returns the same and reads no object.
func TestExamineAgain(t *testing.T) {
	var asked []string
	f := noted(`[{"soname":["liba.so.1"]}]`)
	f.Symbols = append(f.Symbols, importing("getpwuid", "system").Symbols...)
	src := testfs.FS{MapFS: machine(f, nil), Asked: &asked}
	in := inputOf(t, src)
	in.Dlopen = LevelDeclared
	d := New(src)
	first, err := d.Examine(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	objects := func() (n int) {
		for _, a := range asked {
			if a == "open usr/bin/prog" || a == "open lib64/libc.so.6" {
				n++
			}
		}
		return n
	}
	before := objects()
	if before == 0 {
		t.Fatal(asked)
	}
	second, err := d.Examine(t.Context(), in)
	if err != nil || !reflect.DeepEqual(first, second) {
		t.Errorf("%+v\n%+v, %v", first, second, err)
	}
	if after := objects(); after != before {
		t.Errorf("objects were opened %d times, then %d", before, after)
	}
}

// TestExamineMore checks that the findings for a grown closure do not depend on earlier
// calls.
func TestExamineMore(t *testing.T) {
	src := machine(importing("pthread_exit"), nil)
	libgcc := elftest.File{Soname: "libgcc_s.so.1", Needed: []string{"libc.so.6"}}
	src["lib64/libgcc_s.so.1"] = &fstest.MapFile{Data: libgcc.Bytes()}
	in := inputOf(t, src)
	d := New(src)
	found, err := d.Examine(t.Context(), in)
	if err != nil || names(found) != "passwd tmp libgcc; " {
		t.Fatal(names(found), err)
	}
	more, err := in.Objects[0].In.Dlopen(t.Context(), "/usr/bin/prog", "libgcc_s.so.1")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range more.Objects {
		if o.Soname == "libgcc_s.so.1" {
			in.Objects = append(in.Objects, Object{o, in.Objects[0].In})
		}
	}
	if found, err = d.Examine(t.Context(), in); err != nil || names(found) != "passwd tmp; " {
		t.Error(names(found), err)
	}
}

func TestConcurrentDoctors(t *testing.T) {
	src := machine(importing("getpwuid", "iconv_open"), map[string]string{"c": "user x\nload y.so\n"})
	var group sync.WaitGroup
	for range 4 {
		in := inputOf(t, src) // a resolver is for one goroutine
		in.Image, in.Configs, in.Dlopen = src, []Config{{Path: "/c", Main: true}}, LevelHinted
		group.Go(func() {
			found, err := New(src).Examine(t.Context(), in)
			if err != nil || names(found) != "passwd tmp nss modules; " {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func TestExamineErrors(t *testing.T) {
	files := machine(noted("[]"), map[string]string{"etc/passwd": "x"})
	in := inputOf(t, files)
	in.Dlopen = LevelHinted
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := New(files).Examine(ctx, in); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for question, prefix := range map[string]string{"open usr/bin/prog": "", "open etc/passwd": "--with passwd: "} {
		src := testfs.FS{MapFS: files, Fail: map[string]error{}}
		in := inputOf(t, src)
		in.Dlopen = LevelHinted
		src.Fail[question] = fs.ErrPermission
		for i := range in.Objects { // a resolver that has read nothing yet
			in.Objects[i].In = &elfdeps.Resolver{FS: src}
		}
		if _, err := New(src).Examine(t.Context(), in); err == nil || !strings.HasPrefix(err.Error(), prefix) {
			t.Errorf("%s: %v", question, err)
		}
	}
}

// Without groups to choose from, no object is read: In is nil.
func TestNoGroupsReadNothing(t *testing.T) {
	in := Input{Objects: []Object{{Object: &elfdeps.Object{Path: "/usr/bin/x", Kind: elfdeps.Executable}}}}
	if found, err := New(fstest.MapFS{}).Examine(t.Context(), in); err != nil || len(found.Groups)+len(found.Advice) > 0 {
		t.Errorf("%v, %v", found, err)
	}
}

// TestUnreadHints checks that an object whose strings cannot be read has no hints, unless
// they are asked for.
func TestUnreadHints(t *testing.T) {
	files := machine(noted("[]"), nil)
	for level, want := range map[Level]bool{LevelDeclared: false, LevelHinted: true} {
		src := testfs.FS{MapFS: files, Fail: map[string]error{}}
		in := inputOf(t, src)
		in.Dlopen = level
		d := New(src)
		for _, o := range in.Objects {
			if _, err := d.factsOf(t.Context(), o); err != nil {
				t.Fatal(err)
			}
		}
		src.Fail["open usr/bin/prog"] = syscall.EMFILE
		found := &Findings{}
		if err := d.findHinted(t.Context(), in, found); (err != nil) != want || len(found.Advice) > 0 {
			t.Errorf("%s: %v, %+v", level, err, found.Advice)
		}
	}
}

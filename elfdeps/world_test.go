package elfdeps

import (
	"context"
	"debug/elf"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

const (
	glibcLoader = "/lib64/ld-linux-x86-64.so.2"
	muslLoader  = "/lib/ld-musl-x86_64.so.1"
)

// world is a file system in a few words: a path and what is there.
//
//	"-> TARGET"            a symlink
//	"dir", "socket"        a directory, a socket
//	"text CONTENT"         a file; 0755 when it is a "#!" script
//	"= PATH"               one more hard link to the file there
//	"exe|lib|ld|static …"  an ELF file, see elfOf
type world map[string]string

// build makes the file system. Files have inode numbers.
func (w world) build(t testing.TB) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	ino := uint64(100)
	for name, spec := range w {
		word, rest, _ := strings.Cut(spec, " ")
		ino++
		f := &fstest.MapFile{Mode: 0o755, Sys: &sysroot.ID{Dev: 1, Ino: ino}}
		switch word {
		case "->":
			f.Mode, f.Data = fs.ModeSymlink|0o777, []byte(rest)
		case "socket":
			f.Mode = fs.ModeSocket | 0o755
		case "dir":
			f.Mode = fs.ModeDir | 0o755
		case "text":
			f.Data = []byte(rest)
		case "=":
			continue
		default:
			f.Data = elfOf(t, spec).Bytes()
			if strings.Contains(spec, " suid") {
				f.Mode |= fs.ModeSetuid
			}
		}
		m[name[1:]] = f
	}
	for name, spec := range w {
		if to, ok := strings.CutPrefix(spec, "= "); ok {
			m[name[1:]] = m[to[1:]]
		}
	}
	return m
}

// elfOf makes an ELF file out of words: its kind, then KEY=VALUE, lists being
// separated by commas. An exe has the usual interpreter.
func elfOf(t testing.TB, spec string) elftest.File {
	t.Helper()
	words := strings.Fields(spec)
	f := elftest.File{}
	switch words[0] {
	case "exe":
		f.Interp = glibcLoader
	case "musl":
		f.Interp = muslLoader
	case "static":
		f.Static, f.Type = true, elf.ET_EXEC
	case "ld":
		f = loaderFile(words[1:])
	case "lib":
	default:
		t.Fatalf("what is %q?", spec)
	}
	for _, w := range words[1:] {
		key, value, _ := strings.Cut(w, "=")
		if err := set(&f, key, value); err != nil {
			t.Fatalf("%s: %v", spec, err)
		}
	}
	return f
}

func set(f *elftest.File, key, value string) error {
	text := func(tag elf.DynTag) {
		for _, v := range strings.Split(value, ",") {
			f.Dyn = append(f.Dyn, elftest.Text(tag, v))
		}
	}
	n, err := strconv.ParseUint(value, 0, 64)
	switch key {
	case "needs":
		f.Needed = strings.Split(value, ",")
	case "rpath":
		text(elf.DT_RPATH)
	case "runpath":
		text(elf.DT_RUNPATH)
	case "soname":
		text(elf.DT_SONAME)
	case "aux":
		text(elf.DT_AUXILIARY)
	case "filter":
		text(elf.DT_FILTER)
	case "audit":
		text(elf.DT_AUDIT)
	case "depaudit":
		text(elf.DT_DEPAUDIT)
	case "interp":
		f.Interp = value
	case "wants":
		file, versions, _ := strings.Cut(value, ":")
		f.Verneed = append(f.Verneed, elftest.Verneed{File: file, Versions: strings.Split(versions, ",")})
	case "defines":
		f.Verdef = strings.Split(value, ",")
	case "symbols":
		for _, s := range strings.Split(value, ",") {
			f.Symbols = append(f.Symbols, elftest.Symbol{Name: s, Defined: true})
		}
	case "class32":
		f.Class = elf.ELFCLASS32
	case "big":
		f.Data = elf.ELFDATA2MSB
	case "nodeflib":
		f.Flags1 |= uint64(elf.DF_1_NODEFLIB)
	case "noopen":
		f.Flags1 |= uint64(elf.DF_1_NOOPEN)
	case "pie":
		f.Flags1 |= uint64(elf.DF_1_PIE)
	case "nodyn":
		f.Static = true
	case "suid", "version", "vendor", "dirs", "lib", "hwcaps", "cache":
		return nil
	default:
		if err != nil {
			return fmt.Errorf("%s=%s: %w", key, value, err)
		}
		return setNumber(f, key, n)
	}
	return nil
}

func setNumber(f *elftest.File, key string, n uint64) error {
	switch key {
	case "machine":
		f.Machine = elf.Machine(n)
	case "type":
		f.Type = elf.Type(n)
	case "osabi":
		f.OSABI = elf.OSABI(n)
	case "abiversion":
		f.ABIVersion = uint8(n)
	case "flags":
		f.Flags = uint32(n)
	case "sections":
		f.Sections = elftest.Sections(n)
	default:
		return fmt.Errorf("what is %s?", key)
	}
	return nil
}

// loaderFile is glibc's ld.so as its strings show it: by default an unpatched
// 2.39 that looks in /lib and /usr/lib.
func loaderFile(words []string) elftest.File {
	v := map[string]string{"version": "2.39", "vendor": "GNU", "dirs": "/lib/,/usr/lib/", "lib": "lib", "cache": "/etc/ld.so.cache"}
	for _, w := range words {
		key, value, _ := strings.Cut(w, "=")
		v[key] = value
	}
	s := "\x00" + strings.ReplaceAll(v["dirs"], ",", "\x00") + "\x00\x00ORIGIN\x00PLATFORM\x00LIB\x00\x00" + v["lib"] +
		"\x00" + v["cache"] + "\x00--glibc-hwcaps-prepend LIST\x00" + v["hwcaps"] +
		"\x00ld.so (" + v["vendor"] + " libc) stable release version " + v["version"] + ".\x00"
	return elftest.File{Soname: "ld-linux-x86-64.so.2", Payload: []byte(s), Verdef: []string{"GLIBC_2.0"}}
}

// run resolves paths in the world. The base has both loaders unless told otherwise.
func (w world) run(t testing.TB, r Resolver, paths ...string) *Closure {
	t.Helper()
	for name, spec := range map[string]string{glibcLoader: "ld", muslLoader: "lib soname=libc.so"} {
		if _, ok := w[name]; !ok {
			w[name] = spec
		}
	}
	r.FS = w.build(t)
	c, err := r.Resolve(context.Background(), paths...)
	if c == nil {
		t.Fatal("no closure")
	}
	if (err != nil) != (len(c.Missing)+len(c.Errors) > 0) {
		t.Errorf("error %v with %d missing, %d errors", err, len(c.Missing), len(c.Errors))
	}
	return c
}

// story tells a closure in words: the paths opened, then what went wrong.
func story(c *Closure) string {
	words := append([]string{}, c.Opened...)
	for _, m := range c.Missing {
		words = append(words, "missing:"+m.Name+"<"+m.NeededBy)
	}
	for _, m := range c.Partial {
		words = append(words, "partial:"+m.Name+"<"+m.NeededBy)
	}
	for _, err := range c.Errors {
		words = append(words, fmt.Sprintf("%s:{%v}", strings.TrimPrefix(fmt.Sprintf("%T", err), "*elfdeps."), err))
	}
	return strings.Join(words, " ")
}

// scene is a case: a world, how it is asked and what comes out. The target is
// /bin/t unless named; target and interpreter are left out of the story.
type scene struct {
	name   string
	world  world
	ask    Resolver
	target string
	want   string
}

func play(t *testing.T, scenes []scene) {
	t.Helper()
	for _, sc := range scenes {
		t.Run(sc.name, func(t *testing.T) {
			target := sc.target
			if target == "" {
				target = "/bin/t"
			}
			got := story(sc.world.run(t, sc.ask, target))
			got = strings.TrimPrefix(got, target)
			for _, ld := range []string{glibcLoader, muslLoader} {
				got = strings.TrimPrefix(strings.TrimSpace(got), ld)
			}
			if got = strings.TrimSpace(got); got != sc.want {
				t.Errorf("got  %s\nwant %s", got, sc.want)
			}
		})
	}
}

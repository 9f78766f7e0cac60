//go:build linux

package foreign

import (
	"debug/elf"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

// world is a small random system: a loader, a program, and libraries that are found, or
// not, by all rules.
type world struct {
	arch
	*rand.Rand
	t    *testing.T
	top  string
	musl bool

	subdirs []string // capability subdirectories to make
	paths   []string // of what has been written, inside the tree

	program, dir string // the program and the working directory
	libraryPath  string
	filters      bool     // there is DT_AUXILIARY or DT_FILTER: glibc's list is then not in the order of opening
	auxiliary    []string // DT_AUXILIARY names: a trace alone calls them missing
	notes        []string // what is where, for a failure's report
}

// Worlds per machine: MKROOTFS_WORLDS raises it for a long search, and
// MKROOTFS_WORLD is the number of one world to look at alone.
const worldsPerArch = 50

var (
	worldNames = []string{
		"liba.so", "liba.so.1", "libb.so", "libb.so.2", "libc1.so", "libd.so", "lib e.so", "lib(f).so", "lib=>g.so", "lib\xffh.so",
	}
	worldDirs = []string{"/opt/a", "/opt/b", "/opt/a/sub", "/work", "/usr/local/lib", "/opt/w x", "/opt/w\xfe"}
	listItems = []string{
		"$ORIGIN", "${ORIGIN}/../b", "$ORIGIN/sub", "/$LIB", "/usr/${LIB}", "", ".", "sub", "../opt/b", "/opt/l", "/opt/r", "/opt/loop",
		"/opt/up", "/nowhere", "$ORIGINX", "$FOO", "/opt/a//", "/opt/./b", "/opt/a/../b", "/", "/opt/a/prog", "/opt/loop/x", "$ORIGIN/../../opt/b",
	}
)

func TestGlibcWorlds(t *testing.T) {
	testenv.SkipSlow(t)
	for _, a := range arches {
		t.Run(a.deb, func(t *testing.T) {
			t.Parallel()
			base := filepath.Join(t.TempDir(), "base")
			unpack(t, base, fetch(t, a, []string{"libc-bin"}), a.merged)
			install(t, a, base)
			a.native = false // only qemu tells a program in a chroot where it lies
			worlds(t, a, base, false)
		})
	}
}

// worlds compares the command with the loader of base on many worlds.
func worlds(t *testing.T, a arch, base string, musl bool) {
	t.Helper()
	from, to := 0, worldsPerArch
	if n, err := strconv.Atoi(os.Getenv("MKROOTFS_WORLDS")); err == nil {
		to = n
	}
	if n, err := strconv.Atoi(os.Getenv("MKROOTFS_WORLD")); err == nil {
		from, to = n, n+1
	}
	seen, equal, fatal, missing := 0, 0, 0, 0
	for seed := from; seed < to; seed++ {
		w := &world{arch: a, Rand: rand.New(rand.NewPCG(uint64(seed), uint64(a.machine))), t: t, musl: musl}
		w.top = filepath.Join(t.TempDir(), strconv.Itoa(seed))
		if kept := os.Getenv("MKROOTFS_KEEP"); kept != "" {
			w.top = filepath.Join(kept, t.Name(), strconv.Itoa(seed))
			if err := os.RemoveAll(w.top); err != nil {
				t.Fatal(err)
			}
		}
		w.build(base)
		want, got, stderr := w.ask()
		if os.Getenv("MKROOTFS_KEEP") == "" {
			if err := os.RemoveAll(w.top); err != nil {
				t.Fatal(err)
			}
		}
		switch {
		case strings.Contains(want.fatal, "uncaught target signal") || want.fatal == silence:
			continue // the loader crashed: what it moves for a filter is not always whole
		case want.fatal != "":
			fatal++
		}
		seen++
		if len(want.missing) > 0 {
			missing++
		}
		if w.filters {
			sortPairs(want.loaded)
			sortPairs(got.loaded)
		}
		want.missing = slices.DeleteFunc(want.missing, func(name string) bool {
			return slices.Contains(w.auxiliary, filepath.Base(name)) && !slices.Contains(got.missing, name)
		})
		if diff := compare(want, got); diff != "" {
			t.Errorf("world %d in %s: %s\n%s\nthe loader: %s\nthe command: %s", seed, w.dir, diff, strings.Join(w.notes, "\n"), want.fatal, stderr)
			continue
		}
		equal++
	}
	t.Logf("%d worlds compared, %d equal; in %d the loader gives up, in %d it misses something", seen, equal, fatal, missing)
}

func sortPairs(p [][2]string) {
	slices.SortFunc(p, func(a, b [2]string) int { return strings.Compare(a[1], b[1]) })
}

// build writes the world.
func (w *world) build(base string) {
	harness.Mkdir(w.t, w.top)
	w.share(base, emulator)
	w.share(base, w.interp)
	if !w.musl {
		w.share(base, "/sbin/ldconfig")
	}
	harness.Link(w.t, "/opt/a", w.at("/opt/l"))
	harness.Link(w.t, "b", w.at("/opt/r"))
	harness.Link(w.t, "loop", w.at("/opt/loop"))
	harness.Link(w.t, "../../../opt/b", w.at("/opt/up"))
	dirs := slices.Concat(worldDirs, []string{"/lib/" + w.triplet, "/usr/lib/" + w.triplet, "/lib", "/usr/lib"})
	for _, sub := range w.subdirs {
		for _, d := range []string{"/lib/" + w.triplet, "/usr/lib", "/opt/b", "/opt/a"} {
			dirs = append(dirs, d+"/"+sub)
		}
	}
	for _, d := range dirs {
		harness.Mkdir(w.t, w.at(d))
	}
	for _, name := range worldNames {
		for range 1 + w.IntN(3) {
			w.candidate(w.pick(dirs) + "/" + name)
		}
		if w.chance(90) { // so that most worlds are whole
			w.candidate(w.pick([]string{"/lib/" + w.triplet, "/usr/lib"}) + "/" + name)
		}
	}
	w.dir = w.pick([]string{"/", "/work", "/opt/a"})
	w.start()
	w.settings(dirs)
}

func (w *world) at(path string) string { return w.top + path }

func (w *world) pick(from []string) string { return from[w.IntN(len(from))] }

func (w *world) chance(percent int) bool { return w.IntN(100) < percent }

// share links a file of base into the world.
func (w *world) share(base, name string) {
	n, err := sysroot.Host(base).Walk(name)
	if err != nil {
		w.t.Fatal(err)
	}
	harness.Mkdir(w.t, filepath.Dir(w.at(name)))
	if err := os.Link(base+n.Real, w.at(name)); err != nil {
		w.t.Fatal(err)
	}
}

// candidate writes something to path that a loader may find there.
func (w *world) candidate(path string) {
	if slices.Contains(w.paths, path) {
		return
	}
	switch n := w.IntN(100); {
	case n < 3:
		w.object(path, func(f *elftest.File) { f.Class = 3 - f.Class })
	case n < 6:
		w.object(path, func(f *elftest.File) { f.Machine = elf.EM_SPARCV9 })
	case n < 7:
		harness.Write(w.t, w.at(path), []byte("/* GNU ld script */\nGROUP ( libx.so )  /* and what else it takes to be long enough */\n"), 0o644)
		w.note(path, "a text")
	case n < 10:
		harness.Link(w.t, "nothing", w.at(path))
		w.note(path, "a dangling link")
	case n < 12:
		harness.Link(w.t, filepath.Base(path), w.at(path))
		w.note(path, "a link to itself")
	case n < 20 && len(w.paths) > 0:
		to := w.pick(w.paths)
		harness.Link(w.t, to, w.at(path))
		w.note(path, "a link to "+to)
	case n < 26 && len(w.paths) > 0:
		to := w.pick(w.paths)
		if err := os.Link(w.at(to), w.at(path)); err != nil {
			w.t.Fatal(err)
		}
		w.note(path, "a hard link to "+to)
	default:
		w.object(path, func(*elftest.File) {})
	}
	w.paths = append(w.paths, path)
}

func (w *world) note(path, what string) { w.notes = append(w.notes, fmt.Sprintf("%q %s", path, what)) }

// object writes an ELF file with random needs and search lists.
func (w *world) object(path string, change func(*elftest.File)) {
	w.t.Helper()
	f := elftest.File{
		Machine: w.machine, Class: w.class, Data: w.data, Flags: w.flags,
		Symbols: []elftest.Symbol{{Name: "x", Defined: true}},
	}
	for range w.IntN(4) {
		f.Needed = append(f.Needed, w.name())
	}
	if w.chance(50) {
		f.Soname = w.pick(worldNames)
	}
	if w.chance(35) {
		f.Dyn = append(f.Dyn, elftest.Text(elf.DT_RPATH, w.list()))
	}
	if w.chance(35) {
		f.Dyn = append(f.Dyn, elftest.Text(elf.DT_RUNPATH, w.list()))
	}
	if w.chance(5) {
		f.Flags1 = uint64(elf.DF_1_NODEFLIB)
	}
	for _, tag := range []elf.DynTag{elf.DT_AUXILIARY, elf.DT_FILTER} {
		if w.chance(2) {
			name := w.pick(worldNames)
			f.Dyn = append(f.Dyn, elftest.Text(tag, name))
			w.filters = true
			if tag == elf.DT_AUXILIARY {
				w.auxiliary = append(w.auxiliary, filepath.Base(name))
			}
		}
	}
	change(&f)
	w.note(path, fmt.Sprintf("%s %s soname %q needed %q flags %x %s", f.Class, f.Machine, f.Soname, f.Needed, f.Flags1, dynText(f.Dyn)))
	harness.Write(w.t, w.at(path), f.Bytes(), 0o755)
}

func dynText(dyn []elftest.Dyn) string {
	var b strings.Builder
	for _, d := range dyn {
		fmt.Fprintf(&b, "%s %q ", d.Tag, *d.Text)
	}
	return b.String()
}

// name is what an object needs: mostly a plain name, sometimes a path.
func (w *world) name() string {
	name := w.pick(worldNames)
	switch w.IntN(200) {
	case 0:
		return "$ORIGIN/" + name
	case 1:
		return w.pick(worldDirs) + "/" + name
	case 2:
		return "sub/" + name
	case 3:
		return "../opt/l/" + name
	case 4:
		return w.interp
	case 5:
		return "$LIB/" + name
	case 6:
		return "libnone.so"
	}
	return name
}

func (w *world) list() string {
	var items []string
	for range w.IntN(4) {
		items = append(items, w.pick(append(listItems, worldDirs...)))
	}
	return strings.Join(items, ":")
}

// start writes the program and chooses by which name it is started.
func (w *world) start() {
	w.program = w.pick([]string{"/opt/a/prog", "/usr/bin/prog"})
	w.object(w.program, func(f *elftest.File) {
		f.Interp = w.interp
		if !w.musl {
			f.Type = elf.ET_EXEC // has its addresses where ld.so looks without a PT_PHDR
		}
		f.Needed = append(f.Needed, w.pick(worldNames), w.pick(worldNames))
		// What is a filter of the program comes before it in glibc's list, of
		// which the trace shows what follows the program.
		f.Dyn = slices.DeleteFunc(f.Dyn, func(d elftest.Dyn) bool { return d.Tag == elf.DT_AUXILIARY || d.Tag == elf.DT_FILTER })
	})
	if w.chance(30) && !w.musl { // whose --list takes $ORIGIN from the name given
		harness.Link(w.t, w.program, w.at("/usr/local/bin/start"))
		w.program = "/usr/local/bin/start"
	}
}

// settings writes the cache, the preload file and the environment.
func (w *world) settings(dirs []string) {
	if w.chance(30) {
		w.libraryPath = w.list()
		w.notes = append(w.notes, fmt.Sprintf("LD_LIBRARY_PATH %q", w.libraryPath))
	}
	if w.musl {
		if w.chance(50) {
			text := w.pick(dirs) + ":" + w.pick(dirs) + "\n/lib:/usr/lib\n"
			harness.Write(w.t, w.at(muslPath(w.interp)), []byte(text), 0o644)
			w.notes = append(w.notes, fmt.Sprintf(".path %q", text))
		}
		return
	}
	if w.chance(40) {
		conf := w.pick(dirs) + "\n" + w.pick(dirs) + "\n/opt/b\n"
		harness.Write(w.t, w.at("/etc/ld.so.conf"), []byte(conf), 0o644)
		ldconfig(w.t, w.top)
		w.notes = append(w.notes, fmt.Sprintf("ld.so.conf %q", conf))
	}
	if w.chance(10) {
		name := w.pick(worldNames)
		harness.Write(w.t, w.at("/etc/ld.so.preload"), []byte(name+"\n"), 0o644)
		w.notes = append(w.notes, fmt.Sprintf("ld.so.preload %q", name))
	}
}

// ask runs the loader and the command on the world.
func (w *world) ask(how ...string) (want, got answer, stderr string) {
	args := []string{w.program}
	var env []string
	if w.libraryPath != "" {
		args = append(args, "--library-path="+w.libraryPath)
		env = append(env, "LD_LIBRARY_PATH="+w.libraryPath)
	}
	if w.musl {
		want = list(w.arch, w.top, w.dir, w.program, env...)
	} else {
		want = trace(w.arch, w.top, w.dir, slices.Concat([]string{emulator}, how, []string{w.program}), env...)
	}
	for i, l := range want.loaded {
		if !strings.HasPrefix(l[1], "/") {
			want.loaded[i][1] = strings.TrimSuffix(w.dir, "/") + "/" + l[1]
		}
	}
	c, stderr := print(w.t, command(w.top, w.dir, args...))
	return want, c.answer(), stderr
}

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
)

// world is a small random system: a loader, a program, and libraries that find
// one another, or do not, by every rule there is.
type world struct {
	arch
	*rand.Rand
	t     *testing.T
	top   string
	musl  bool
	paths []string // of what has been written, inside the tree

	program, dir string // the program and the working directory
	libraryPath  string
	notes        []string // what is where, for a failure's report
}

// Worlds per machine: MKROOTFS_WORLDS raises it for a long search, and
// MKROOTFS_WORLD is the number of one world to look at alone.
const worldsPerArch = 60

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
	insist(t)
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
	equal, fatal, missing := 0, 0, 0
	for seed := from; seed < to; seed++ {
		w := &world{arch: a, Rand: rand.New(rand.NewPCG(uint64(seed), 1)), t: t, musl: musl}
		w.top = filepath.Join(t.TempDir(), strconv.Itoa(seed))
		w.build(base)
		want, got, stderr := w.ask()
		if want.fatal != "" {
			fatal++
		}
		if len(want.missing) > 0 {
			missing++
		}
		if diff := compare(want, got); diff != "" {
			t.Errorf("world %d in %s: %s\n%s\nthe loader: %s\nthe command: %s", seed, w.dir, diff, strings.Join(w.notes, "\n"), want.fatal, stderr)
			continue
		}
		equal++
		if err := os.RemoveAll(w.top); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d worlds compared, %d equal; in %d the loader gives up, in %d it misses something", to-from, equal, fatal, missing)
}

// build writes the world.
func (w *world) build(base string) {
	mkdir(w.t, w.top)
	for _, name := range []string{emulator, w.interp, "/sbin/ldconfig"} {
		w.share(base, name)
	}
	link(w.t, "/opt/a", w.at("/opt/l"))
	link(w.t, "b", w.at("/opt/r"))
	link(w.t, "loop", w.at("/opt/loop"))
	link(w.t, "../../../opt/b", w.at("/opt/up"))
	dirs := slices.Concat(worldDirs, []string{"/lib/" + w.triplet, "/usr/lib/" + w.triplet, "/lib", "/usr/lib"})
	for _, d := range dirs {
		mkdir(w.t, w.at(d))
	}
	for _, name := range worldNames {
		for range 1 + w.IntN(3) {
			w.candidate(w.pick(dirs) + "/" + name)
		}
	}
	w.dir = w.pick([]string{"/", "/work", "/opt/a"})
	w.start()
	w.settings(dirs)
}

func (w *world) at(path string) string { return w.top + path }

func (w *world) pick(from []string) string { return from[w.IntN(len(from))] }

func (w *world) chance(percent int) bool { return w.IntN(100) < percent }

// share puts a file of base into the world, at the path that its links lead to
// too, without copying it.
func (w *world) share(base, name string) {
	real, err := filepath.EvalSymlinks(base + name)
	if err != nil {
		w.t.Fatal(err)
	}
	mkdir(w.t, filepath.Dir(w.at(name)))
	if err := os.Link(real, w.at(name)); err != nil {
		w.t.Fatal(err)
	}
}

// candidate puts something at path that a loader may find there.
func (w *world) candidate(path string) {
	if slices.Contains(w.paths, path) {
		return
	}
	switch n := w.IntN(100); {
	case n < 3:
		write(w.t, w.at(path), w.object(func(f *elftest.File) { f.Class = 3 - f.Class }), 0o644)
		w.note(path, "of the other class")
	case n < 6:
		write(w.t, w.at(path), w.object(func(f *elftest.File) { f.Machine = elf.EM_SPARCV9 }), 0o644)
		w.note(path, "of another machine")
	case n < 7:
		write(w.t, w.at(path), []byte("/* GNU ld script */\nGROUP ( libx.so )  /* and what else it takes to be long enough */\n"), 0o644)
		w.note(path, "a text")
	case n < 10:
		link(w.t, "nothing", w.at(path))
		w.note(path, "a dangling link")
	case n < 12:
		link(w.t, filepath.Base(path), w.at(path))
		w.note(path, "a link to itself")
	case n < 20 && len(w.paths) > 0:
		link(w.t, w.pick(w.paths), w.at(path))
		w.note(path, "a link")
	case n < 26 && len(w.paths) > 0:
		if err := os.Link(w.at(w.pick(w.paths)), w.at(path)); err != nil {
			w.t.Fatal(err)
		}
		w.note(path, "a hard link")
	default:
		write(w.t, w.at(path), w.object(nil), 0o644)
	}
	w.paths = append(w.paths, path)
}

func (w *world) note(path, what string) { w.notes = append(w.notes, fmt.Sprintf("%q %s", path, what)) }

// object makes an ELF file with random needs and search lists.
func (w *world) object(change func(*elftest.File)) []byte {
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
		if w.chance(4) {
			f.Dyn = append(f.Dyn, elftest.Text(tag, w.name()))
		}
	}
	if change != nil {
		change(&f)
	}
	w.notes = append(w.notes, fmt.Sprintf("next: soname %q needed %q flags %x dyn %s", f.Soname, f.Needed, f.Flags1, dynText(f.Dyn)))
	return f.Bytes()
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
	switch n := w.IntN(40); n {
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
	b := w.object(func(f *elftest.File) {
		f.Type, f.Interp = elf.ET_EXEC, w.interp
		f.Needed = append(f.Needed, w.pick(worldNames), w.pick(worldNames))
	})
	write(w.t, w.at(w.program), b, 0o755)
	w.note(w.program, "is the program before")
	if w.chance(30) {
		link(w.t, w.program, w.at("/usr/local/bin/start"))
		w.program = "/usr/local/bin/start"
	}
}

// settings writes what lies outside the files: the cache, the preload file and
// the environment.
func (w *world) settings(dirs []string) {
	if w.chance(30) {
		w.libraryPath = w.list()
		w.notes = append(w.notes, fmt.Sprintf("LD_LIBRARY_PATH %q", w.libraryPath))
	}
	if w.musl {
		return
	}
	if w.chance(40) {
		conf := w.pick(dirs) + "\n" + w.pick(dirs) + "\n/opt/b\n"
		write(w.t, w.at("/etc/ld.so.conf"), []byte(conf), 0o644)
		ldconfig(w.t, w.top)
		w.notes = append(w.notes, fmt.Sprintf("ld.so.conf %q", conf))
	}
	if w.chance(10) {
		name := w.pick(worldNames)
		write(w.t, w.at("/etc/ld.so.preload"), []byte(name+"\n"), 0o644)
		w.notes = append(w.notes, fmt.Sprintf("ld.so.preload %q", name))
	}
}

// ask puts the world before the loader and the command.
func (w *world) ask() (want, got answer, stderr string) {
	args := []string{w.program}
	var env []string
	if w.libraryPath != "" {
		args = append(args, "--library-path="+w.libraryPath)
		env = append(env, "LD_LIBRARY_PATH="+w.libraryPath)
	}
	want = trace(w.arch, w.top, w.dir, []string{emulator, w.program}, env...)
	for i, l := range want.loaded {
		if !strings.HasPrefix(l[1], "/") {
			want.loaded[i][1] = strings.TrimSuffix(w.dir, "/") + "/" + l[1]
		}
	}
	c, stderr := print(w.t, command(w.top, w.dir, args...))
	return want, c.answer(), stderr
}

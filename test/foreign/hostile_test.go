//go:build linux

package foreign

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

// The limits for a hostile file.
const (
	maxTime   = time.Second // of CPU time
	maxMemory = 64 << 20
	guard     = time.Minute // for a command that waits for ever
)

// outcome is how a run of the command ended.
type outcome struct {
	code        int
	out, stderr string
	time        time.Duration
	memory      int64
}

// hostile runs the command and checks the limits.
func hostile(t *testing.T, dir string, args ...string) outcome {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), guard)
	defer stop()
	cmd := exec.CommandContext(ctx, tool, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.Dir, cmd.Env = &out, &errs, dir, []string{"PATH=/nowhere"}
	// A new process inherits the high-water mark of the one that starts it.
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Run()
	o := outcome{out: out.String(), stderr: errs.String(), code: cmd.ProcessState.ExitCode()}
	o.time = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	o.memory = cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	t.Logf("status %d, %v, %d MB, %d bytes of answer, %d of messages: %.300q", o.code, o.time.Round(time.Millisecond), o.memory>>20, len(o.out), len(o.stderr), o.stderr)
	if o.time > maxTime {
		t.Errorf("took %v", o.time)
	}
	if o.memory > maxMemory {
		t.Errorf("took %d MB", o.memory>>20)
	}
	if strings.Contains(o.stderr, "goroutine ") || o.code != 0 && o.code != 1 && o.code != 2 {
		t.Errorf("status %d: %.2000s", o.code, o.stderr)
	}
	return o
}

// system writes a tree with a loader.
func system(t *testing.T) string {
	t.Helper()
	top := t.TempDir()
	harness.Write(t, top+"/lib64/ld-linux-x86-64.so.2", elftest.File{
		Soname:  "ld-linux-x86-64.so.2",
		Payload: []byte("\x00\x00/lib/\x00/usr/lib/\x00\x00/etc/ld.so.cache\x00 stable release version 2.36.\x00glibc-hwcaps\x00x86-64-v4:x86-64-v3:x86-64-v2\x00"),
	}.Bytes(), 0o755)
	harness.Mkdir(t, top+"/lib", top+"/usr/lib")
	return top
}

func program(needed ...string) elftest.File {
	return elftest.File{Interp: "/lib64/ld-linux-x86-64.so.2", Needed: needed}
}

var atByte = regexp.MustCompile(`at byte \d+`)

// patch overwrites bytes of a file.
func patch(b []byte, at int, v uint64, size int) []byte {
	b = slices.Clone(b)
	var le [8]byte
	binary.LittleEndian.PutUint64(le[:], v)
	copy(b[at:at+size], le[:size])
	return b
}

// TestHeaders reads files with false headers. Each fails with one line that has the offset.
func TestHeaders(t *testing.T) {
	testenv.SkipSlow(t)
	good := program("libx.so").Bytes()
	const load, interp, dynamic, field = 64, 64 + 56, 64 + 112, 8
	cases := map[string][]byte{
		"program headers beyond the end":  patch(good, 32, 1<<40, 8),
		"program headers wrap":            patch(good, 32, 1<<64-8, 8),
		"65535 program headers":           patch(good, 56, 0xffff, 2),
		"1171 program headers":            patch(good, 56, 1171, 2),
		"program headers of no size":      patch(good, 54, 0, 2),
		"cut in the header":               good[:40],
		"cut in the program headers":      good[:100],
		"cut in the dynamic segment":      good[:len(good)-20],
		"interpreter beyond the end":      patch(good, interp+field, 1<<40, 8),
		"interpreter of 4 GB":             patch(good, interp+32, 1<<32, 8),
		"interpreter without an end":      patch(good, interp+32, 5, 8),
		"interpreter of one byte":         patch(good, interp+32, 1, 8),
		"dynamic segment beyond the end":  patch(good, dynamic+field, 1<<62, 8),
		"dynamic segment wraps":           patch(good, dynamic+field, 1<<64-16, 8),
		"string table nowhere":            patch(good, load+32, 0x10, 8),
		"class 9":                         patch(good, 4, 9, 1),
		"byte order 7":                    patch(good, 5, 7, 1),
		"string table behind 4 GB of sea": patch(patch(good, load+32, 1<<40, 8), load+field, 1<<33, 8),
	}
	for name, b := range cases {
		t.Run(name, func(t *testing.T) {
			top := system(t)
			harness.Write(t, top+"/bin/prog", b, 0o755)
			o := hostile(t, top, "--sysroot", top, "--print", "json", "/bin/prog")
			if o.code != 1 || strings.Count(strings.TrimSpace(o.stderr), "mkrootfs: error:") != 1 || !atByte.MatchString(o.stderr) {
				t.Errorf("status %d: %s", o.code, o.stderr)
			}
		})
	}
}

func repeat(n int, f func(i int) string) (out []string) {
	for i := range n {
		out = append(out, f(i))
	}
	return out
}

// TestMuchWork reads files that cause much work. Any result is right within the limits.
func TestMuchWork(t *testing.T) {
	testenv.SkipSlow(t)
	long := strings.Repeat("x", 64<<10)
	many := repeat(4000, func(i int) string { return fmt.Sprintf("lib%d.so", i) })
	relative := strings.Join(repeat(4000, func(i int) string { return fmt.Sprintf("%x", i) }), ":")
	nowhere := strings.Join(repeat(4000, func(i int) string { return fmt.Sprintf("/%x", i) }), ":")
	dots := strings.Join(repeat(32, func(i int) string { return "/" + strings.Repeat("./", i) }), ":")
	versions := repeat(8000, func(i int) string { return fmt.Sprintf("V%05d", i) })
	backwards := slices.Clone(versions)
	slices.Reverse(backwards)
	deep := "/" + strings.Repeat("d", 200)
	cases := map[string]func(top string) elftest.File{
		"300000 DT_NEEDED": func(string) elftest.File {
			return elftest.File{Interp: "/lib64/ld-linux-x86-64.so.2", Dyn: slices.Repeat([]elftest.Dyn{elftest.Value(elf.DT_NEEDED, 0)}, 300000)}
		},
		"names of 64 KB": func(string) elftest.File {
			return program(repeat(12, func(i int) string { return fmt.Sprint(i, long) })...)
		},
		"names of 64 KB in 4000 directories": func(string) elftest.File {
			f := program(repeat(12, func(i int) string { return fmt.Sprint(i, long) })...)
			f.Rpath = relative
			return f
		},
		"names of 64 KB in 4000 absent ones": func(string) elftest.File {
			f := program(repeat(12, func(i int) string { return fmt.Sprint(i, long) })...)
			f.Rpath = nowhere
			return f
		},
		"4000 names in 4000 directories":        func(string) elftest.File { f := program(many...); f.Rpath = relative; return f },
		"4000 names in 4000 absent directories": func(string) elftest.File { f := program(many...); f.Rpath = nowhere; return f },
		"4000 names in 32 directories":          func(string) elftest.File { f := program(many...); f.Rpath = dots; return f },
		"4000 names, RUNPATH too":               func(string) elftest.File { f := program(many...); f.Runpath = nowhere; return f },
		"a path of 32000 components":            func(string) elftest.File { return program(strings.Repeat("/lib/..", 4000) + "/lib/x.so") },
		"a path of 64 KB of slashes":            func(string) elftest.File { return program(strings.Repeat("/", 64<<10) + "lib/x.so") },
		"$ORIGIN 100000 times": func(string) elftest.File {
			f := program("libx.so")
			f.Rpath = strings.Repeat("$ORIGIN", 100000)
			return f
		},
		"$ORIGIN 5000 times in each of 20 names": func(string) elftest.File {
			return program(repeat(20, func(i int) string { return strings.Repeat("$ORIGIN", 5000) + fmt.Sprint("/", i) })...)
		},
		"8000 versions of a library of 8000": func(top string) elftest.File {
			harness.Write(t, top+"/lib/libv.so", elftest.File{Soname: "libv.so", Verdef: versions}.Bytes(), 0o644)
			f := program("libv.so")
			f.Verneed = []elftest.Verneed{{File: "libv.so", Versions: backwards}}
			return f
		},
		"capability subdirectories everywhere": func(top string) elftest.File {
			for _, d := range []string{"glibc-hwcaps/x86-64-v2", "glibc-hwcaps/x86-64-v3", "glibc-hwcaps/x86-64-v4", "tls/haswell/avx512_1/x86_64", "haswell/avx512_1/x86_64", "xeon_phi/x86_64", "tls/x86_64", "avx512_1/x86_64", "x86_64"} {
				harness.Mkdir(t, top+"/lib/"+d, top+"/usr/lib/"+d, top+"/opt/"+d)
			}
			f := program(many...)
			f.Rpath = "/opt:/opt/.:/opt/./.:/opt/././."
			return f
		},
	}
	for name, make := range cases {
		t.Run(name, func(t *testing.T) {
			top := system(t)
			at := "/bin/prog"
			if strings.Contains(name, "ORIGIN") {
				at = strings.Repeat(deep, 14) + at
			}
			harness.Write(t, top+at, make(top).Bytes(), 0o755)
			hostile(t, top, "--sysroot", top, "--print", "json", at)
		})
	}
}

// cacheFile is an ld.so.cache whose entries all have the given key and value.
func cacheFile(key, value string, entries int) []byte {
	strs := 48 + 24*entries
	b := binary.LittleEndian.AppendUint32([]byte("glibc-ld.so.cache1.1"), uint32(entries))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(key)+len(value)+2))
	b = append(b, make([]byte, 20)...)
	for range entries {
		b = binary.LittleEndian.AppendUint32(b, 0x303)
		b = binary.LittleEndian.AppendUint32(b, uint32(strs))
		b = binary.LittleEndian.AppendUint32(b, uint32(strs+len(key)+1))
		b = append(b, make([]byte, 4)...)
		b = binary.LittleEndian.AppendUint64(b, 0)
	}
	return append(append(append(append(b, key...), 0), value...), 0)
}

// TestCaches reads hostile caches and other files of the loader.
func TestCaches(t *testing.T) {
	testenv.SkipSlow(t)
	cases := map[string][]byte{
		"a million entries of one name":    cacheFile("libx.so", "/lib/libx.so", 1<<20),
		"1000 entries with values of 8 MB": cacheFile("libx.so", "/"+strings.Repeat("x", 8<<20), 1000),
		"keys of 8 MB of zeros":            cacheFile("libx.so."+strings.Repeat("0", 8<<20), "/lib/libx.so", 20000),
	}
	for name, b := range cases {
		t.Run(name, func(t *testing.T) {
			top := system(t)
			harness.Write(t, top+"/etc/ld.so.cache", b, 0o644)
			harness.Write(t, top+"/bin/prog", program("libx.so", "libx.so.0", "libx.so.00").Bytes(), 0o755)
			hostile(t, top, "--sysroot", top, "--print", "json", "/bin/prog")
		})
	}
	for _, name := range []string{"/etc/ld.so.cache", "/etc/ld.so.preload", "/lib/libx.so", "/lib64/ld-linux-x86-64.so.2"} {
		t.Run("sparse "+filepath.Base(name), func(t *testing.T) {
			top := system(t)
			harness.Write(t, top+"/bin/prog", program("libx.so").Bytes(), 0o755)
			harness.Mkdir(t, top+filepath.Dir(name))
			f, err := os.OpenFile(top+name, os.O_CREATE|os.O_WRONLY, 0o755)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := f.Truncate(1 << 40); err != nil {
				testenv.Skip(t, "%v", err)
			}
			hostile(t, top, "--sysroot", top, "--print", "json", "/bin/prog")
		})
	}
}

//go:build linux

package hostile

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/lack"
)

// The system calls that fail. Left out are those that the Go runtime alone
// makes and whose failure ends it by its own rule (mmap, munmap, madvise,
// futex, clone, rt_sigaction, sigaltstack, epoll_*, sched_*), and execve.
var injected = []string{
	"openat", "openat2", "newfstatat", "fstat", "statx", "statfs", "fstatfs", "readlinkat", "readlink", "getdents64", "read", "pread64", "lseek",
	"fgetxattr", "getxattr", "lgetxattr", "faccessat", "faccessat2", "getcwd", "fcntl", "ioctl", "flock",
	"write", "pwrite64", "writev", "copy_file_range", "sendfile", "splice", "ftruncate", "fallocate",
	"fsync", "fdatasync", "syncfs", "sync_file_range", "close", "dup", "dup3",
	"linkat", "symlinkat", "mkdirat", "renameat", "rename", "renameat2", "unlinkat", "fchmod", "fchmodat", "fchmodat2", "fchown", "utimensat",
}

// The errors that they fail with.
var errnos = []string{"EIO", "ENOSPC", "EMFILE", "EACCES", "EINTR", "ENOMEM"}

// injection makes a system call fail, or a signal arrive at it.
type injection struct {
	call string
	what string // error=EIO, signal=KILL
	when int    // which of the calls; strace counts those of each thread apart
}

func (i injection) String() string { return fmt.Sprintf("%s:%s:when=%d", i.call, i.what, i.when) }

// outputRun is a run of the command with three outputs.
type outputRun struct {
	dir    string
	args   []string
	strace string
	old    map[string]string // the outputs before the run, by name
	fresh  map[string]string // the outputs of a run without an injection
}

// The names of the outputs.
var outputNames = []string{"a.tar.gz", "b.tar", "lay"}

// newOutputRun prepares a run; with overwrite the outputs are there already,
// with another content.
func newOutputRun(t *testing.T, overwrite bool) *outputRun {
	t.Helper()
	r := &outputRun{dir: place(t), strace: lack.Tool(t, "strace"), old: map[string]string{}}
	world(t, r.dir+"/sr")
	mkdir(t, r.dir+"/out", r.dir+"/before")
	r.args = []string{
		"--sysroot", r.dir + "/sr", programAt, "--copy", "/data/d:/x", "--conf", "/etc/app/app.conf", "--with", "tzdata,gconv,openssl", "--package", "app",
		"-t", "x:1", "-o", "out/a.tar.gz", "-o", "out/b.tar", "-o", "type=oci-dir,dest=out/lay",
	}
	if overwrite {
		before := slices.Concat(r.args, []string{"--label", "old=yes", "--copy", "/usr/share/app:/old"})
		if o := (job{dir: r.dir, args: before}).run(t); o.code != 0 {
			t.Fatalf("the outputs to be replaced: %s", o)
		}
		r.old = snapshot(t, r.dir+"/out")
		copyTree(t, r.dir+"/out", r.dir+"/before")
	}
	if o := (job{dir: r.dir, args: r.args}).run(t); o.code != 0 {
		t.Fatalf("without an injection: %s", o)
	}
	r.fresh = snapshot(t, r.dir+"/out")
	r.empty(t)
	return r
}

// reset puts the outputs back as they were before the run.
func (r *outputRun) reset(t *testing.T) {
	t.Helper()
	for _, dir := range []string{r.dir + "/out", r.dir + "/tmp"} {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		mkdir(t, dir)
	}
	copyTree(t, r.dir+"/before", r.dir+"/out")
}

// under runs the command with an injection.
func (r *outputRun) under(t *testing.T, i injection) outcome {
	t.Helper()
	r.reset(t)
	return job{dir: r.dir, args: r.args, env: []string{"GOMAXPROCS=2"}, with: []string{
		r.strace, "-f", "-qqq", "-o", "/dev/null", "--seccomp-bpf", "-e", "trace=" + i.call, "-e", "inject=" + i.String(),
	}}.run(t)
}

// empty checks that nothing is left in the directory for temporary files.
func (r *outputRun) empty(t *testing.T) {
	t.Helper()
	for name := range snapshot(t, r.dir+"/tmp") {
		t.Errorf("left in TMPDIR: %s", name)
	}
}

// check holds a finished run to all or nothing.
func (r *outputRun) check(t *testing.T, i injection, o outcome) {
	t.Helper()
	if i.call != "unlinkat" {
		r.empty(t)
	}
	now := snapshot(t, r.dir+"/out")
	states := r.states(now)
	for name, state := range states {
		switch {
		case state == "old" || state == "new":
		case strings.HasPrefix(state, "litter") && i.call == "unlinkat": // what cannot be removed stays
		default:
			t.Errorf("%s: %s", name, state)
		}
	}
	for name, state := range states {
		switch {
		case o.code == 0 && state != "new":
			t.Errorf("exit status 0, but %s is %s", name, state)
		case o.code == 1 && state == "new" && !strings.Contains(o.err, name):
			t.Errorf("exit status 1, %s is new, and no message names it", name)
		}
	}
	if o.code == 1 {
		o.failsClearly(t)
	}
}

// states says of each output whether it is old or new, or what is wrong, and of
// each other name that it is litter.
func (r *outputRun) states(now map[string]string) map[string]string {
	states := map[string]string{}
	for _, name := range outputNames {
		part, old, fresh := below(now, name), below(r.old, name), below(r.fresh, name)
		switch {
		case maps.Equal(part, fresh):
			states[name] = "new"
		case maps.Equal(part, old):
			states[name] = "old"
		default:
			states[name] = "neither old nor new: " + differences(part, old, fresh)
		}
	}
	for name := range now {
		if top, _, _ := strings.Cut(name, "/"); !slices.Contains(outputNames, top) {
			states[top] = "litter among the outputs"
		}
	}
	return states
}

// below is the part of a snapshot that belongs to name.
func below(files map[string]string, name string) map[string]string {
	part := map[string]string{}
	for at, what := range files {
		if at == name || strings.HasPrefix(at, name+"/") {
			part[at] = what
		}
	}
	return part
}

func differences(now, old, fresh map[string]string) string {
	var list []string
	for name, what := range now {
		if what != old[name] && what != fresh[name] {
			list = append(list, name+" is of neither")
		}
	}
	for name, what := range old {
		if now[name] != what && fresh[name] != now[name] {
			list = append(list, name+" is not the old one")
		}
	}
	if len(list) == 0 {
		list = append(list, fmt.Sprintf("a mixture: now %v, old %v, new %v", slices.Sorted(maps.Keys(now)), slices.Sorted(maps.Keys(old)), slices.Sorted(maps.Keys(fresh))))
	}
	return strings.Join(list, ", ")
}

// snapshot describes every file below dir, by its path.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		files[name[len(dir)+1:]], err = described(name, d)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func described(name string, d fs.DirEntry) (string, error) {
	info, err := d.Info()
	if err != nil || !info.Mode().IsRegular() {
		return fmt.Sprint(d.Type()), err
	}
	b, err := os.ReadFile(name)
	return fmt.Sprintf("%v %d %x", info.Mode(), len(b), sha256.Sum256(b)), err
}

// copyTree copies directories and regular files, with their modes.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		at := to + name[len(from):]
		if err != nil || d.IsDir() {
			return joined(err, os.MkdirAll(at, 0o755))
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		b, err := os.ReadFile(name)
		return joined(err, os.WriteFile(at, b, info.Mode().Perm()), os.Chmod(at, info.Mode().Perm()))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func joined(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// straceLine is a line of strace -f -o: the thread and the call.
var straceLine = regexp.MustCompile(`^(\d+) +(\w+)\(`)

// calls counts the system calls of a run, those of the busiest thread, since
// that is how strace counts when it injects.
func (r *outputRun) calls(t *testing.T) map[string]int {
	t.Helper()
	r.reset(t)
	log := r.dir + "/strace.log"
	o := job{dir: r.dir, args: r.args, with: []string{r.strace, "-f", "-qqq", "-o", log, "-e", "trace=?" + strings.Join(injected, ",?")}}.run(t)
	if o.code != 0 {
		lack.Skip(t, "strace: %s", o)
	}
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	byThread := map[string]int{}
	most := map[string]int{}
	for line := range strings.Lines(string(b)) {
		if m := straceLine.FindStringSubmatch(line); m != nil {
			byThread[m[1]+m[2]]++
			most[m[2]] = max(most[m[2]], byThread[m[1]+m[2]])
		}
	}
	return most
}

// all lists every injection of the given kinds into a run.
func all(calls map[string]int, kinds []string) []injection {
	var list []injection
	for _, call := range slices.Sorted(maps.Keys(calls)) {
		for n := 1; n <= calls[call]; n++ {
			for _, kind := range kinds {
				list = append(list, injection{call, kind, n})
			}
		}
	}
	return list
}

// chosen is a random choice of n of list: each call as often as any other, as
// the few that write matter as much as the many that read.
func chosen(list []injection, n int, choices *rand.Rand) []injection {
	choices.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	if n >= len(list) {
		return list
	}
	var picked []injection
	for round := 0; len(picked) < n; round++ {
		seen := map[string]int{}
		for _, i := range list {
			if seen[i.call]++; seen[i.call] == round+1 && len(picked) < n {
				picked = append(picked, i)
			}
		}
	}
	return picked
}

func errorKinds() []string {
	var kinds []string
	for _, errno := range errnos {
		kinds = append(kinds, "error="+errno)
	}
	return kinds
}

// excused are ends of the Go runtime that no program can prevent: a write to
// its own eventfd that fails.
func excused(o outcome) bool { return strings.Contains(o.err, "netpollBreak write failed") }

// Whatever system call fails, the outputs are all new with exit status 0 or all
// old with exit status 1, but for renames, whose failure names the new ones.
// A failed read never makes another image.
func TestInjectedErrors(t *testing.T) {
	for name, overwrite := range map[string]bool{"new outputs": false, "over old outputs": true} {
		t.Run(name, func(t *testing.T) {
			r := newOutputRun(t, overwrite)
			list := all(r.calls(t), errorKinds())
			picked := chosen(list, count(t, "MKROOTFS_INJECTIONS", 50, 500), random(t))
			ends := map[string]int{}
			for _, i := range picked {
				o := r.under(t, i)
				r.check(t, i, o)
				ends["status "+strconv.Itoa(o.code)]++
				r.reproduce(t, i, o)
			}
			t.Logf("%d of %d injections: %v", len(picked), len(list), ends)
		})
	}
}

// reproduce says how a failed check is seen again.
func (r *outputRun) reproduce(t *testing.T, i injection, o outcome) {
	t.Helper()
	if t.Failed() {
		t.Fatalf("strace -f -e inject=%s mkrootfs %s\n%s", i, strings.Join(r.args, " "), o)
	}
}

// A process that is killed at any system call leaves each output old or new,
// and the next run leaves nothing but the outputs.
func TestKilled(t *testing.T) {
	for name, overwrite := range map[string]bool{"new outputs": false, "over old outputs": true} {
		t.Run(name, func(t *testing.T) {
			r := newOutputRun(t, overwrite)
			list := all(r.calls(t), []string{"signal=KILL"})
			for _, i := range chosen(list, count(t, "MKROOTFS_INJECTIONS", 25, 200), random(t)) {
				o := r.under(t, i)
				r.checkKilled(t)
				next := job{dir: r.dir, args: r.args}.run(t)
				if left := snapshot(t, r.dir+"/out"); next.code != 0 || !maps.Equal(left, r.fresh) {
					t.Errorf("the next run: %s\nit left %v", next, slices.Sorted(maps.Keys(left)))
				}
				r.empty(t)
				r.reproduce(t, i, o)
			}
		})
	}
}

// checkKilled checks what is there after SIGKILL: temporary files may be.
func (r *outputRun) checkKilled(t *testing.T) {
	t.Helper()
	now := snapshot(t, r.dir+"/out")
	for _, name := range outputNames[:2] {
		if s := r.states(now)[name]; s != "old" && s != "new" {
			t.Errorf("killed: %s: %s", name, s)
		}
	}
	layout, fresh := below(now, "lay"), below(r.fresh, "lay")
	if index, ok := layout["lay/index.json"]; ok && index == fresh["lay/index.json"] {
		holds(t, layout, fresh)
	} else {
		holds(t, layout, below(r.old, "lay"))
	}
}

// holds checks that every file of want is there.
func holds(t *testing.T, have, want map[string]string) {
	t.Helper()
	for name, what := range want {
		if have[name] != what {
			t.Errorf("killed: %s is damaged or missing", name)
		}
	}
}

// SIGINT at any system call is either too late, or ends the run with no output.
func TestInterruptedAnywhere(t *testing.T) {
	r := newOutputRun(t, true)
	list := all(r.calls(t), []string{"signal=INT"})
	for _, i := range chosen(list, count(t, "MKROOTFS_INJECTIONS", 25, 200), random(t)) {
		o := r.under(t, i)
		r.check(t, i, o)
		r.reproduce(t, i, o)
	}
}

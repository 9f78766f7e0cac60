//go:build linux

package hostile

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

// The system calls that fail. execve is left out, and calls that only the Go runtime makes
// and whose failure ends it (mmap, munmap, madvise, futex, clone, rt_sigaction,
// sigaltstack, epoll_*, sched_*).
var injected = []string{
	"openat", "openat2", "newfstatat", "fstat", "statx", "statfs", "fstatfs", "readlinkat", "readlink", "getdents64", "read", "pread64", "lseek",
	"fgetxattr", "getxattr", "lgetxattr", "faccessat", "faccessat2", "getcwd", "fcntl", "ioctl", "flock",
	"write", "pwrite64", "writev", "copy_file_range", "sendfile", "splice", "ftruncate", "fallocate",
	"fsync", "fdatasync", "syncfs", "sync_file_range", "close", "dup", "dup3",
	"linkat", "symlinkat", "mkdirat", "renameat", "rename", "renameat2", "unlinkat", "fchmod", "fchmodat", "fchmodat2", "fchown", "utimensat",
}

// The errors that they fail with.
var errnos = []string{"EIO", "ENOSPC", "EMFILE", "EACCES", "EINTR", "ENOMEM"}

// injection is an error of a system call, or a signal at it.
type injection struct {
	call string
	what string // error=EIO, signal=KILL
	when int    // which of the calls; strace counts each thread separately
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

// newOutputRun prepares a run. With overwrite, outputs with other content exist already.
func newOutputRun(t *testing.T, overwrite bool) *outputRun {
	t.Helper()
	r := &outputRun{dir: place(t), strace: testenv.Tool(t, "strace"), old: map[string]string{}}
	world(t, r.dir+"/sr")
	harness.Mkdir(t, r.dir+"/out", r.dir+"/before")
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
	if left := r.temporaries(t); len(left) > 0 {
		t.Errorf("without an injection, left in TMPDIR: %v", left)
	}
	return r
}

// reset restores the outputs to the state before the run.
func (r *outputRun) reset(t *testing.T) {
	t.Helper()
	for _, dir := range []string{r.dir + "/out", r.dir + "/tmp"} {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		harness.Mkdir(t, dir)
	}
	copyTree(t, r.dir+"/before", r.dir+"/out")
}

// under runs the command with an injection.
func (r *outputRun) under(t *testing.T, i injection) outcome {
	t.Helper()
	r.reset(t)
	with := []string{r.strace, "-f", "-qqq", "-o", "/dev/null", "-e", "trace=" + i.call, "-e", "inject=" + i.String()}
	if strings.HasPrefix(i.what, "error=") {
		with = append(with, "--seccomp-bpf") // faster; strace 6.1 loses signals with it
	}
	return job{dir: r.dir, args: r.args, with: with}.try(t, nil)
}

// temporaries returns the files left in TMPDIR.
func (r *outputRun) temporaries(t *testing.T) []string {
	t.Helper()
	return slices.Sorted(maps.Keys(snapshot(t, r.dir+"/tmp")))
}

// check returns what is wrong after a run: outputs must be all new or all old.
func (r *outputRun) check(t *testing.T, i injection, o outcome) []string {
	t.Helper()
	var wrong []string
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if c := o.complaint(); c != "" && !excused(o) {
		complain("%s", c)
	}
	cleans := i.call != "unlinkat" // otherwise temporary files cannot be removed
	if left := r.temporaries(t); cleans && len(left) > 0 {
		complain("left in TMPDIR: %v", left)
	}
	now := snapshot(t, r.dir+"/out")
	if o.code == 0 {
		now = r.withoutOldBlobs(now)
	}
	for name, state := range r.states(now, cleans) {
		switch {
		case state == litter && !cleans:
		case state != isOld && state != isNew:
			complain("%s: %s", name, state)
		case o.code == 0 && state != isNew:
			complain("exit status 0, but %s is %s", name, state)
		case o.code == 1 && state == isNew && !strings.Contains(o.err, name):
			complain("exit status 1, %s is new, and no message names it", name)
		}
	}
	n := len(o.errorLines())
	silenced := i.call == "write" && n == 0 // the message itself could not be written: each thread counts separately
	if o.code == 1 && !silenced && (n < 1 || n > maxErrors) {
		complain("%d lines say why it failed", n)
	}
	return wrong
}

// What an output is after a run.
const (
	isOld  = "old"
	isNew  = "new"
	litter = "litter among the outputs"
)

// states returns for each output whether it is old, new or damaged, and marks each other
// name as left over. Unless the run could clean up, a layout may have more blobs than its
// index needs.
func (r *outputRun) states(now map[string]string, cleans bool) map[string]string {
	states := map[string]string{}
	for _, name := range outputNames {
		part, old, fresh := below(now, name), below(r.old, name), below(r.fresh, name)
		switch {
		case maps.Equal(part, fresh), !cleans && len(fresh) > 0 && holds(part, fresh):
			states[name] = isNew
		case maps.Equal(part, old), !cleans && holds(part, old):
			states[name] = isOld
		default:
			states[name] = "neither old nor new: " + differences(part, old, fresh)
		}
	}
	for name := range now {
		if top, _, _ := strings.Cut(name, "/"); !slices.Contains(outputNames, top) {
			states[top] = litter
		}
	}
	return states
}

// straceLine is a line of strace -f -o: the thread and the call.
var straceLine = regexp.MustCompile(`^(\d+) +(\w+)\(`)

// calls counts the system calls of the busiest thread of a run: strace counts each thread
// separately when it injects.
func (r *outputRun) calls(t *testing.T) map[string]int {
	t.Helper()
	r.reset(t)
	log := r.dir + "/strace.log"
	o := job{dir: r.dir, args: r.args, with: []string{r.strace, "-f", "-qqq", "-o", log, "-e", "trace=?" + strings.Join(injected, ",?")}}.run(t)
	if o.code != 0 {
		testenv.Skip(t, "strace: %s", o)
	}
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	byThread := map[string]int{}
	most := map[string]int{}
	for line := range strings.Lines(string(b)) {
		m := straceLine.FindStringSubmatch(line)
		if m == nil || strings.HasPrefix(m[2], "syscall_") { // newer than strace, which cannot make it fail
			continue
		}
		byThread[m[1]+m[2]]++
		most[m[2]] = max(most[m[2]], byThread[m[1]+m[2]])
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

// chosen returns n random elements of list, with equal numbers for each system call: the
// few that write matter as much as the many that read.
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

// excused reports whether a run ended by an error in the Go runtime that a program cannot
// handle: when it checks the standard descriptors before main, or writes to its eventfd.
func excused(o outcome) bool {
	return strings.Contains(o.err, "while checking standard file descriptor") || strings.Contains(o.err, "netpollBreak write failed")
}

// maxFailures is how many injections fail before a test ends.
const maxFailures = 10

// each runs the command under each injection and reports what verify finds.
func (r *outputRun) each(t *testing.T, list []injection, verify func(i injection, o outcome) []string) {
	t.Helper()
	ends, failures := map[string]int{}, 0
	for n, i := range list {
		o := r.under(t, i)
		wrong := verify(i, o)
		ends[o.end()]++
		if len(wrong) == 0 {
			continue
		}
		t.Errorf("strace -f -e inject=%s mkrootfs %s\n%s\n%s", i, strings.Join(r.args, " "), o, strings.Join(wrong, "\n"))
		if failures++; failures == maxFailures {
			t.Fatalf("%d of %d injections, and no more after %d failures: %v", n+1, len(list), failures, ends)
		}
	}
	t.Logf("%d injections: %v", len(list), ends)
}

// TestInjectedErrors lets system calls fail. The outputs must be all new with exit status 0
// or all old with exit status 1. If a rename fails, the message must name the new ones. A
// failed read must not change the image.
func TestInjectedErrors(t *testing.T) {
	for name, overwrite := range map[string]bool{"new outputs": false, "over old outputs": true} {
		t.Run(name, func(t *testing.T) {
			r := newOutputRun(t, overwrite)
			list := chosen(all(r.calls(t), errorKinds()), count(t, "MKROOTFS_INJECTIONS", 50, 400), random(t))
			r.each(t, list, func(i injection, o outcome) []string { return r.check(t, i, o) })
		})
	}
}

// TestKilled kills the command at system calls. Each output must be old or new, and the next
// run must leave nothing but the outputs.
func TestKilled(t *testing.T) {
	for name, overwrite := range map[string]bool{"new outputs": false, "over old outputs": true} {
		t.Run(name, func(t *testing.T) {
			r := newOutputRun(t, overwrite)
			list := chosen(all(r.calls(t), []string{"signal=KILL"}), count(t, "MKROOTFS_INJECTIONS", 25, 100), random(t))
			r.each(t, list, func(_ injection, _ outcome) []string { return r.checkKilled(t) })
		})
	}
}

// TestInterruptedAnywhere sends SIGINT at system calls. The run completes or ends without an
// output. Since strace counts each thread separately, there may be a second SIGINT, which
// kills.
func TestInterruptedAnywhere(t *testing.T) {
	r := newOutputRun(t, true)
	list := chosen(all(r.calls(t), []string{"signal=INT"}), count(t, "MKROOTFS_INJECTIONS", 25, 100), random(t))
	r.each(t, list, func(i injection, o outcome) []string {
		if o.signal != 0 {
			return r.checkKilled(t)
		}
		return r.check(t, i, o)
	})
}

// checkKilled returns what is wrong after a run that was killed, which may leave
// temporary files, and after the next one, which may not.
func (r *outputRun) checkKilled(t *testing.T) []string {
	t.Helper()
	wrong := r.damaged(snapshot(t, r.dir+"/out"))
	next := job{dir: r.dir, args: r.args}.run(t)
	left := snapshot(t, r.dir+"/out")
	for name, state := range r.states(r.withoutOldBlobs(left), true) {
		if state != isNew {
			wrong = append(wrong, fmt.Sprintf("after the next run, %s is %s", name, state))
		}
	}
	for _, name := range r.temporaries(t) {
		wrong = append(wrong, "after the next run, TMPDIR has "+name)
	}
	if next.code != 0 {
		wrong = append(wrong, "the next run: "+next.String())
	}
	return wrong
}

// withoutOldBlobs removes the blobs of the layout's old image from a snapshot. Complete blobs
// that no index names are harmless. They remain after a run that was killed before removing
// them, or that could not read whether another image has them too.
func (r *outputRun) withoutOldBlobs(now map[string]string) map[string]string {
	kept := maps.Clone(now)
	for name, what := range r.old {
		if strings.HasPrefix(name, "lay/blobs/") && r.fresh[name] == "" && now[name] == what {
			delete(kept, name)
		}
	}
	return kept
}

// damaged returns the outputs that are neither old nor new. Of a layout, only what its index
// names counts.
func (r *outputRun) damaged(now map[string]string) []string {
	var wrong []string
	states := r.states(now, true)
	for _, name := range outputNames[:2] {
		if s := states[name]; s != isOld && s != isNew {
			wrong = append(wrong, "killed: "+name+" is "+s)
		}
	}
	layout, want := below(now, "lay"), below(r.old, "lay")
	if fresh := below(r.fresh, "lay"); layout["lay/index.json"] == fresh["lay/index.json"] {
		want = fresh
	}
	if !holds(layout, want) {
		wrong = append(wrong, "killed: lay is damaged: "+differences(layout, want, want))
	}
	return wrong
}

// holds reports whether every file of want is in have.
func holds(have, want map[string]string) bool {
	for name, what := range want {
		if have[name] != what {
			return false
		}
	}
	return true
}

//go:build linux

package hostile

import (
	"os"
	"path"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

// TestFirstInterrupt checks that the first SIGINT ends the command, without output, while it
// reads something that takes long. The signal is sent when the file is opened.
func TestFirstInterrupt(t *testing.T) {
	const line = "Package: a\nStatus: install ok installed\nProvides: b, c, d, e, f, g\n\n"
	for name, c := range map[string]struct {
		opened string // below the place of the test
		make   func(t *testing.T, root string)
		args   []string
	}{
		"dpkg's database": {
			"sr/var/lib/dpkg/status", filled("/var/lib/dpkg/status", line, 60<<20), []string{lacking, "-o", "out.tar.gz"},
		},
		"dpkg's database, --package": {
			"sr/var/lib/dpkg/status", filled("/var/lib/dpkg/status", line, 60<<20), []string{programAt, "--package", "a", "-o", "out.tar.gz"},
		},
		"apk's database": {
			"sr/lib/apk/db/installed", both(func(t *testing.T, root string) { t.Helper(); replaced(t, root+"/var/lib/dpkg") }, filled("/lib/apk/db/installed", "P:a\np:so:liba.so.1 so:libb.so\nF:usr\nR:x\n\n", 60<<20)), []string{lacking, "-o", "out.tar.gz"},
		},
		"strings of a program": {
			"sr" + programAt, hugeProgram, []string{programAt, "--conf", "/etc/app/app.conf", "-o", "out.tar.gz"},
		},
		"strings, --dlopen hinted": {
			"sr" + programAt, hugeProgram, []string{programAt, "--dlopen", "hinted", "-o", "out.tar.gz"},
		},
		"packing": {
			"sr/data/d/one", filled("/data/d/one", string(noise(1<<20)), 512<<20), []string{programAt, "--copy", "/data/d/one:/x", "-o", "out.tar.gz"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := place(t)
			world(t, dir+"/sr")
			harness.Write(t, dir+"/sr"+lacking, elftest.File{Interp: loaderAt, Needed: []string{"libnot.so.1"}}.Bytes(), 0o755)
			c.make(t, dir+"/sr")
			j := job{dir: dir, args: append([]string{"--sysroot", dir + "/sr"}, c.args...)}
			j.interruptedAt(t, dir+"/"+c.opened)
		})
	}
}

// hugeProgram writes a sparse program of 8 GB with strings that are not paths.
func hugeProgram(t *testing.T, root string) {
	t.Helper()
	dotted(programAt, 8*gigabyte, 1<<20)(t, root)
	f, err := os.OpenFile(root+programAt, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	elf := worldProgram().Bytes()
	elfFields(elf)[3].set(elf, 8*gigabyte) // p_filesz of the first PT_LOAD
	if _, err := f.Write(elf); err != nil {
		t.Fatal(err)
	}
	if err := f.Chmod(0o755); err != nil {
		t.Fatal(err)
	}
}

// TestInterruptAtLock checks that the first SIGINT ends the wait for a locked layout.
func TestInterruptAtLock(t *testing.T) {
	dir := place(t)
	world(t, dir+"/sr")
	j := job{dir: dir, args: []string{"--sysroot", dir + "/sr", programAt, "-t", "x:1", "-o", "type=oci-dir,dest=lay"}}
	if o := j.run(t); o.code != 0 {
		t.Fatal(o)
	}
	before := snapshot(t, dir+"/lay")
	fd, err := unix.Open(dir+"/lay", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == nil {
		err = unix.Flock(fd, unix.LOCK_EX)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	// It waits in flock(2), at which strace sends the signal.
	j.with = []string{testenv.Tool(t, "strace"), "-f", "-qqq", "-o", "/dev/null", "-e", "trace=flock", "-e", "inject=flock:signal=INT:when=1"}
	j.ended(t, j.try(t, nil))
	for name, what := range snapshot(t, dir+"/lay") {
		if before[name] != what {
			t.Errorf("%s has changed", name)
		}
	}
}

// interruptedAt runs j, sends it one SIGINT when it has opened name, and checks that this
// ends it.
func (j job) interruptedAt(t *testing.T, name string) {
	t.Helper()
	opened := make(chan error, 1)
	events, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err == nil {
		_, err = unix.InotifyAddWatch(events, name, unix.IN_OPEN)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(events)
	o := j.try(t, func(p *os.Process) {
		go func() {
			_, err := unix.Read(events, make([]byte, 16<<10))
			if err == nil {
				err = p.Signal(unix.SIGINT)
			}
			opened <- err
		}()
	})
	select {
	case err := <-opened:
		if err != nil {
			t.Fatal(err)
		}
	default:
		t.Fatalf("%s was never opened: %s", path.Base(name), o)
	}
	j.ended(t, o)
}

// ended checks that SIGINT ended a run and that nothing was written.
func (j job) ended(t *testing.T, o outcome) {
	t.Helper()
	if c := o.complaint(); c != "" {
		t.Errorf("%s: %s", c, o)
	}
	if o.code == 0 || o.code == 1 && !strings.Contains(o.err, "interrupted") {
		t.Errorf("one SIGINT did not end it: %s", o)
	}
	if _, err := os.Lstat(j.dir + "/out.tar.gz"); err == nil {
		t.Error("out.tar.gz was written")
	}
	t.Log(o)
}

//go:build linux

package hostile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// nobody is the user whose rights the swapper has when the tests run as root.
const nobody = 65534

// manner is when a swapper exchanges its two paths.
type manner struct {
	loop   bool // without a pause; else after inotify events
	from   int  // the first event, or round of the loop, that it answers
	toggle bool // go on after the first time
}

// swapper exchanges two paths while a command reads one of them.
type swapper struct {
	a, b    string
	watched []string // directories whose events it answers
	manner  manner

	stop      atomic.Bool
	wake      [2]int
	exchanged int // how often; an odd number means that they are exchanged now
	err       error
	done      chan struct{}
}

// start begins to exchange; the watches are in place when it returns.
func (s *swapper) start(t *testing.T) {
	t.Helper()
	s.done = make(chan struct{})
	if err := unix.Pipe2(s.wake[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		t.Fatal(err)
	}
	ready := make(chan error)
	go s.work(ready)
	if err := <-ready; err != nil {
		t.Fatal(err)
	}
}

// end stops the swapper and restores the original state.
func (s *swapper) end(t *testing.T) {
	t.Helper()
	s.stop.Store(true)
	if _, err := unix.Write(s.wake[1], []byte{0}); err != nil {
		t.Fatal(err)
	}
	<-s.done
	_ = unix.Close(s.wake[0])
	_ = unix.Close(s.wake[1])
	if s.exchanged%2 == 1 {
		s.exchange()
	}
	if s.err != nil {
		t.Fatalf("exchanging %s and %s: %v", s.a, s.b, s.err)
	}
}

// work runs on its own thread, which has the rights of nobody if the test runs as root, and
// ends with it.
func (s *swapper) work(ready chan<- error) {
	defer close(s.done)
	runtime.LockOSThread() // never unlocked: the thread ends here
	events, err := watch(s.watched)
	if err == nil {
		defer unix.Close(events)
		err = dropRights()
	}
	ready <- err
	if err != nil {
		return
	}
	if s.manner.loop {
		s.spin()
		return
	}
	s.answer(events)
}

// dropRights changes the user of this thread, not of the process, to nobody.
func dropRights() error {
	if os.Geteuid() != 0 {
		return nil
	}
	for _, call := range []uintptr{unix.SYS_SETRESGID, unix.SYS_SETRESUID} {
		if _, _, no := syscall.RawSyscall(call, nobody, nobody, nobody); no != 0 {
			return no
		}
	}
	return nil
}

// watch returns an inotify descriptor for the events of reading in dirs.
func watch(dirs []string) (int, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		return -1, err
	}
	for _, dir := range dirs {
		if _, err := unix.InotifyAddWatch(fd, dir, unix.IN_OPEN|unix.IN_ACCESS|unix.IN_CLOSE_NOWRITE|unix.IN_DONT_FOLLOW); err != nil {
			_ = unix.Close(fd)
			return -1, &fs.PathError{Op: "inotify_add_watch", Path: dir, Err: err}
		}
	}
	return fd, nil
}

func (s *swapper) exchange() {
	if err := unix.Renameat2(unix.AT_FDCWD, s.a, unix.AT_FDCWD, s.b, unix.RENAME_EXCHANGE); err != nil {
		s.err = err
		s.stop.Store(true)
		return
	}
	s.exchanged++
}

// spin exchanges as often as it can.
func (s *swapper) spin() {
	for round := 0; !s.stop.Load(); round++ {
		if round >= s.manner.from {
			s.exchange()
		}
	}
}

// answer exchanges after events.
func (s *swapper) answer(events int) {
	buf := make([]byte, 16<<10)
	for seen := 0; !s.stop.Load(); {
		if !s.wait(events) {
			return
		}
		n, err := unix.Read(events, buf)
		if err != nil {
			s.err = err
			return
		}
		for range eventsIn(buf[:n]) {
			seen++
			if seen == s.manner.from || seen > s.manner.from && s.manner.toggle {
				s.exchange()
			}
		}
	}
}

// wait blocks until there is an event, and reports whether there is one.
func (s *swapper) wait(events int) bool {
	fds := []unix.PollFd{{Fd: int32(events), Events: unix.POLLIN}, {Fd: int32(s.wake[0]), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(fds, -1)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			s.err = err
			return false
		default:
			return fds[1].Revents == 0
		}
	}
}

// eventsIn returns the names in a buffer of inotify events, "" for an event of
// the watched file itself.
func eventsIn(buf []byte) []string {
	var names []string
	for len(buf) >= unix.SizeofInotifyEvent {
		size := int(uint32(buf[12]) | uint32(buf[13])<<8 | uint32(buf[14])<<16 | uint32(buf[15])<<24)
		name := buf[unix.SizeofInotifyEvent : unix.SizeofInotifyEvent+size]
		names = append(names, unix.ByteSliceToString(name))
		buf = buf[unix.SizeofInotifyEvent+size:]
	}
	return names
}

// directories returns dir and the directories below it.
func directories(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			found = append(found, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

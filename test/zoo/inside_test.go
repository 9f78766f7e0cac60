//go:build linux

package zoo

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// insideVariable is set when this test binary runs in new namespaces and is to execute a
// program of an image: ROOT:WORKDIR:UID:GID.
const insideVariable = "MKROOTFS_ZOO_INSIDE"

// onlyEnter is the name of a command that does nothing.
const onlyEnter = "only-enter"

// enter sets up the root as a container runtime does and executes the command. It returns
// an error, or nil for the command onlyEnter.
func enter() error {
	f := strings.Split(os.Getenv(insideVariable), ":")
	if len(f) != 4 || len(os.Args) < 2 {
		return errors.New("nothing to run")
	}
	if err := os.Unsetenv(insideVariable); err != nil {
		return err
	}
	root, dir := f[0], f[1]
	uid, _ := strconv.Atoi(f[2])
	gid, _ := strconv.Atoi(f[3])
	if err := errors.Join(furnish(root), hosts(root), loopbackUp(), unix.Sethostname([]byte("zoo"))); err != nil {
		return err
	}
	if dir == "" {
		dir = "/"
	}
	if err := errors.Join(unix.Chroot(root), unix.Chdir(dir)); err != nil {
		return err
	}
	// The descriptors of /proc/self/exe and pipes are closed on exec; 0 to 2 may
	// belong to root.
	for fd := range 3 {
		_ = unix.Fchown(fd, uid, gid)
	}
	if err := errors.Join(syscall.Setgroups([]int{gid}), syscall.Setgid(gid), syscall.Setuid(uid)); err != nil {
		return err
	}
	if os.Args[1] == onlyEnter {
		return nil
	}
	program, err := exec.LookPath(os.Args[1])
	if err != nil {
		return err
	}
	return fmt.Errorf("%s: %w", program, unix.Exec(program, os.Args[1:], os.Environ()))
}

// furnish mounts /proc and /dev.
func furnish(root string) error {
	dev := filepath.Join(root, "dev")
	proc := filepath.Join(root, "proc")
	err := errors.Join(
		unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
		os.MkdirAll(dev, 0o755), os.MkdirAll(proc, 0o755),
		unix.Mount("proc", proc, "proc", 0, ""),
		unix.Mount("tmpfs", dev, "tmpfs", 0, "mode=755"),
		os.Mkdir(dev+"/pts", 0o755), os.Mkdir(dev+"/shm", 0o755),
		unix.Mount("devpts", dev+"/pts", "devpts", 0, "newinstance,ptmxmode=0666,mode=0620,gid=5"),
		unix.Mount("tmpfs", dev+"/shm", "tmpfs", 0, "mode=1777"),
		os.Symlink("pts/ptmx", dev+"/ptmx"), os.Symlink("/proc/self/fd", dev+"/fd"),
		os.Symlink("/proc/self/fd/0", dev+"/stdin"), os.Symlink("/proc/self/fd/1", dev+"/stdout"), os.Symlink("/proc/self/fd/2", dev+"/stderr"),
	)
	old := unix.Umask(0)
	defer unix.Umask(old)
	for name, minor := range map[string]uint32{"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9} {
		err = errors.Join(err, unix.Mknod(dev+"/"+name, unix.S_IFCHR|0o666, int(unix.Mkdev(1, minor))))
	}
	return errors.Join(err, unix.Mknod(dev+"/tty", unix.S_IFCHR|0o666, int(unix.Mkdev(5, 0))))
}

// hosts writes /etc/hosts, which every engine mounts over the one of the image.
func hosts(root string) error {
	return errors.Join(
		os.MkdirAll(filepath.Join(root, "etc"), 0o755),
		os.WriteFile(filepath.Join(root, "etc/hosts"), []byte("127.0.0.1\tlocalhost zoo\n"), 0o644),
	)
}

// loopbackUp is "ip link set lo up".
func loopbackUp() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, lo)
}

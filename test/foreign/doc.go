// Package foreign compares the command with the loaders of other architectures. Trees are
// unpacked from Debian's packages and resolved with --sysroot; the ld.so or libc in the
// tree, which qemu's user emulation runs in a chroot, gives the expected answer. The
// package has no code of its own.
//
// It also tests malformed ELF files, names of arbitrary bytes, and cyclic links.
//
// The tests run with MKROOTFS_E2E=1 only, and then fail for whatever is not installed.
// The chroot needs root or user namespaces. MKROOTFS_FOREIGN names a directory in which
// the unpacked packages are kept for the next run.
//
// Debian packages: apt dpkg tar debian-archive-keyring qemu-user-static
package foreign

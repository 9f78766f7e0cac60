// Package foreign holds the tests that put systems of other machines before
// their own loaders: trees unpacked from Debian's packages, resolved by
// --sysroot, and judged by the ld.so or libc in the tree, which qemu's user
// emulation runs in a chroot. It has no code of its own.
//
// It also holds what a hostile person would hand to the command: files that
// lie, names of any bytes, trees that lead in circles.
//
// Nothing of it runs unless MKROOTFS_E2E=1; then whatever is not here is a
// failure. It wants root, or user namespaces, for the chroot. MKROOTFS_FOREIGN
// names a directory in which the unpacked packages are kept for the next run.
//
// Debian packages: apt dpkg tar debian-archive-keyring qemu-user-static
package foreign

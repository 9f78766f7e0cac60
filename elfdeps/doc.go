// Package elfdeps tells which files the dynamic loader opens for a program,
// by parsing alone.
//
// It follows the loaders of glibc and of musl rule by rule: PT_INTERP,
// DT_NEEDED breadth first, DT_RPATH chains, LD_LIBRARY_PATH, DT_RUNPATH,
// ld.so.cache, the directories compiled into the loader, capability
// subdirectories, preloading, symbol versions; and the kernel's rules for "#!"
// scripts. Files are read by their program headers, and only where needed.
//
// It never runs anything and never looks outside the file system given, so a
// tree of any architecture, of either class and byte order, can be asked
// about. It does not know what a program opens by itself with dlopen; see
// Resolver.Dlopen. Its caveat: a Resolver remembers what it has read, so files
// that change meanwhile are seen as they first were.
//
// Start with Resolver.Resolve.
package elfdeps

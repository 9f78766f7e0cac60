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
//
// The rules are numbered, so that a comment can name the one that its code
// follows (§6), beside the loader's own function:
//
//	 1  what the answer is                   closure.go, resolver.go
//	 2  what a target is: ELF, script        classify.go, program.go, loader.go, script.go
//	 3  reading ELF                          reader.go, dynamic.go, layout.go
//	 4  what is compiled into a loader       facts.go, loader.go, arch.go
//	 5  glibc: the order of loading          glibc.go
//	 6  glibc: the search for a name         glibcsearch.go, searchlist.go
//	 7  ld.so.cache                          cache.go, cachewrite.go
//	 8  glibc: which candidates serve        check.go
//	 9  dynamic string tokens, AT_SECURE     tokens.go, program.go
//	10  capability subdirectories            variants.go, cpu.go
//	11  musl                                 musl.go, muslsearch.go
//	12  audit modules, preloading, versions  preload.go, versions.go, versioncheck.go
//	13  sysroots, and images of them         internal/sysroot, transplant.go, remedy.go
//	14  what is opened beyond DT_NEEDED      internal/needs, internal/groups
//	15  .note.dlopen                         notes.go
//	16  names found as strings               hints.go, literals.go
//	17  differences between versions         variants.go, glibcsearch.go
package elfdeps

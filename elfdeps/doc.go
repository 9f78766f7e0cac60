// Package elfdeps finds the files that the dynamic loader opens for a program, by
// parsing alone.
//
// It follows the loaders of glibc and of musl rule by rule: PT_INTERP,
// DT_NEEDED breadth first, DT_RPATH chains, LD_LIBRARY_PATH, DT_RUNPATH,
// ld.so.cache, the directories compiled into the loader, capability
// subdirectories, preloading, symbol versions; and the kernel's rules for "#!"
// scripts. Files are read by their program headers, and only where needed.
//
// It never runs anything and never reads outside the file system given, so it
// works on a tree of any architecture, of either class and byte order. It does not
// know what a program opens by itself with dlopen; see Resolver.Dlopen. Its
// caveat: a Resolver remembers what it has read, so files that change meanwhile
// are seen as they first were.
//
// Its parts can be used alone: elffile reads one ELF file, ldcache reads and
// writes ld.so.cache, and relocate compares what programs find in two trees.
//
// Start with Resolver.Resolve.
//
// The rules are numbered, so that a comment can name the one that its code
// follows (§6), beside the loader's own function:
//
//	 1  what is returned                     closure.go, resolver.go
//	 2  what a target is: ELF, script        program.go, start.go, script.go, internal/shebang
//	 3  reading ELF                          elffile
//	 4  what is compiled into a loader       loader.go, internal/ldso
//	 5  glibc: the order of loading          glibc.go
//	 6  glibc: the search for a name         glibcsearch.go, searchlist.go
//	 7  ld.so.cache                          ldcache
//	 8  glibc: which candidates are loaded   internal/ldso
//	 9  dynamic string tokens, AT_SECURE     internal/tokens, program.go
//	10  capability subdirectories            variants.go, internal/ldso
//	11  musl                                 musl.go, muslsearch.go
//	12  audit modules, preloading, versions  preload.go, versioncheck.go, elffile
//	13  sysroots, and images of them         internal/sysroot, relocate
//	14  what is opened beyond DT_NEEDED      left to the caller
//	15  .note.dlopen                         elffile
//	16  names found as strings               elffile
//	17  differences between versions         variants.go, glibcsearch.go
package elfdeps

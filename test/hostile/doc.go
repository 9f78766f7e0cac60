// Package hostile runs the command on input that was made to harm its user. It has no code
// of its own. docs/security.md promises what the tests check.
//
//   - swap_test.go: another user replaces files, directories and links of a
//     sysroot while they are read. No byte of a file outside, no name, no link
//     text and no attribute gets into an image or a message.
//   - rewrite_test.go: files rewritten in place, their size and mtime kept.
//   - mutants_test.go: damaged copies of every kind of file that is parsed. No
//     Go stack trace, exit status 0 or 1, bounded CPU time.
//   - bounds_test.go, makers_test.go: input that is huge, sparse, a pipe or a device. Bounded
//     memory and CPU time.
//   - inject_test.go: errors and signals at every system call, by strace. All
//     outputs are as they would be without the error, or all are as before.
//   - interrupt_test.go: the first SIGINT ends the command, whatever it does.
//   - terminal_test.go: no control character of a file reaches a terminal or,
//     unquoted, a shell.
//
// No test sleeps, polls or measures elapsed time: actions follow an inotify event or a
// system call of the command, limits are limits of CPU time, and every loop has a fixed
// number of rounds. A command that hangs is ended after a minute.
//
// The tests run as root and as any other user. As root, files are replaced by a thread with
// the rights of user 65534.
//
// Environment:
//
//	MKROOTFS_TOOL        the command to be tested; it is built otherwise
//	MKROOTFS_RUNS        runs of each case of TestSwap (40; 12 without MKROOTFS_E2E=1)
//	MKROOTFS_MUTANTS     mutated files (6000; 1000 without MKROOTFS_E2E=1)
//	MKROOTFS_INJECTIONS  injected errors of each test, or "all" (400; 50 without MKROOTFS_E2E=1)
//	MKROOTFS_SEED        of the random choices; a failure prints what reproduces it
//	MKROOTFS_E2E=1       tests fail for what the machine does not have
//
// A full run is MKROOTFS_E2E=1 MKROOTFS_RUNS=1000
// MKROOTFS_MUTANTS=100000 MKROOTFS_INJECTIONS=all and -timeout=0.
//
// Debian packages: strace
package hostile

// Package pending writes files that appear under their names complete, on the disk
// and in one step, or not at all.
//
// Writing a File has four steps, so that several files can be changed together:
// Create and the writes, Finish (sync and close), Stage (a hidden name beside the
// final one) and Commit (a rename and nothing else). Before Commit, Abandon removes
// the file.
//
// Before Stage a File has no name if the file system supports that (open(2),
// O_TMPFILE), so that a killed process leaves nothing. Otherwise, and between Stage
// and Commit, it has a hidden name such as ".a.tar.mkrootfs-0123456789abcdef", and
// its process has a lock on it (flock(2)). RemoveStale removes files with such
// names that no process has locked; it never removes a file of another user.
// github.com/google/renameio has no files without names and no step between the
// last write and the rename.
//
// The package never replaces a file before Commit. Its caveat: if a Commit fails
// after another one has succeeded, the caller has to report what was changed. Start
// with OpenDir and Create.
package pending

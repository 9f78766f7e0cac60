// Package pending writes files that appear under their names complete, on the
// disk and in one step, or not at all.
//
// A File passes through four steps, so that several files can be written as one:
// Create and the writes that follow, Finish (synced and closed), Stage (a hidden
// name beside its place) and Commit (a rename, which changes nothing but the
// name). Until Commit, Abandon removes every trace of it.
//
// Until Stage a File has no name at all where the file system can do that
// (open(2), O_TMPFILE), so that a killed process leaves nothing. Elsewhere, and
// between Stage and Commit, it has a name such as ".a.tar.mkrootfs-0123456789abcdef".
// Its process holds a lock on it (flock(2)) as long as it runs; RemoveStale
// removes the files of that form that nobody holds, and never another's.
// github.com/google/renameio has neither nameless files nor a step between the
// last write and the rename.
//
// Its caveat: a Commit that fails after another one has succeeded is the
// caller's to report. Start with OpenDir and Create.
package pending

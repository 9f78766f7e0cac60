package rootfs

import "io/fs"

// ImplyDir claims the directory path as a parent of something is claimed: with
// mode 0755 and owner 0:0, unless any other claim says otherwise. It is for
// directories that must exist, whatever they are like, such as a Dockerfile's
// WORKDIR.
func (t *Tree) ImplyDir(path, claimant string) error {
	return t.add(&claim{Entry: Entry{Path: path, Mode: fs.ModeDir | 0o755, Claim: claimant}, firm: implied})
}

// Source describes the file that the content of e is read from, as it was when
// it was claimed; ok is false for content that is held in memory, and for what
// is no regular file.
func (e *Entry) Source() (info fs.FileInfo, ok bool) {
	c, ok := e.Content.(fileContent)
	if !ok {
		return nil, false
	}
	return c.info, true
}

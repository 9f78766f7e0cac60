package dest

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// Destination is an output that is being written.
type Destination struct {
	Medium
	Name string    // its name in messages
	Real string    // its path with symlinks resolved; "" for a stream
	To   io.Writer // receives its content; nil for a layout
	Size int64     // the number of bytes written, set by the caller
	// First is set for a layout. Layouts are committed before files, since merging with
	// a layout that another process has just made may fail in more ways than a rename.
	First bool
}

// isStream reports whether d is stdout, a device or a pipe.
func (d *Destination) isStream() bool {
	_, ok := d.Medium.(*Stream)
	return ok
}

// OpenOutput opens the file, device or pipe name. what describes the output in
// messages, as in "a docker archive".
func OpenOutput(ctx context.Context, name, what string) (*Destination, error) {
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		err := fmt.Errorf("%s: is a directory, but %s is a file", name, what)
		return nil, usererr.WithHint(err, "name a file in that directory, or use type=oci-dir")
	case err == nil && !info.Mode().IsRegular():
		stream, err := openDevice(ctx, name)
		if err != nil {
			return nil, err
		}
		return &Destination{Medium: stream, Name: name, To: stream}, nil
	}
	file, err := OpenFile(name)
	if err != nil {
		return nil, err
	}
	return &Destination{Medium: file, Name: name, To: file.File, Real: file.Real}, nil
}

// Set are destinations that become visible together.
type Set []*Destination

// Package compress packs layers with several processors, into bytes that do not
// depend on how many there are.
//
// It knows nothing of files or images. Its caveat: the same bytes come out of
// the same version of the deflate library only, so whoever compares across
// versions compares what was packed. Start with NewGzip.
package compress

import (
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/klauspost/pgzip"
)

// DefaultLevel is the level of level 0.
const DefaultLevel = 6

// blockSize is how much is compressed at a time. The output depends on it, so
// it is the same everywhere. Smaller blocks compress worse, since each starts
// with the last 16 KiB before it alone; larger ones take more memory.
const blockSize = 512 << 10

// maxBlocks bounds how many blocks are under way at once, and with them the
// memory: each takes about 4 MB.
const maxBlocks = 8

// Gzip compresses what is written to it. Close or Abort must be called.
type Gzip struct{ z *pgzip.Writer }

// NewGzip returns a Gzip over w with a level from 1 (fastest) to 9 (smallest),
// 0 being DefaultLevel. The header carries neither name nor time, and its
// operating system is always "unknown" (RFC 1952, 2.3.1: 255).
func NewGzip(w io.Writer, level int) (*Gzip, error) {
	if level == 0 {
		level = DefaultLevel
	}
	if level < 1 || level > 9 {
		return nil, fmt.Errorf("gzip level %d is not between 1 and 9", level)
	}
	z, err := pgzip.NewWriterLevel(w, level)
	if err != nil {
		return nil, err
	}
	if err := z.SetConcurrency(blockSize, min(runtime.GOMAXPROCS(0), maxBlocks)); err != nil {
		return nil, err
	}
	z.ModTime = time.Unix(0, 0) // pgzip writes the zero time.Time as a date in 2042
	return &Gzip{z}, nil
}

// Write compresses p, which is copied. An error of the writer below may come
// with a later call.
func (g *Gzip) Write(p []byte) (int, error) { return g.z.Write(p) }

// Close writes the rest and ends the goroutines. It does not close the writer
// below.
func (g *Gzip) Close() error {
	err := g.z.Close()
	if err != nil {
		g.Abort()
	}
	return err
}

// Abort ends the goroutines when the output is of no more use; blocks under way
// may still be written. Nothing may be written afterwards.
func (g *Gzip) Abort() { g.z.Reset(io.Discard) }

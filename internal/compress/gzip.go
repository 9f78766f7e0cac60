// Package compress writes gzip with several processors. The bytes that it writes
// do not depend on how many there are.
//
// It never reads or writes files. Its caveat: the output depends on the version
// of the deflate library, so outputs of different versions can be compared only
// once they are uncompressed. Start with NewGzip.
package compress

import (
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/klauspost/pgzip"
)

// defaultLevel is the level that 0 stands for.
const defaultLevel = 6

// blockSize is the number of bytes in a block. The output depends on it, so it is
// a constant. Smaller blocks compress worse, since the compressor starts each
// with only the last 16 KiB before it; larger blocks take more memory.
const blockSize = 512 << 10

// maxBlocks is the maximum number of blocks that are compressed at once. It
// limits the memory: each block takes about 4 MB.
const maxBlocks = 8

// Gzip compresses what is written to it. Close or Abort must be called.
type Gzip struct{ z *pgzip.Writer }

// NewGzip returns a Gzip over w with a level from 1 (fastest) to 9 (smallest),
// 0 being defaultLevel. The header carries neither name nor time, and its
// operating system is always "unknown" (RFC 1952, 2.3.1: 255).
func NewGzip(w io.Writer, level int) (*Gzip, error) {
	if level == 0 {
		level = defaultLevel
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

// Write compresses a copy of p. An error of the underlying writer may be returned
// by a later call.
func (g *Gzip) Write(p []byte) (int, error) { return g.z.Write(p) }

// Close writes the rest and ends the goroutines. It does not close the underlying
// writer.
func (g *Gzip) Close() error {
	err := g.z.Close()
	if err != nil {
		g.Abort()
	}
	return err
}

// Abort ends the goroutines and discards what was not written yet. Write must not
// be called afterwards.
func (g *Gzip) Abort() { g.z.Reset(io.Discard) }

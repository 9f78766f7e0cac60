package compress

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/synctest"
)

// sample returns n bytes that are neither random nor very repetitive.
func sample(n int) []byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	for b.Len() < n {
		fmt.Fprintf(&b, "%d the %x of \x00\x00\x00", rnd.IntN(900), rnd.Uint32())
	}
	return b.Bytes()[:n]
}

// pack compresses data in writes of chunk bytes.
func pack(t *testing.T, data []byte, level, chunk int) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := NewGzip(&out, level)
	if err != nil {
		t.Fatal(err)
	}
	for len(data) > 0 {
		n := min(chunk, len(data))
		if _, err := z.Write(data[:n]); err != nil {
			t.Fatal(err)
		}
		data = data[n:]
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSameBytesAtAnyParallelismAndChunking(t *testing.T) {
	data := sample(2*blockSize + 12345)
	for _, level := range []int{0, 1, 9} {
		var want []byte
		for _, procs := range []int{1, 2, 8} {
			old := runtime.GOMAXPROCS(procs)
			for _, chunk := range []int{509, 256 << 10, len(data)} {
				got := pack(t, data, level, chunk)
				if want == nil {
					want = got
				}
				if !bytes.Equal(got, want) {
					t.Errorf("level %d, %d processors, chunks of %d: other bytes", level, procs, chunk)
				}
			}
			runtime.GOMAXPROCS(old)
		}
		z, err := gzip.NewReader(bytes.NewReader(want))
		if err != nil {
			t.Fatal(err)
		}
		if back, err := io.ReadAll(z); err != nil || !bytes.Equal(back, data) {
			t.Errorf("level %d: does not unpack to what was packed (%v)", level, err)
		}
	}
}

func TestSizes(t *testing.T) {
	for _, n := range []int{0, 1, blockSize - 1, blockSize, blockSize + 1, 2 * blockSize} {
		data := sample(n)
		z, err := gzip.NewReader(bytes.NewReader(pack(t, data, 6, 1<<20)))
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if back, err := io.ReadAll(z); err != nil || !bytes.Equal(back, data) {
			t.Errorf("%d bytes: %d come back, %v", n, len(back), err)
		}
	}
}

func TestHeaderWithoutNames(t *testing.T) {
	got := pack(t, []byte("x"), 6, 1)[:10]
	if want := []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}; !bytes.Equal(got, want) {
		t.Errorf("header % x, want % x", got, want)
	}
}

func TestBadLevel(t *testing.T) {
	for _, level := range []int{-1, 10} {
		if _, err := NewGzip(io.Discard, level); err == nil {
			t.Errorf("level %d is taken", level)
		}
	}
}

var errFull = errors.New("no space left")

// limitWriter fails after n bytes.
type limitWriter int

func (l *limitWriter) Write(p []byte) (int, error) {
	n := min(len(p), int(*l))
	*l -= limitWriter(n)
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

// synctest.Test reports goroutines that still wait when the test is done.
func TestErrorsEndAllGoroutines(t *testing.T) {
	data := sample(3 * blockSize)
	for _, at := range []int{0, 5, 10, 100_000, 300_000} {
		synctest.Test(t, func(t *testing.T) {
			w := limitWriter(at)
			z, err := NewGzip(&w, 6)
			if err != nil {
				t.Fatal(err)
			}
			_, werr := z.Write(data)
			if err := errors.Join(werr, z.Close()); !errors.Is(err, errFull) {
				t.Errorf("full after %d bytes: %v", at, err)
			}
		})
	}
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			z, err := NewGzip(io.Discard, 6)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := z.Write(data[:blockSize*2]); err != nil {
				t.Error(err)
			}
			z.Abort()
		})
	}
}

func BenchmarkGzip(b *testing.B) {
	data := sample(8 << 20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		z, _ := NewGzip(io.Discard, 0)
		_, _ = z.Write(data)
		_ = z.Close()
	}
}

package publish

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// pipes returns both ends of a connection; the first one has the limit.
func pipes(t *testing.T, both bool) (near, far net.Conn) {
	t.Helper()
	a, b := net.Pipe()
	dial := stalling(func(context.Context, string, string) (net.Conn, error) { return a, nil }, both)
	near, err := dial(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); b.Close() })
	return near, b
}

func wantStall(t *testing.T, err error, start time.Time) {
	t.Helper()
	if !errors.Is(err, errStall) || err.Error() != "no byte was sent or received for 1m0s" {
		t.Errorf("got %v", err)
	}
	if d := time.Since(start); d != stallLimit {
		t.Errorf("after %v", d)
	}
}

func TestStallRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pipes(t, true)
		go func() {
			for range 5 {
				time.Sleep(stallLimit - time.Second)
				far.Write([]byte("x"))
			}
		}()
		if _, err := io.ReadFull(near, make([]byte, 5)); err != nil {
			t.Fatalf("a slow sender: %v", err)
		}
		start := time.Now()
		_, err := near.Read(make([]byte, 1))
		wantStall(t, err, start)
	})
}

func TestStallWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pipes(t, true)
		go func() {
			for range 5 { // each piece takes nearly too long
				time.Sleep(stallLimit - time.Second)
				io.ReadFull(far, make([]byte, stallPiece))
			}
		}()
		if n, err := near.Write(make([]byte, 5*stallPiece)); err != nil || n != 5*stallPiece {
			t.Fatalf("a slow receiver: %d, %v", n, err)
		}
		start := time.Now()
		_, err := near.Write([]byte("x"))
		wantStall(t, err, start)
	})
}

// During a long upload the reader does not run into the limit.
func TestStallReadDuringWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pipes(t, true)
		go func() {
			for range 5 {
				time.Sleep(stallLimit - time.Second)
				io.ReadFull(far, make([]byte, stallPiece))
			}
			far.Write([]byte("x"))
		}()
		go near.Write(make([]byte, 5*stallPiece))
		if _, err := near.Read(make([]byte, 1)); err != nil {
			t.Error(err)
		}
	})
}

// An engine may take an hour to answer, but not to read.
func TestStallEngine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pipes(t, false)
		go func() {
			time.Sleep(time.Hour)
			far.Write([]byte("x"))
		}()
		if _, err := near.Read(make([]byte, 1)); err != nil {
			t.Error(err)
		}
		start := time.Now()
		_, err := near.Write([]byte("x"))
		wantStall(t, err, start)
	})
}

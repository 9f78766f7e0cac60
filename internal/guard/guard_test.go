package guard

import (
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
)

// faulty panics because of an index out of range.
func faulty(list []int) { list[len(list)]++ }

func TestCall(t *testing.T) {
	if err := Call(func() error { return nil }); err != nil {
		t.Error(err)
	}
	if err := Call(func() error { return io.EOF }); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	cleaned := false
	err := Call(func() error {
		defer func() { cleaned = true }()
		faulty(nil)
		return nil
	})
	var p *PanicError
	const want = "internal error: runtime error: index out of range [0] with length 0 (guard.faulty, guard_test.go:12); please report it"
	if !errors.As(err, &p) || err.Error() != want || !cleaned {
		t.Errorf("%v, cleaned %v; want %s", err, cleaned, want)
	}
	var none *atomic.Int32
	err = Call(func() error { panic(none.Load()) })
	if err == nil || !strings.Contains(err.Error(), "nil pointer") {
		t.Error(err)
	}
}

// TestGroup checks that Wait panics after all functions have ended.
func TestGroup(t *testing.T) {
	var done atomic.Int32
	err := Call(func() error {
		var g Group
		for i := range 4 {
			g.Go(func() {
				defer done.Add(1)
				if i == 2 {
					faulty(nil)
				}
			})
		}
		g.Wait()
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "guard.faulty") || done.Load() != 4 {
		t.Errorf("%v after %d", err, done.Load())
	}
	var g Group
	g.Go(func() {})
	g.Wait()
}

package extent

import (
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestSub(t *testing.T) {
	file := Of(100)
	part, ok := file.Sub(40, 20)
	if !ok || part.Offset() != 40 || part.Len() != 20 || part.End() != 60 {
		t.Fatalf("%+v, %v", part, ok)
	}
	for _, tc := range []struct {
		off, n uint64
		ok     bool
	}{
		{0, 20, true},
		{20, 0, true},
		{19, 1, true},
		{20, 1, false},
		{21, 0, false},
		{0, 21, false},
		{math.MaxUint64, 0, false},
		{math.MaxUint64, 2, false},
		{1, math.MaxUint64, false},
		{1 << 63, 1 << 63, false},
	} {
		if got, ok := part.Sub(tc.off, tc.n); ok != tc.ok || ok && (got.Offset() != 40+tc.off || got.Len() != tc.n) {
			t.Errorf("Sub(%d, %d) = %+v, %v", tc.off, tc.n, got, ok)
		}
		got, ok := part.From(tc.off)
		if ok != (tc.off <= 20) || ok && (got.Offset() != 40+tc.off || got.End() != 60) {
			t.Errorf("From(%d) = %+v, %v", tc.off, got, ok)
		}
		if got := part.Head(tc.n); got.Len() != min(20, tc.n) || got.Offset() != 40 {
			t.Errorf("Head(%d) = %+v", tc.n, got)
		}
	}
	if Of(-1) != (Range{}) {
		t.Error("a negative size")
	}
}

func TestWithout(t *testing.T) {
	file := Of(100)
	r, _ := file.Sub(40, 20)
	for _, tc := range [][6]uint64{ // the hole's offset and size, what is left before and behind
		{0, 10, 40, 0, 40, 20},
		{0, 50, 40, 0, 50, 10},
		{45, 5, 40, 5, 50, 10},
		{50, 50, 40, 10, 60, 0},
		{90, 10, 40, 20, 60, 0},
		{0, 100, 40, 0, 60, 0},
	} {
		hole, _ := file.Sub(tc[0], tc[1])
		before, behind := r.Without(hole)
		if got := [6]uint64{tc[0], tc[1], before.off, before.n, behind.off, behind.n}; got != tc {
			t.Errorf("got %v, want %v", got, tc)
		}
	}
}

func TestReadAt(t *testing.T) {
	text := strings.NewReader("0123456789")
	r, _ := Of(12).Sub(8, 2)
	if b, err := r.Read(text); string(b) != "89" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := Of(12).Read(text); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a file that has become shorter: %v", err)
	}
}

// FuzzRange checks that a part of a part is always inside the file.
func FuzzRange(f *testing.F) {
	f.Add(int64(100), uint64(1))
	f.Fuzz(func(t *testing.T, size int64, seed uint64) {
		number := rand.New(rand.NewPCG(seed, 0))
		wild := func() uint64 { return number.Uint64() >> number.UintN(64) }
		r := Of(size)
		for range 16 {
			switch number.IntN(4) {
			case 0:
				r, _ = r.Sub(wild(), wild())
			case 1:
				r, _ = r.From(wild())
			case 2:
				r = r.Head(wild())
			case 3:
				hole, _ := Of(size).Sub(wild(), wild())
				_, r = r.Without(hole)
			}
			if r.End() < r.off || r.End() > uint64(max(0, size)) {
				t.Fatalf("%+v of %d bytes", r, size)
			}
		}
	})
}

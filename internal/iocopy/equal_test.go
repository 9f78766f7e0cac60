package iocopy

import (
	"bytes"
	"io"
	"testing"
)

// largestRead is a reader that records the largest buffer it was asked to fill.
type largestRead struct {
	io.Reader
	largest int
}

func (r *largestRead) Read(b []byte) (int, error) {
	r.largest = max(r.largest, len(b))
	return r.Reader.Read(b)
}

// TestEqual checks the result, and that large readers are compared in blocks.
func TestEqual(t *testing.T) {
	const size, block = 8 << 20, 64 << 10
	data := make([]byte, size)
	changed := bytes.Clone(data)
	changed[size-1] = 1
	for name, tc := range map[string]struct {
		other []byte
		want  bool
	}{
		"the same": {data, true}, "the last byte differs": {changed, false}, "shorter": {data[:size-1], false}, "empty": {nil, false},
	} {
		a, b := &largestRead{Reader: bytes.NewReader(data)}, &largestRead{Reader: bytes.NewReader(tc.other)}
		got, err := Equal(t.Context(), a, b)
		if err != nil || got != tc.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if a.largest > block || b.largest > block {
			t.Errorf("%s: reads of %d and %d bytes", name, a.largest, b.largest)
		}
		if memory := testing.AllocsPerRun(1, func() { _, _ = Equal(t.Context(), bytes.NewReader(data), bytes.NewReader(tc.other)) }); memory > 16 {
			t.Errorf("%s: %v allocations", name, memory)
		}
	}
}

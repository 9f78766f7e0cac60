package pkgdb

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
)

// lz4Frame builds a frame of blocks; one that begins with "=" is stored.
func lz4Frame(flags byte, blocks ...string) []byte {
	out := binary.LittleEndian.AppendUint32(nil, lz4Magic)
	out = append(out, 1<<6|flags, 0x40)
	if flags&(1<<3) != 0 {
		out = append(out, make([]byte, 8)...)
	}
	out = append(out, 0) // the descriptor's checksum, which is not looked at
	for _, b := range blocks {
		packed, stored := b, uint32(0)
		if text, is := strings.CutPrefix(b, "="); is {
			packed, stored = text, lz4Packed
		}
		out = binary.LittleEndian.AppendUint32(out, uint32(len(packed))|stored)
		out = append(out, packed...)
		if flags&(1<<4) != 0 {
			out = append(out, 0, 0, 0, 0)
		}
	}
	return append(out, 0, 0, 0, 0)
}

func TestLZ4(t *testing.T) {
	for _, tc := range []struct {
		name, want string
		frame      []byte
		fails      bool
	}{
		{name: "empty", frame: lz4Frame(0)},
		{name: "stored", frame: lz4Frame(0, "=abc", "=def"), want: "abcdef"},
		{name: "literals", frame: lz4Frame(0, "\x30abc"), want: "abc"},
		{name: "a match that overlaps itself", frame: lz4Frame(0, "\x12a\x01\x00\x10b"), want: "aaaaaaab"},
		{name: "a match in the block before", frame: lz4Frame(0, "=abcd", "\x00\x04\x00\x10!"), want: "abcdabcd!"},
		{name: "a long match", frame: lz4Frame(0, "\x1fa\x01\x00\xff\x01\x10b"), want: strings.Repeat("a", 1+4+15+255+1) + "b"},
		{name: "long literals", frame: lz4Frame(0, "\xf0\x01"+strings.Repeat("x", 16)), want: strings.Repeat("x", 16)},
		{name: "sizes and checksums", frame: lz4Frame(1<<3|1<<4, "=abc"), want: "abc"},
		{name: "a match before the beginning", frame: lz4Frame(0, "\x10a\x02\x00\x10b"), fails: true},
		{name: "a match of nowhere", frame: lz4Frame(0, "\x10a\x00\x00\x10b"), fails: true},
		{name: "literals beyond the block", frame: lz4Frame(0, "\x50abc"), fails: true},
		{name: "length beyond the block", frame: lz4Frame(0, "\xf0\xff"), fails: true},
		{name: "cut off", frame: lz4Frame(0, "=abc")[:12], fails: true},
		{name: "something else", frame: []byte("Package: x"), fails: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []byte
			r, err := newLZ4(bytes.NewReader(tc.frame))
			if err == nil {
				got, err = io.ReadAll(r)
			}
			if (err != nil) != tc.fails || !tc.fails && string(got) != tc.want {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func FuzzLZ4(f *testing.F) {
	f.Add(lz4Frame(0, "=abcd", "\x00\x04\x00\x10!"))
	f.Add(lz4Frame(1<<3|1<<4, "\x1fa\x01\x00\xff\x01\x10b"))
	f.Fuzz(func(t *testing.T, frame []byte) {
		r, err := newLZ4(bytes.NewReader(frame))
		if err != nil {
			return
		}
		// A block may unpack to 255 times its length; no more is ever held than
		// a block and a window.
		if n, _ := io.Copy(io.Discard, io.LimitReader(r, 1<<26)); n > int64(len(frame))*256 {
			t.Errorf("%d bytes out of %d", n, len(frame))
		}
	})
}

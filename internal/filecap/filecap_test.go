package filecap

import (
	"encoding/binary"
	"testing"
)

// value makes the attribute from its words.
func value(words ...uint32) string {
	var b []byte
	for _, w := range words {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return string(b)
}

// TestText: the right side is what getcap -n of libcap 2.66 prints.
func TestText(t *testing.T) {
	for _, tc := range []struct{ value, want string }{
		{value(0x02000001, 1<<13, 0, 0, 0), "cap_net_raw=ep"},
		{value(0x01000001, 1<<13, 0), "cap_net_raw=ep"},
		{value(0x03000001, 1<<13, 0, 0, 0, 1000), "cap_net_raw=ep [rootid=1000]"},
		{value(0x03000001, 1<<13, 0, 0, 0, 0), "cap_net_raw=ep"},
		{value(0x02000000, 1<<13, 1, 0, 0), "cap_chown=i cap_net_raw+p"},
		{value(0x02000001, 1<<13, 2, 0, 0), "cap_dac_override=ei cap_net_raw+ep"},
		{value(0x02000001, 1|1<<13, 1|1<<13, 0, 0), "cap_chown,cap_net_raw=eip"},
		{value(0x02000000, 0, 0, 1<<2|1<<7, 1<<2|1<<7), "cap_syslog,cap_bpf=ip"},
		{value(0x02000000, 1|1<<7|1<<13, 1<<5|1<<13, 0, 0), "cap_net_raw=ip cap_kill+i cap_chown,cap_setuid+p"},
		{value(0x02000001, 0xffffffff, 0, 0x1ff, 0), "=ep"},
		{value(0x02000001, 0xfffffffe, 0, 0x1ff, 0), "=ep cap_chown-ep"},
		{value(0x02000000, 0xfffffffe, 1<<5, 0x1ff, 0), "=p cap_kill+i cap_chown-p"},
		{value(0x02000001, 0xffffffff, 0, 0x3ff, 0), "=ep 41+ep"},
		{value(0x02000001, 1<<13, 0, 1<<20, 0), "cap_net_raw=ep 52+ep"},
		{value(0x02000001, 0, 0, 0, 0), "="},
	} {
		if got, err := Text(tc.value); err != nil || got != tc.want {
			t.Errorf("%x: %q, %v; want %q", tc.value, got, err, tc.want)
		}
	}
}

func TestTextRefuses(t *testing.T) {
	for _, v := range []string{"", "abc", value(0x02000001), value(0x01000001, 0, 0, 0, 0), value(0x04000000, 0, 0, 0, 0), value(0x03000001, 0, 0, 0, 0)} {
		if got, err := Text(v); err == nil {
			t.Errorf("%x: %q", v, got)
		}
	}
}

// FuzzText: any value is worded or refused.
func FuzzText(f *testing.F) {
	f.Add(value(0x02000001, 1<<13, 0, 0, 0))
	f.Add(value(0x03000001, 1<<13, 0, 1, 0, 1000))
	f.Fuzz(func(t *testing.T, v string) {
		if text, err := Text(v); (err == nil) != (text != "") {
			t.Errorf("%q, %v", text, err)
		}
	})
}

package ldso

import (
	"debug/elf"
	"strings"
	"testing"
)

// The bits that ldconfig of glibc 2.36 for s390x writes.
func TestIBMZ(t *testing.T) {
	levels := []string{"z16", "z15", "z14", "z13"}
	want := map[string]struct {
		bits          uint64
		names, levels string
	}{
		"z900":   {1<<33 | 1<<1, "zarch", ""},
		"z990":   {1<<34 | 0x12, "zarch ldisp", ""},
		"z9-109": {1<<35 | 0x32, "zarch ldisp eimm", ""},
		"z10":    {1<<36 | 0x72, "zarch ldisp eimm dfp", ""},
		"zEC12":  {1<<38 | 0x72, "zarch ldisp eimm dfp", ""},
		"z13":    {1<<39 | 0x872, "zarch ldisp eimm dfp vx", "z13"},
		"z14":    {1<<40 | 0x2872, "zarch ldisp eimm dfp vx vxe", "z14 z13"},
		"z16":    {1<<42 | 0xa872, "zarch ldisp eimm dfp vx vxe vxe2", "z16 z15 z14 z13"},
		"z17":    {0xa872, "zarch ldisp eimm dfp vx vxe vxe2", "z16 z15 z14 z13"},
	}
	all := cpus(elf.EM_S390, levels)
	if len(all) != 11 || all[0].Platform != "z17" || all[10].Platform != "z900" {
		t.Fatalf("%+v", all)
	}
	for _, c := range all {
		w, ok := want[c.Platform]
		if got := strings.Join(c.Names, " "); ok && (c.Bits != w.bits || got != w.names || strings.Join(c.Levels, " ") != w.levels) {
			t.Errorf("%s: bits %#x, names %s, levels %q; want %+v", c.Platform, c.Bits, got, c.Levels, w)
		}
	}
}

// Package filecap formats the capabilities of a file, the value of the extended
// attribute "security.capability", as getcap(8) does. It accesses no files. Its caveat:
// it has the names of Linux 6; newer capabilities are shown as numbers. Start with Text.
package filecap

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Attr is the name of the extended attribute.
const Attr = "security.capability"

// names are the capabilities by number, without "cap_" (Linux,
// include/uapi/linux/capability.h).
var names = [...]string{
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
	"linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
	"sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
	"sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
	"mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
	"checkpoint_restore",
}

// The bits of the sets that a capability may be in, in libcap's order of comparison.
const (
	effective = 1 << iota
	permitted
	inheritable
	allSets = 1 << iota
)

// sets has the bits for each of 64 capabilities.
type sets [64]int

// Text returns value, the value of Attr, in the format of cap_to_text(3):
// "cap_net_raw=ep". The root user of a namespace for which the capabilities are valid
// follows as in getcap -n: "cap_net_raw=ep [rootid=1000]".
func Text(value string) (string, error) {
	caps, rootID, err := decode([]byte(value))
	if err != nil {
		return "", err
	}
	text := caps.text()
	if rootID != 0 {
		text += fmt.Sprintf(" [rootid=%d]", rootID)
	}
	return text, nil
}

// decode decodes struct vfs_cap_data or vfs_ns_cap_data (Linux,
// include/uapi/linux/capability.h): a word with the revision and a flag, pairs of
// permitted and inheritable words, and in revision 3 the id of the root user.
func decode(value []byte) (caps sets, rootID uint32, err error) {
	if len(value) < 4 {
		return caps, 0, fmt.Errorf("%d bytes", len(value))
	}
	magic := binary.LittleEndian.Uint32(value)
	pairs, size := 2, 20
	switch magic >> 24 {
	case 1:
		pairs, size = 1, 12
	case 2:
	case 3:
		size = 24
	default:
		return caps, 0, fmt.Errorf("unknown revision %d", magic>>24)
	}
	if len(value) != size {
		return caps, 0, fmt.Errorf("revision %d in %d bytes, not %d", magic>>24, len(value), size)
	}
	for i := range 32 * pairs {
		at := 4 + i/32*8
		caps[i] = permitted*int(binary.LittleEndian.Uint32(value[at:])>>(i%32)&1) |
			inheritable*int(binary.LittleEndian.Uint32(value[at+4:])>>(i%32)&1)
		if magic&1 != 0 && caps[i] != 0 { // VFS_CAP_FLAGS_EFFECTIVE
			caps[i] |= effective
		}
	}
	if size == 24 {
		rootID = binary.LittleEndian.Uint32(value[20:])
	}
	return caps, rootID, nil
}

// text returns the capabilities by the sets that they are in. As in cap_to_text(3), the
// most common combination of sets comes first, unless it is empty.
func (c *sets) text() string {
	base := c.commonest()
	var words []string
	if base != 0 {
		words = append(words, "="+letters(base))
	}
	for _, span := range [][2]int{{0, len(names)}, {len(names), len(c)}} {
		for in := allSets - 1; in >= 0; in-- {
			if list := c.in(in, span); len(list) > 0 && in != base {
				words = append(words, strings.Join(list, ",")+change(base, in, len(words) == 0))
			}
		}
		base = 0
	}
	if len(words) == 0 {
		return "="
	}
	return strings.Join(words, " ")
}

// commonest returns the most common combination of sets of the known capabilities.
func (c *sets) commonest() int {
	var count [allSets]int
	best := 0
	for i := range names {
		count[c[i]]++
	}
	for in, n := range count {
		if n > count[best] {
			best = in
		}
	}
	return best
}

// in returns the names of the capabilities from span[0] to span[1] whose sets are in.
func (c *sets) in(in int, span [2]int) (out []string) {
	for i := span[0]; i < span[1]; i++ {
		switch {
		case c[i] != in:
		case i < len(names):
			out = append(out, "cap_"+names[i])
		default:
			out = append(out, fmt.Sprint(i))
		}
	}
	return out
}

// change returns the text for the sets that in adds to base and removes from it.
func change(base, in int, first bool) string {
	text := ""
	if more := in &^ base; more != 0 && first {
		text = "=" + letters(more)
	} else if more != 0 {
		text = "+" + letters(more)
	}
	if less := base &^ in; less != 0 {
		text += "-" + letters(less)
	}
	return text
}

func letters(in int) (text string) {
	for i, bit := range []int{effective, inheritable, permitted} {
		if in&bit != 0 {
			text += "eip"[i : i+1]
		}
	}
	return text
}

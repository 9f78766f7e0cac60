package dockerflag

import (
	"fmt"
	"strconv"
	"strings"
)

// ParsePorts parses ports (docker run --expose) and returns each once, in the form
// of an image configuration, such as "6379/tcp". A value is a port from 1 to 65535
// or a range of ports, optionally followed by a protocol: "80", "53/udp",
// "8000-8010/tcp". The default protocol is tcp (image-spec, config.md,
// "Config.ExposedPorts"; sctp is an extension of docker).
func ParsePorts(values ...string) ([]string, error) {
	var ports []string
	seen := make(map[string]bool)
	for _, v := range values {
		first, last, proto, err := parsePort(v)
		if err != nil {
			return nil, err
		}
		for p := first; p <= last; p++ {
			port := strconv.Itoa(p) + "/" + proto
			if !seen[port] {
				seen[port] = true
				ports = append(ports, port)
			}
		}
	}
	return ports, nil
}

// parsePort splits one value.
func parsePort(v string) (first, last int, proto string, err error) {
	numbers, proto, given := strings.Cut(v, "/")
	if !given {
		proto = "tcp"
	}
	proto = strings.ToLower(proto)
	if proto != "tcp" && proto != "udp" && proto != "sctp" {
		return 0, 0, "", fmt.Errorf("port %q: the protocol must be tcp, udp or sctp", v)
	}
	from, to, isRange := strings.Cut(numbers, "-")
	if !isRange {
		to = from
	}
	first, ok1 := portNumber(from)
	last, ok2 := portNumber(to)
	if !ok1 || !ok2 {
		return 0, 0, "", fmt.Errorf("port %q: must be a number from 1 to 65535, or two joined by a dash", v)
	}
	if first > last {
		return 0, 0, "", fmt.Errorf("port %q: the range is reversed", v)
	}
	return first, last, proto, nil
}

// portNumber parses a port. It accepts digits only; strconv alone would accept a
// sign.
func portNumber(s string) (int, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 16)
	return int(n), err == nil && n > 0
}

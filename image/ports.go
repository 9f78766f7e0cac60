package image

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// exposedPort returns a port as PORT/PROTO. The protocol is tcp if v has none
// (image-spec, config.md, "Config.ExposedPorts"; sctp is an extension of docker).
func exposedPort(v string) (string, error) {
	port, protocol, given := strings.Cut(v, "/")
	if !given {
		protocol = "tcp"
	}
	// The comparison refuses a sign and leading zeros.
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || strconv.FormatUint(n, 10) != port {
		return "", fmt.Errorf("port %q: must be a number from 1 to 65535, with or without a protocol", v)
	}
	if !slices.Contains([]string{"tcp", "udp", "sctp"}, protocol) {
		return "", fmt.Errorf("port %q: the protocol must be tcp, udp or sctp", v)
	}
	return port + "/" + protocol, nil
}

// exposedPorts returns the ports in the form of an image configuration.
func exposedPorts(values []string) ([]string, error) {
	ports := make([]string, len(values))
	for i, v := range values {
		var err error
		if ports[i], err = exposedPort(v); err != nil {
			return nil, err
		}
	}
	return ports, nil
}

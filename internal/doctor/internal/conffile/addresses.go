package conffile

import (
	"net/netip"
	"strconv"
	"strings"
)

// portOf returns the port of a statement in the form of EXPOSE, "6379/tcp", or "" if it
// has none. Port 0, which disables listening, Unix sockets and values that are not
// numbers do not count.
func portOf(s statement, means meaning) string {
	if means&(port|portBehind) == 0 || len(s.words) == 0 {
		return ""
	}
	at := s.words[0]
	if strings.HasPrefix(at, "unix:") {
		return ""
	}
	number := at[strings.LastIndexByte(at, ':')+1:]
	if means&portBehind != 0 && (number == at || strings.Count(at, ":") > 1 && !strings.Contains(at, "]:")) {
		return "" // an address without a port, as in redis
	}
	n, err := strconv.ParseUint(number, 10, 16)
	if err != nil || n == 0 {
		return ""
	}
	proto := "/tcp"
	for _, w := range s.words[1:] {
		if w == "udp" || w == "quic" { // nginx: parameters of listen
			proto = "/udp"
		}
	}
	return strconv.FormatUint(n, 10) + proto
}

// allLoopback reports whether every address of a statement is a loopback address. A
// directive without an address, such as "listen 80" of nginx, means all addresses.
func allLoopback(s statement) bool {
	addresses := 0
	for i, w := range s.words {
		if strings.EqualFold(s.name, "listener") && i == 0 {
			continue // the port
		}
		w = strings.TrimPrefix(w, "-") // redis: an optional address
		local, is := addressOf(w)
		if is && !local {
			return false
		}
		if is {
			addresses++
		}
	}
	return addresses > 0
}

// addressOf reports whether a word is an address, with or without a port, and whether it
// is a loopback address. A Unix socket is not an address.
func addressOf(w string) (local, is bool) {
	switch strings.TrimSuffix(w, ",") {
	case "*", "::", "::*", "0.0.0.0":
		return false, true
	case "localhost":
		return true, true
	}
	host := w
	if i := strings.LastIndexByte(w, ':'); i >= 0 && (strings.Count(w, ":") == 1 || strings.Contains(w, "]:")) {
		host = w[:i]
	}
	switch host {
	case "", "*":
		return false, true
	case "localhost":
		return true, true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err != nil {
		return false, false
	}
	return ip.IsLoopback(), true
}

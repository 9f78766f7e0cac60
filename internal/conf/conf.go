// Package conf knows what can be told from a configuration file without
// knowing whose it is: where it belongs in an image and which ports it plainly
// names. It understands no program's syntax and never guesses: what it does not
// recognise it leaves alone. Start with Dest and Ports.
package conf

import (
	"bufio"
	"context"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// maxLine bounds a line that is looked at; a longer one ends the scan.
const maxLine = 1 << 20

// Dest returns where a configuration file goes: /etc/<stem>/<base>, the stem
// being the base without its last extension, so redis.conf goes to
// /etc/redis/redis.conf.
func Dest(src string) string {
	base := path.Base(src)
	stem := strings.TrimSuffix(base, path.Ext(base))
	if stem = strings.TrimLeft(stem, "."); stem == "" {
		stem = strings.TrimLeft(base, ".")
	}
	return path.Join("/etc", stem, base)
}

// directive is a setting that names a port in most servers' files: "port 6379",
// "port = 5432", "Listen 80", "listener 1883", `"port": 8080`, "server.port=8080".
// It is compiled when first asked for, since most runs have no such file.
var directive = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^["']?(?:(?:port|tls-port|listen|listener|server\.port)["']?\s*(?:[:=]\s*|\s)\s*(.+)|(bind)\s+(.+))$`)
})

// Ports returns the ports that the file in r plainly names, as EXPOSE has them
// ("6379/tcp"), in the order of their first mention. A port 0, which switches
// listening off, and a Unix socket are none. An error is r's own, or that of a
// ctx that has ended.
func Ports(ctx context.Context, r io.Reader) ([]string, error) {
	var ports []string
	seen := map[string]bool{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	client := false
	for lines.Scan() && ctx.Err() == nil {
		text := strings.TrimPrefix(lines.Text(), "\uFEFF")
		if name, ok := section(text); ok {
			client = strings.HasPrefix(name, "client")
		}
		if client {
			continue // ports there are somebody else's
		}
		for _, part := range statements(text) {
			if p := portOf(part); p != "" && !seen[p] {
				seen[p] = true
				ports = append(ports, p)
			}
		}
	}
	if err := lines.Err(); err != nil && err != bufio.ErrTooLong { //nolint:errorlint // bufio returns it as it is
		return nil, err
	}
	return ports, ctx.Err()
}

// section returns the name in the head of a section, "[name]".
func section(line string) (string, bool) {
	line = strings.TrimSpace(line)
	if len(line) < 3 || line[0] != '[' || line[len(line)-1] != ']' || strings.ContainsAny(line, ":, ") {
		return "", false
	}
	return strings.ToLower(line[1 : len(line)-1]), true
}

// statements takes a line apart where common formats put several on one: nginx
// at ";" and braces, JSON at ",". Comments are cut off.
func statements(line string) []string {
	line = strings.TrimSpace(line)
	if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") || strings.HasPrefix(line, "//") {
		return nil
	}
	for i := 1; i < len(line); i++ {
		if line[i] == '#' && (line[i-1] == ' ' || line[i-1] == '\t') {
			line = line[:i]
		}
	}
	parts := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(";{},", r) })
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// portOf returns the port of one statement, "" when it names none.
func portOf(statement string) string {
	m := directive().FindStringSubmatch(statement)
	if m == nil {
		return ""
	}
	words := strings.Fields(m[1] + m[3])
	address := strings.Trim(words[0], `"'`)
	if strings.HasPrefix(address, "unix:") {
		return ""
	}
	number := address[strings.LastIndexByte(address, ':')+1:]
	if m[2] != "" && (number == address || strings.Count(address, ":") > 1 && !strings.Contains(address, "]:")) {
		return "" // an address alone, as redis has it
	}
	n, err := strconv.ParseUint(number, 10, 16)
	if err != nil || n == 0 {
		return ""
	}
	proto := "/tcp"
	for _, w := range words[1:] {
		if w == "udp" || w == "quic" { // nginx: parameters of listen
			proto = "/udp"
		}
	}
	return strconv.FormatUint(n, 10) + proto
}

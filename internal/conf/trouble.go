package conf

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"path"
	"strings"
)

// Kind sorts what a configuration file says that matters to a container.
type Kind string

// The kinds of findings.
const (
	Daemonize Kind = "daemonize" // the program puts itself into the background, which ends the container
	Loopback  Kind = "loopback"  // it listens on addresses that nobody outside the container reaches
	Directory Kind = "directory" // Value is a directory that it wants to be there
	User      Kind = "user"      // Value is a user that it wants to become
)

// Finding is a line of a configuration file and what it means for a container.
type Finding struct {
	Kind      Kind
	Line      int    // from 1
	Directive string // as it is written
	Value     string // the directory or the user; of the others, the words
}

// means is what a directive's words mean.
type means int

const (
	background means = iota // true, yes, on, 1 or no word at all
	address                 // an address, or several
	file                    // a path, whose directory must be there
	directory               // a directory, or several with commas between
	account                 // a user
)

// directives is the whole knowledge, one row a directive, lower case but for
// flags. A name of two words is a directive and its first word. Sources: redis.conf; nginx core
// and http modules; haproxy management guide and configuration manual;
// postgresql.conf; memcached(1), whose Debian configuration has its flags;
// mosquitto.conf(5); unbound.conf(5).
var directives = map[string]means{
	"daemonize":     background, // redis
	"daemon":        background, // nginx, haproxy
	"do-daemonize":  background, // unbound
	"-d":            background, // memcached
	"bind":          address,    // redis, haproxy
	"bind_address":  address,    // mosquitto
	"listen":        address,    // nginx
	"listener":      address,    // mosquitto: a port, then an address
	"interface":     address,    // unbound
	"-l":            address,    // memcached
	"logfile":       file,       // redis, unbound, memcached
	"pidfile":       file,       // redis, haproxy, unbound
	"unixsocket":    file,       // redis
	"pid":           file,       // nginx
	"error_log":     file,       // nginx
	"access_log":    file,       // nginx
	"pid_file":      file,       // mosquitto
	"log_dest file": file,       // mosquitto
	"stats socket":  file,       // haproxy
	"-P":            file,       // memcached
	"dir":           directory,
	"directory":     directory, // unbound
	"chroot":        directory, // haproxy, unbound
	"user":          account,   // nginx, haproxy, mosquitto
	"username":      account,   // unbound
	"-u":            account,   // memcached

	"listen_addresses":        address,   // postgres
	"external_pid_file":       file,      // postgres
	"data_directory":          directory, // postgres
	"log_directory":           directory, // postgres
	"unix_socket_directories": directory, // postgres
	"persistence_location":    directory, // mosquitto
	"client_body_temp_path":   directory, // nginx, and the next four
	"proxy_temp_path":         directory,
	"fastcgi_temp_path":       directory,
	"uwsgi_temp_path":         directory,
	"scgi_temp_path":          directory,
}

// Troubles returns what in the file of r would keep a container from working,
// or needs something of its image, in the order of the lines. That it listens
// on the loopback is one finding, at the first such line, and only when no line
// names another address. An error is r's own, that of a ctx that has ended, or
// one for more than 1000 findings.
func Troubles(ctx context.Context, r io.Reader) ([]Finding, error) {
	var found []Finding
	loopback, open := -1, false
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan() && ctx.Err() == nil; n++ {
		for _, s := range statements(lines.Text()) {
			f, local := finding(s)
			switch {
			case f.Kind == "":
				continue
			case f.Kind == Loopback && !local:
				open = true
				continue
			case f.Kind == Loopback && loopback >= 0:
				continue
			case f.Kind == Loopback:
				loopback = len(found)
			}
			if len(found) == maxFindings {
				return nil, fmt.Errorf("line %d: more than %d settings that matter to a container", n, maxFindings)
			}
			f.Line = n
			found = append(found, f)
		}
	}
	if loopback >= 0 && open {
		found = append(found[:loopback], found[loopback+1:]...)
	}
	if err := lines.Err(); err != nil && !errors.Is(err, bufio.ErrTooLong) {
		return nil, err
	}
	return found, ctx.Err()
}

// maxFindings is how many lines of a file may matter. Files have a dozen.
const maxFindings = 1000

// finding reads one statement; its Kind is "" when it means nothing here. Of
// an address, local reports whether it is the loopback alone.
func finding(statement string) (f Finding, local bool) {
	words := strings.FieldsFunc(statement, func(r rune) bool { return r == ' ' || r == '\t' || r == '=' })
	if len(words) == 0 {
		return f, false
	}
	f.Directive = strings.TrimSuffix(words[0], ":")
	rest := words[1:]
	what, known := directives[fold(f.Directive)]
	if len(rest) > 0 {
		if two, ok := directives[fold(f.Directive+" "+rest[0])]; ok {
			what, known, f.Directive, rest = two, true, f.Directive+" "+rest[0], rest[1:]
		}
	}
	if !known {
		return f, false
	}
	for i := range rest {
		rest[i] = strings.Trim(rest[i], `"'`)
	}
	return f.of(what, rest)
}

// fold is the form in which a directive is looked up: case counts in flags alone.
func fold(name string) string {
	if strings.HasPrefix(name, "-") {
		return name
	}
	return strings.ToLower(name)
}

// of completes f for a directive that means what.
func (f Finding) of(what means, words []string) (Finding, bool) {
	f.Value = strings.Join(words, " ")
	first := ""
	if len(words) > 0 {
		first = words[0]
	}
	switch what {
	case background:
		if len(words) == 0 || isTrue(first) {
			f.Kind = Daemonize
		}
	case address:
		if len(words) > 0 {
			f.Kind = Loopback
			return f, allLoopback(f.Directive, words)
		}
	case file:
		if dir := path.Dir(first); isPlace(dir) && first != "off" {
			f.Kind, f.Value = Directory, dir
		}
	case directory:
		if dir, _, _ := strings.Cut(first, ","); isPlace(dir) {
			f.Kind, f.Value = Directory, path.Clean(dir)
		}
	case account:
		if first != "" && first != "root" {
			f.Kind, f.Value = User, first
		}
	}
	return f, false
}

func isTrue(word string) bool {
	switch strings.ToLower(word) {
	case "yes", "true", "on", "1":
		return true
	}
	return false
}

// isPlace reports whether an image can be expected to have the directory: an
// absolute one that no engine mounts.
func isPlace(dir string) bool {
	if !path.IsAbs(dir) || dir == "/" {
		return false
	}
	for _, mounted := range []string{"/dev", "/proc", "/sys"} {
		if dir == mounted || strings.HasPrefix(dir, mounted+"/") {
			return false
		}
	}
	return true
}

// allLoopback reports whether every address among words is the loopback's. A
// directive without any address, such as nginx's "listen 80", listens to all.
func allLoopback(directive string, words []string) bool {
	addresses := 0
	for i, w := range words {
		if strings.EqualFold(directive, "listener") && i == 0 {
			continue // the port
		}
		w = strings.TrimPrefix(w, "-") // redis: an address that may be absent
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

// addressOf reports whether a word is an address, with or without a port, and
// whether it is the loopback's. A Unix socket is an address that nobody outside
// reaches, and does not count as either.
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

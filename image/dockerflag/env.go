package dockerflag

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ParseEnv returns environment variables as K=V, in order (docker run --env). A
// bare K has the value that lookup returns, such as os.LookupEnv, and is left out
// if there is none. Of two values of one name the later one takes the place of
// the earlier, since programs differ in which of two they use.
func ParseEnv(values []string, lookup func(string) (string, bool)) ([]string, error) {
	var env []string
	at := make(map[string]int)
	for _, v := range values {
		key, _, given := strings.Cut(v, "=")
		if key == "" {
			return nil, fmt.Errorf("environment %q: must be NAME=VALUE or NAME", v)
		}
		if strings.ContainsRune(v, 0) {
			return nil, fmt.Errorf("environment %q: contains a NUL byte", v)
		}
		if !given {
			value, ok := lookup(key)
			if !ok {
				continue
			}
			v = key + "=" + value
		}
		if i, seen := at[key]; seen {
			env[i] = v
			continue
		}
		at[key] = len(env)
		env = append(env, v)
	}
	return env, nil
}

// ReadEnvFile reads a file of values for ParseEnv, in the format of docker's
// --env-file (docker/cli, pkg/kvfile): one value a line. Leading white space is
// dropped, blank lines and lines that begin with # are skipped, quotes and trailing
// white space are kept. Errors begin with name, the name of the file, and the line.
func ReadEnvFile(r io.Reader, name string) ([]string, error) {
	var values []string
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		text := lines.Bytes()
		if n == 1 {
			text = bytes.TrimPrefix(text, []byte("\uFEFF"))
		}
		line := strings.TrimLeftFunc(string(text), unicode.IsSpace)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := checkEnvLine(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		values = append(values, line)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return values, nil
}

func checkEnvLine(line string) error {
	key, _, _ := strings.Cut(line, "=")
	switch {
	case !utf8.ValidString(line):
		return fmt.Errorf("not UTF-8")
	case key == "":
		return fmt.Errorf("%q has no name before the =", line)
	case strings.ContainsFunc(key, unicode.IsSpace):
		return fmt.Errorf("name %q contains white space", key)
	}
	return nil
}

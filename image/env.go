package image

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ParseEnv returns values as K=V, in order. A bare K takes its value from
// lookup and is left out where lookup has none (docker's --env); of two values
// for one name the later stays, in the earlier's place, for programs differ in
// which of two they would see.
func ParseEnv(values []string, lookup func(string) (string, bool)) ([]string, error) {
	var env []string
	at := make(map[string]int)
	for _, v := range values {
		key, _, given := strings.Cut(v, "=")
		if key == "" {
			return nil, fmt.Errorf("environment %q: must be NAME=VALUE or NAME", v)
		}
		if strings.ContainsRune(v, 0) {
			return nil, fmt.Errorf("environment %q: holds a NUL byte", v)
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
// --env-file (docker/cli, pkg/kvfile): a line each, leading white space
// dropped, blank lines and those that begin with # skipped, nothing unquoted
// and trailing white space kept. Errors name the line, name being the file.
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
		return fmt.Errorf("name %q holds white space", key)
	}
	return nil
}

package flagvalue

import (
	"fmt"
	"path"
	"strings"
)

// Output is a value of --output. Dest is "-" for any name of stdout; Type is "" if only
// stdout was named.
type Output struct{ Type, Dest string }

// OutputType is a type that --output may name, with the endings of paths that select it.
type OutputType struct {
	Name        string
	Description string // for messages
	Endings     []string
}

// ParseOutput parses type=…,dest=…, a path whose ending determines one of the types, or a
// name of stdout. It does not check a type that is named.
func ParseOutput(text string, types []OutputType) (o Output, err error) {
	switch {
	case text == "":
		return o, fmt.Errorf("the value is empty")
	case text == "-" || isStdout(text):
		return Output{Dest: "-"}, nil
	case strings.HasPrefix(text, "type=") || strings.HasPrefix(text, "dest="):
		o, err = parseOutputFields(text, types)
	default:
		o, err = outputByEnding(text, types)
	}
	if isStdout(o.Dest) {
		o.Dest = "-"
	}
	return o, err
}

// parseOutputFields parses type=…,dest=…; without type= the ending of dest determines it.
func parseOutputFields(text string, types []OutputType) (o Output, err error) {
	err = eachField(text, func(key, value string) error {
		switch key {
		case "type":
			o.Type = value
		case "dest":
			o.Dest = value
		default:
			return fmt.Errorf("unknown key %q; the keys are type and dest", key)
		}
		return nil
	})
	switch {
	case err != nil:
		return o, err
	case o.Dest == "":
		return o, fmt.Errorf("%q: dest= is missing", text)
	case o.Type == "":
		return outputByEnding(o.Dest, types)
	}
	return o, nil
}

// outputByEnding returns the output for a path; of several endings the longest counts.
func outputByEnding(dest string, types []OutputType) (Output, error) {
	o := Output{Dest: dest}
	longest := ""
	for _, t := range types {
		for _, ending := range t.Endings {
			isFile := strings.HasSuffix(path.Base(dest), ending) && !strings.HasSuffix(dest, "/")
			if isFile && len(ending) > len(longest) {
				o.Type, longest = t.Name, ending
			}
		}
	}
	if longest == "" {
		return Output{}, fmt.Errorf("%s: unknown file type by its suffix; use .tar (docker archive), .oci.tar "+
			"or .tar.gz, or type=…,dest=%s", dest, dest)
	}
	return o, nil
}

// isStdout reports whether a path is another name of standard output.
func isStdout(dest string) bool {
	switch path.Clean(dest) {
	case "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1":
		return true
	}
	return false
}

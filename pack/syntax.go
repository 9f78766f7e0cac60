package pack

import (
	"fmt"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/flagvalue"
	"github.com/mkrootfs/mkrootfs/internal/source"
)

// ParseConf parses SRC[:DST].
func ParseConf(text string) Conf {
	src, dst := source.SplitDest(text)
	return Conf{Src: src, Dst: dst}
}

// ParseCopy parses SRC[:DST[:MODE[:OWNER]]] or src=…,dst=…,chown=…,chmod=…, a record of
// CSV: a field with a comma is quoted. A DST with a colon needs the second form.
func ParseCopy(text string) (Copy, error) {
	c, err := flagvalue.ParseCopy(text)
	return Copy(c), err
}

// ParseDir parses PATH[:MODE[:OWNER]]. OWNER may contain a colon before a group.
func ParseDir(text string) Dir {
	parts := append(strings.SplitN(text, ":", 3), "", "")
	return Dir{Path: parts[0], Mode: parts[1], Owner: parts[2]}
}

// ParseOutput parses type=…,dest=… or a path whose suffix determines the type. The
// value "-" is a docker archive if tagged, which means that the image has a tag, else a
// root file system.
func ParseOutput(text string, tagged bool) (Output, error) {
	var o Output
	var err error
	switch {
	case text == "":
		return o, fmt.Errorf("the value is empty")
	case text == "-" || isStdout(text):
		o = Output{Type: RootFS, Dest: "-"}
		if tagged {
			o.Type = DockerArchive
		}
	case strings.HasPrefix(text, "type=") || strings.HasPrefix(text, "dest="):
		o, err = parseOutputFields(text)
	default:
		o, err = outputByEnding(text)
	}
	if isStdout(o.Dest) {
		o.Dest = "-"
	}
	return o, err
}

func parseOutputFields(text string) (Output, error) {
	var o Output
	err := flagvalue.EachField(text, func(key, value string) error {
		switch key {
		case "type":
			o.Type = Type(value)
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
		return outputByEnding(o.Dest)
	}
	return o, nil
}

// outputByEnding returns the output for a path; of several endings the longest counts.
func outputByEnding(dest string) (Output, error) {
	o := Output{Dest: dest}
	longest := ""
	for _, t := range outputTypes {
		for _, ending := range t.endings {
			isFile := strings.HasSuffix(path.Base(dest), ending) && !strings.HasSuffix(dest, "/")
			if isFile && len(ending) > len(longest) {
				o.Type, longest = t.name, ending
			}
		}
	}
	if longest == "" {
		return Output{}, fmt.Errorf("%s: unknown file type by its suffix; use .tar (docker archive), .oci.tar "+
			"or .tar.gz, or type=…,dest=%s", dest, dest)
	}
	return o, nil
}

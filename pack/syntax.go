package pack

import (
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
	parsed, err := flagvalue.ParseOutput(text, outputTypes)
	o := Output{Type: Type(parsed.Type), Dest: parsed.Dest}
	switch {
	case err != nil || o.Type != "":
	case tagged:
		o.Type = DockerArchive
	default:
		o.Type = RootFS
	}
	return o, err
}

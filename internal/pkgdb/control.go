package pkgdb

import (
	"bytes"
	"context"
	"iter"
	"path"
	"slices"
	"strings"
)

// controls reads the paragraphs of a control file line by line. Empty lines separate them
// (Debian policy 5.1); continuation lines of a field begin with a blank.
type controls struct {
	kept    *budget
	found   func(p *record, state string) // is called for a paragraph that names a package
	field   string                        // the name of the current field
	p       *record
	state   string // the field Status
	coexist bool   // several architectures may be installed at once
}

func newControls(kept *budget, found func(*record, string)) *controls {
	c := &controls{kept: kept, found: found}
	c.begin()
	return c
}

func (c *controls) begin() {
	c.p, c.field, c.state, c.coexist = &record{own: &dpkgPackage{}}, "", "", false
}

// line reads one line, without its end.
func (c *controls) line(ctx context.Context, line []byte) error {
	switch {
	case len(line) == 0:
		return c.end(ctx)
	case line[0] == ' ' || line[0] == '\t':
		if c.field != "Provides" && c.field != "Conffiles" {
			return nil
		}
		return c.value(ctx, bytes.TrimSpace(line))
	}
	name, value, ok := bytes.Cut(line, []byte{':'})
	if c.field = ""; ok {
		c.field = fieldName(name)
	}
	return c.value(ctx, bytes.TrimSpace(value))
}

// fieldName returns the name of a field that is read, "" for any other.
func fieldName(name []byte) string {
	switch s := string(name); s {
	case "Package", "Architecture", "Status", "Multi-Arch", "Provides", "Conffiles":
		return s
	}
	return ""
}

// value reads a line of the value of the current field.
func (c *controls) value(ctx context.Context, value []byte) error {
	if c.field == "" || len(value) == 0 {
		return nil
	}
	text := string(value)
	if err := c.kept.spend(ctx, int64(len(text))); err != nil {
		return err
	}
	switch c.field {
	case "Package":
		c.p.Name = text
	case "Architecture":
		c.p.Arch = text
	case "Status":
		c.state = text
	case "Multi-Arch":
		c.coexist = text == "same"
	case "Provides":
		return c.p.provide(ctx, c.kept, relations(text))
	case "Conffiles":
		if name := conffile(text); name != "" {
			c.p.own.conffiles = append(c.p.own.conffiles, name)
			return c.kept.spend(ctx, stringCost)
		}
	}
	return nil
}

// end completes the current paragraph and begins the next.
func (c *controls) end(ctx context.Context) error {
	p, state := c.p, c.state
	if p.Name == "" || strings.ContainsAny(p.Name, "/\n") {
		c.begin()
		return nil
	}
	// The name of the list contains the architecture if several may be installed at
	// once (dpkg, lib/dpkg/pkg-files.c); old databases may differ.
	p.own.lists = []string{p.Name, p.Name + ":" + p.Arch}
	if c.coexist {
		slices.Reverse(p.own.lists)
	}
	c.begin()
	c.found(p, state)
	return c.kept.spend(ctx, recordCost)
}

// relations yields the names in a list such as Provides, without versions and
// architecture qualifiers.
func relations(list string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for part := range strings.SplitSeq(list, ",") {
			part = strings.TrimSpace(part)
			if i := strings.IndexAny(part, " \t\n(:"); i >= 0 {
				part = part[:i]
			}
			if part != "" && !yield(part) {
				return
			}
		}
	}
}

// conffile returns the path in a line of Conffiles: a path, which may contain blanks, a
// checksum, and flags. It returns "" for files marked obsolete, which belong to an earlier
// version, or remove-on-upgrade.
func conffile(line string) string {
	if strings.HasSuffix(line, " obsolete") || strings.HasSuffix(line, " remove-on-upgrade") {
		return ""
	}
	if i := strings.LastIndexByte(line, ' '); i > 0 && line[0] == '/' && line[i+1:] != "newconffile" {
		return path.Clean(line[:i])
	}
	return ""
}

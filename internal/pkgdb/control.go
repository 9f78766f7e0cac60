package pkgdb

import (
	"bytes"
	"context"
	"iter"
	"path"
	"strings"
)

// controls reads the paragraphs of a control file line by line. Empty lines separate them
// (Debian policy 5.1); continuation lines of a field begin with a blank.
type controls struct {
	kept      *budget
	found     func(p *record) // is called for an installed package
	field     string          // the name of the current field
	p         *record
	installed bool
}

func newControls(kept *budget, found func(*record)) *controls {
	c := &controls{kept: kept, found: found}
	c.begin()
	return c
}

func (c *controls) begin() {
	both := new(struct {
		record
		own dpkgPackage
	})
	both.record.own = &both.own
	c.p, c.field, c.installed = &both.record, "", true
}

// line reads one line, without its end.
func (c *controls) line(ctx context.Context, line []byte) error {
	switch {
	case len(line) == 0:
		return c.end(ctx)
	case line[0] != ' ' && line[0] != '\t':
		c.field, line = field(line)
	}
	if c.field == "" {
		return nil
	}
	return c.value(ctx, bytes.TrimSpace(line))
}

// field returns the name of the field that begins in line and the line after it, "" for a
// field that is not read.
func field(line []byte) (string, []byte) {
	if strings.IndexByte("PASMCD", line[0]) < 0 {
		return "", nil
	}
	end := bytes.IndexByte(line, ':')
	if end < 0 {
		return "", nil
	}
	return fieldName(line[:end]), line[end+1:]
}

// fieldName returns the name of a field that is read, "" for any other.
func fieldName(name []byte) string {
	switch string(name) {
	case "Package":
		return "Package"
	case "Architecture":
		return "Architecture"
	case "Status":
		return "Status"
	case "Multi-Arch":
		return "Multi-Arch"
	case "Provides":
		return "Provides"
	case "Conffiles":
		return "Conffiles"
	case "Depends", "Pre-Depends":
		return "Depends"
	}
	return ""
}

// value reads a line of the value of the current field.
func (c *controls) value(ctx context.Context, value []byte) error {
	switch {
	case len(value) == 0:
		return nil
	case c.field == "Status":
		c.installed = hasFiles(value)
		return nil
	case c.field == "Multi-Arch":
		c.p.own.coexists = string(value) == "same"
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
	case "Provides":
		return c.p.provide(ctx, c.kept, relations(text))
	case "Depends":
		c.p.depends = append(c.p.depends, text)
		return c.kept.spend(ctx, stringCost)
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
	p, installed := c.p, c.installed
	named := p.Name != "" && !strings.ContainsAny(p.Name, "/\n")
	c.begin()
	if !named || !installed {
		return nil
	}
	c.found(p)
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

// hasFiles reports whether a package with the given Status has files on the system. The
// third word is the state (dpkg(1), PACKAGE STATES): packages that were never unpacked,
// and removed packages whose configuration remains, have none.
func hasFiles(status []byte) bool {
	if string(status) == "install ok installed" {
		return true
	}
	words := strings.Fields(string(status))
	return len(words) == 3 && words[2] != "not-installed" && words[2] != "config-files"
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

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
	kept  *budget
	found func(p *record)       // is called for an installed package
	field fieldNumber           // the current field
	text  [lastField + 1][]byte // the fields of the paragraph, lines joined by line feeds
	arch  string                // the architecture of the package before
	all   []byte                // a buffer
	// statusless is set if paragraphs have no field Status, as in status.d. Then all packages
	// are installed.
	statusless bool
}

// fieldNumber is a field that is read.
type fieldNumber int

const (
	otherField fieldNumber = iota // is not read
	statusField
	multiArchField
	nameField // this one and those after it are kept
	archField
	providesField
	dependsField  // Depends and Pre-Depends
	suggestsField // Recommends and Suggests
	conffilesField
	lastField = conffilesField
)

func newControls(kept *budget, found func(*record)) *controls {
	return &controls{kept: kept, found: found}
}

// line reads one line, without its end.
func (c *controls) line(ctx context.Context, line []byte) error {
	switch {
	case len(line) == 0:
		return c.end(ctx)
	case line[0] != ' ' && line[0] != '\t':
		c.field, line = field(line)
	}
	if c.field == otherField {
		return nil
	}
	value := bytes.TrimSpace(line)
	if len(value) == 0 {
		return nil
	}
	if text := &c.text[c.field]; len(*text) == 0 {
		*text = append(*text, value...)
	} else {
		*text = append(append(*text, '\n'), value...)
	}
	return c.kept.spend(ctx, int64(len(value)))
}

// field returns the field that begins in line and the line after its name.
func field(line []byte) (fieldNumber, []byte) {
	if strings.IndexByte("PASMCDR", line[0]) < 0 {
		return otherField, nil
	}
	end := bytes.IndexByte(line, ':')
	if end < 0 {
		return otherField, nil
	}
	return numberOf(line[:end]), line[end+1:]
}

// numberOf returns the field of that name.
func numberOf(name []byte) fieldNumber {
	switch string(name) {
	case "Package":
		return nameField
	case "Architecture":
		return archField
	case "Status":
		return statusField
	case "Multi-Arch":
		return multiArchField
	case "Provides":
		return providesField
	case "Conffiles":
		return conffilesField
	case "Depends", "Pre-Depends":
		return dependsField
	case "Recommends", "Suggests":
		return suggestsField
	}
	return otherField
}

// end completes the current paragraph and begins the next.
func (c *controls) end(ctx context.Context) error {
	defer c.clear()
	name := c.text[nameField]
	if len(name) == 0 || bytes.ContainsAny(name, "/\n") || !c.statusless && !hasFiles(c.text[statusField]) {
		return nil
	}
	p, err := c.record(ctx)
	if err != nil {
		return err
	}
	c.found(p)
	return c.kept.spend(ctx, recordCost)
}

// clear empties the fields.
func (c *controls) clear() {
	c.field = otherField
	for i := range c.text {
		c.text[i] = c.text[i][:0]
	}
}

// record returns the package of the current paragraph. Its texts share one allocation.
func (c *controls) record(ctx context.Context) (*record, error) {
	c.all = c.all[:0]
	for i := nameField; i <= lastField; i++ {
		c.all = append(c.all, c.text[i]...)
	}
	rest := string(c.all)
	next := func(i fieldNumber) string {
		text := rest[:len(c.text[i])]
		rest = rest[len(text):]
		return text
	}
	p := &struct {
		record
		dpkg    dpkgPackage
		depends [2]string
	}{}
	p.own = &p.dpkg
	p.Name = next(nameField)
	if arch := next(archField); arch != c.arch {
		c.arch = arch
	}
	p.Arch = c.arch
	err := p.provide(ctx, c.kept, relations(next(providesField)))
	p.depends = [2]string{next(dependsField), next(suggestsField)}
	p.record.depends, p.suggests = p.depends[:1], p.depends[1:]
	p.dpkg.conffiles = next(conffilesField)
	p.dpkg.coexists = string(c.text[multiArchField]) == "same"
	return &p.record, err
}

// relations yields the names in a list such as Provides, without versions and
// architecture qualifiers.
func relations(list string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if list == "" {
			return
		}
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

// conffileNames yields the paths in the field Conffiles.
func (p *dpkgPackage) conffileNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.SplitSeq(p.conffiles, "\n") {
			if name := conffile(line); name != "" && !yield(name) {
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

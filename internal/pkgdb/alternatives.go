package pkgdb

import (
	"context"
	"fmt"
	"path"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// alternativesDirs are the administrative directories of update-alternatives(1), of dpkg and
// of chkconfig, with a file per name. Both begin in the same format.
var alternativesDirs = []string{"/var/lib/dpkg/alternatives", "/var/lib/alternatives"}

// alternativesLinks is the directory of the symlinks to the current choices.
const alternativesLinks = "/etc/alternatives"

// alternatives finds the generic names whose current choice is a file of the package.
func (e *extras) alternatives(ctx context.Context, _ *record) error {
	opened := 0
	for _, dir := range alternativesDirs {
		entries, err := e.in.dir(dir)
		if err != nil {
			return err
		}
		b := newBudget(2*maxFile, dir)
		for _, entry := range entries {
			if !entry.Type().IsRegular() {
				continue
			}
			if opened++; opened > maxOpened {
				return fmt.Errorf("%s: more than %d alternatives", dir, maxOpened)
			}
			if err := e.alternative(ctx, path.Join(dir, entry.Name()), b); err != nil {
				return err
			}
		}
	}
	return nil
}

// alternative reads the file of an alternative.
func (e *extras) alternative(ctx context.Context, name string, b *budget) error {
	reading := alternativeFile{name: path.Base(name)}
	err := e.in.lines(ctx, name, b, func(line []byte) error {
		title, link, more := reading.line(string(line))
		if !more {
			return errStop
		}
		if title == "" {
			return nil
		}
		if err := b.spend(ctx, lookupCost); err != nil {
			return err
		}
		return e.alternativeLink(path.Join(alternativesLinks, title), link)
	})
	if err == errStop || sysroot.IsAbsent(err) { //nolint:errorlint // not wrapped
		return nil
	}
	return err
}

// alternativeFile reads the beginning of an alternative's file: the mode, the generic name
// of the alternative, and two lines for each file that is switched with it, its title and
// its generic name. An empty line ends it, and the choices follow (dpkg,
// utils/update-alternatives.c, alternative_load).
type alternativeFile struct {
	name  string // the title of the alternative
	count int    // of the lines before
	title string // of the following line
}

// line reads a line. It returns a title with its generic name, title "" if the line is
// another one, and whether more lines follow.
func (a *alternativeFile) line(text string) (title, link string, more bool) {
	a.count++
	switch {
	case a.count == 1:
		return "", "", true
	case text == "":
		return "", "", false
	case a.count == 2:
		title = a.name
	case a.count%2 == 1:
		a.title = text
		return "", "", true
	default:
		title = a.title
	}
	if !path.IsAbs(text) || path.Base(title) != title || title == ".." || title == "." || title == "/" {
		return "", "", true
	}
	return title, path.Clean(text), true
}

// alternativeLink adds the symlink at choice, in /etc/alternatives, and the generic name
// link, if they are symlinks and lead to a file of the package.
func (e *extras) alternativeLink(choice, link string) error {
	to, err := e.target(choice)
	if err != nil || to == "" {
		return err
	}
	if isOwn, err := e.isOwn(to); err != nil || !isOwn {
		return err
	}
	if to, err = e.target(link); err != nil || path.Clean(to) != choice || !e.options.wants(file{path: link}) {
		return err
	}
	e.add(link)
	e.add(choice)
	return nil
}

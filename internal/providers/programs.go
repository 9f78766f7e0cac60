package providers

import (
	"context"
	"errors"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/nearest"
	"github.com/mkrootfs/mkrootfs/internal/pkgdb"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// maxNamed is the maximum number of paths or names in a hint.
const maxNamed = 5

// AddProgramHints returns err with a hint for each program in it that is not in PATH: its
// path, if it is in another directory of src, the package that contains it, or a program
// with a similar name. When ctx ends, AddProgramHints returns the error of ctx.
func AddProgramHints(ctx context.Context, src *source.Source, err error) error {
	parts := usererr.Flatten(err)
	for i, e := range parts {
		var missing *source.NoProgramError
		if !errors.As(e, &missing) || missing.IsHere {
			continue
		}
		hint := programHint(ctx, src, missing.Name)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if hint != "" {
			parts[i] = usererr.WithHint(missing, hint)
		}
	}
	return errors.Join(parts...)
}

// programHint returns the hint for a program, "" if nothing is known about it.
func programHint(ctx context.Context, src *source.Source, name string) string {
	if hint := pathHint(src.Elsewhere(name)); hint != "" {
		return hint
	}
	if server := src.Server(name); server != "" {
		return "did you mean " + quote.ShellWord(server) + "?"
	}
	// The hint is an extra: an unreadable database only means that there is none.
	if db, err := pkgdb.Open(ctx, src.Root); err == nil {
		if hint := packageHint(ctx, db, name); hint != "" {
			return hint
		}
	}
	if similar := src.Similar(name); similar != "" {
		return "did you mean " + quote.ShellWord(similar) + "?"
	}
	return ""
}

// pathHint returns the hint for a program that is at the given paths.
func pathHint(paths []string) string {
	switch len(paths) {
	case 0:
		return ""
	case 1:
		return "name it by its path: " + quote.ShellPath(paths[0])
	}
	return "name one of them by its path: " + shellWords(paths)
}

// shellWords returns the first words, each quoted for a shell, separated by commas.
func shellWords(words []string) string {
	var quoted []string
	for i, w := range words {
		if i == maxNamed {
			quoted = append(quoted, "…")
			break
		}
		quoted = append(quoted, quote.ShellPath(w))
	}
	return strings.Join(quoted, ", ")
}

// packageHint returns the hint for a program that the package database db knows.
func packageHint(ctx context.Context, db *pkgdb.DB, name string) string {
	found, err := db.Programs(ctx, name)
	if err != nil {
		return ""
	}
	var paths []string
	for _, by := range found[name] {
		if by.Installed {
			paths = append(paths, by.Path)
		}
	}
	if len(paths) > 0 {
		return pathHint(paths)
	}
	if programs, err := db.ProgramsOf(ctx, name); err == nil && len(programs) > 0 {
		nearest.Sort(name, programs)
		return quote.ShellWord(name) + " is a package; name one of its programs: " + shellWords(programs)
	}
	if len(found[name]) == 0 {
		return ""
	}
	by := found[name][0]
	install := installCommands[db.Kind()] + " " + quote.ShellWord(by.Package)
	if by.Package == name && by.Path == "" {
		return "install the package of that name: " + install
	}
	return quote.ShellWord(by.Package) + " contains it: " + install
}

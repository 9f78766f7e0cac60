package crosscheck

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// Check compares the results of a resolver with those of the system's loader.
type Check struct {
	// Search is the resolver; its FS is the "/" of this machine.
	Search *elfdeps.Resolver
	// Force also runs the loader for files of other owners and files that others can
	// write.
	Force bool
}

// Program compares the results for the program at an absolute path, or for the
// interpreters of a script. It returns a line for each object whose results agree, and
// an error for each difference.
func (c Check) Program(ctx context.Context, program string) (same []string, err error) {
	whole, err := c.Search.Resolve(ctx, program)
	if len(whole.Objects) == 0 {
		return nil, err
	}
	var errs []error
	for _, o := range whole.Objects {
		if o.Kind != elfdeps.Executable && (o != whole.Objects[0] || o.Kind != elfdeps.Library) {
			continue
		}
		line, err := c.object(ctx, o)
		errs = append(errs, err)
		if err == nil {
			same = append(same, line)
		}
	}
	return same, errors.Join(errs...)
}

// object compares the results for one object.
func (c Check) object(ctx context.Context, o *elfdeps.Object) (same string, err error) {
	if o.Kind == elfdeps.Executable && o.Interp == "" {
		return o.Path + ": static: it has no loader", nil
	}
	q := question{Program: o.RealPath, LibraryPath: c.Search.LibraryPath, Force: c.Force}
	if o.Interp != "" {
		q.Interp = c.absolute(o.Interp)
	}
	paths, asked := q.ask(ctx)
	found, err := c.Search.Resolve(ctx, o.Path)
	var failed *failedError
	var refused *refusedError
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.As(asked, &failed):
		return "", bothFail(found, failed)
	case errors.As(asked, &refused) && refused.Forcible:
		return "", usererr.WithHint(asked,
			"add --cross-check=force if you trust its owner and everyone who can write it")
	case asked != nil && refused == nil && err != nil:
		return "", err // the loader does not exist
	case asked != nil:
		return "", asked
	case err != nil && len(found.Missing) > 0:
		return "", usererr.WithHint(fmt.Errorf("%w, but the system's loader finds it", err), hintFor(o))
	}
	listed := restorePaths(c.realPaths(paths), found)
	compare := comparison{listed: listed, unlisted: map[string]bool{}, met: map[string]bool{}}
	compare.follow(found, o.Path)
	for _, err := range found.Errors { // the list does not show versions
		if version := new(elfdeps.VersionError); errors.As(err, &version) {
			compare.errs = append(compare.errs, err)
		}
	}
	return compare.result(o)
}

// absolute returns name as an absolute path.
func (c Check) absolute(name string) string {
	if strings.HasPrefix(name, "/") {
		return name
	}
	return strings.TrimSuffix(c.Search.Dir, "/") + "/" + name
}

// realPaths returns the real paths of files that the loader listed.
func (c Check) realPaths(paths []string) map[string]bool {
	root := sysroot.New(c.Search.FS)
	real := map[string]bool{}
	for _, name := range paths {
		if n, err := root.Walk(c.absolute(name)); err == nil {
			name = n.Real
		}
		real[name] = true
	}
	return real
}

// bothFail returns the error if the loader has failed: that of found, if found explains
// the failure. Errors other than missing libraries are not compared, since the loader's
// messages for them differ.
func bothFail(found *elfdeps.Closure, failed *failedError) error {
	for _, m := range found.Missing {
		if strings.Contains(failed.Error(), m.Name) {
			return found.Err()
		}
	}
	if len(found.Errors) > 0 {
		return found.Err()
	}
	return fmt.Errorf("%w; mkrootfs finds no error", failed)
}

// restorePaths returns listed with the paths that pkg/ldd cut off at white space,
// since it splits the lines of the loader into words.
func restorePaths(listed map[string]bool, found *elfdeps.Closure) map[string]bool {
	whole := maps.Clone(listed)
	for _, o := range found.Objects {
		for _, e := range o.Needed {
			if e.To == nil || !strings.ContainsAny(e.Name+e.Path, " \t\n\v\f\r") {
				continue
			}
			line, _, _ := strings.Cut(e.Name+" => "+e.Path, "\n")
			words := strings.Fields(line)
			switch {
			case len(words) > 2 && words[1] == "=>" && listed[words[2]]:
				delete(whole, words[2])
				whole[e.To.RealPath] = true
			case len(words) < 3 || words[1] != "=>": // pkg/ldd skips such a line
				whole[e.To.RealPath] = true
			}
		}
	}
	return whole
}

// hintFor returns a hint how to see what the loader does.
func hintFor(o *elfdeps.Object) string {
	return "to see the loader's search: LD_DEBUG=libs LD_TRACE_LOADED_OBJECTS=1 " + quote.ShellWord(o.Path)
}

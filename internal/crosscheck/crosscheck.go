// Package crosscheck asks the system's own loader what it would load for a
// program. That runs the loader which the program names, and so trusts the
// program: it is the only package that runs anything, through u-root's pkg/ldd,
// and it refuses what is not the caller's own, or what somebody other than root
// and the caller could exchange. It resolves nothing itself and compares nothing.
//
// Its caveats: the loader answers for this processor, in this environment, and
// leaves out names with a slash. What is checked is the open file and the way to
// it, what is run is its path: root and the caller can exchange it in between,
// nobody else can, unless Question.Force is set. Start with Question.Ask.
package crosscheck

import (
	"context"
	"errors"
	"fmt"

	"github.com/mkrootfs/mkrootfs/internal/guard"
)

// Question is what the loader is asked.
type Question struct {
	// Program is the real path of a program or shared object.
	Program string
	// Interp is its PT_INTERP, "" for a shared object.
	Interp string
	// LibraryPath is the LD_LIBRARY_PATH with which the loader is started.
	LibraryPath string
	// Force asks about files of other owners, and those that others may write.
	Force bool
}

// RefusedError says why the loader is not run.
type RefusedError struct {
	Path string
	Why  string
	// Forcible says that Question.Force would have it run.
	Forcible bool
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s: the loader is not asked about it: %s", e.Path, e.Why)
}

// FailedError says that the loader gave no answer, with what it said.
type FailedError struct {
	Path string
	Err  error
}

func (e *FailedError) Error() string {
	return fmt.Sprintf("%s: the system's loader fails: %v", e.Path, e.Err)
}

func (e *FailedError) Unwrap() error { return e.Err }

// Ask returns the paths of the libraries that the loader lists, in no order,
// without the loader itself. Errors are *RefusedError, *FailedError or the
// context's.
func (q Question) Ask(ctx context.Context) ([]string, error) {
	if err := q.refuse(); err != nil {
		return nil, err
	}
	type answer struct {
		paths []string
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		var a answer
		a.err = guard.Call(func() (err error) {
			a.paths, err = q.run()
			return err
		})
		done <- a
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case a := <-done:
		var refused *RefusedError
		if a.err != nil && !errors.As(a.err, &refused) {
			a.err = &FailedError{q.Program, a.err}
		}
		return a.paths, a.err
	}
}

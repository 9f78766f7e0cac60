// Package crosscheck runs the system's loader to find out what it would load for a
// program, and compares that with what a resolver finds. This requires trust in the
// program, which names the loader. It is the only package that runs a file of the source,
// through u-root's pkg/ldd. It refuses files that do not belong to the caller, and files
// that others than root and the caller could replace.
//
// Its caveats: the answer is for this processor and this environment, and names with a
// slash are left out. The open file and the directories above it are checked, but the
// file is run by its path: root and the caller can replace it in between. Others cannot,
// unless Check.Force is set. Start with Check.Program.
package crosscheck

import (
	"context"
	"errors"
	"fmt"

	"github.com/mkrootfs/mkrootfs/internal/guard"
)

// question is a program and the conditions under which the loader is run.
type question struct {
	// Program is the real path of a program or shared object.
	Program string
	// Interp is its PT_INTERP, "" for a shared object.
	Interp string
	// LibraryPath is the LD_LIBRARY_PATH with which the loader is started.
	LibraryPath string
	// Force accepts files of other owners and files that others may write.
	Force bool
}

// refusedError is the error for a program whose loader is not run.
type refusedError struct {
	Path string
	Why  string
	// Forcible reports whether question.Force would run it.
	Forcible bool
}

func (e *refusedError) Error() string {
	return fmt.Sprintf("%s: not checked with the system's loader: %s", e.Path, e.Why)
}

// failedError is the error of a loader that failed, with its message.
type failedError struct {
	Path string
	Err  error
}

func (e *failedError) Error() string {
	return fmt.Sprintf("%s: the system's loader fails: %v", e.Path, e.Err)
}

func (e *failedError) Unwrap() error { return e.Err }

// ask returns the paths of the libraries that the loader lists, in no order,
// without the loader itself. Errors are *refusedError, *failedError or the
// context's.
func (q question) ask(ctx context.Context) ([]string, error) {
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
		var refused *refusedError
		if a.err != nil && !errors.As(a.err, &refused) {
			a.err = &failedError{q.Program, a.err}
		}
		return a.paths, a.err
	}
}

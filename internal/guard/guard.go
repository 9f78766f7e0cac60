// Package guard recovers panics, which are bugs of this program. It returns a panic as
// an error, or passes it on to the goroutine that waits. Otherwise a panic in a
// goroutine would end the process without the deferred calls of other goroutines,
// which remove temporary files. Therefore all goroutines of this module, and the
// command itself, call their functions through this package.
//
// Its caveat: fatal errors of the runtime, such as concurrent map writes, running out
// of memory or a stack overflow, are not panics and still end the process. Start with
// Call.
package guard

import (
	"fmt"
	"path"
	"runtime"
	"strings"
	"sync"
)

// PanicError is the error for a recovered panic.
type PanicError struct {
	Value any    // the argument of panic
	Where string // the function and the line that panicked, "" if unknown
}

// Error returns one line, without a trace.
func (e *PanicError) Error() string {
	text := fmt.Sprintf("internal error: %v", e.Value)
	if e.Where != "" {
		text += " (" + e.Where + ")"
	}
	return text + "; please report it"
}

// Call calls f and returns its error, or a *PanicError if f panics.
func Call(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = caught(v)
		}
	}()
	return f()
}

// Group is a sync.WaitGroup whose Wait panics if a function has panicked. The zero
// value is ready for use.
type Group struct {
	all sync.WaitGroup

	mu    sync.Mutex
	first error
}

// Go calls f in a new goroutine.
func (g *Group) Go(f func()) {
	g.all.Go(func() {
		err := Call(func() error {
			f()
			return nil
		})
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.first == nil {
			g.first = err
		}
	})
}

// Wait blocks until every function has returned, and then panics with the
// *PanicError of the first that panicked, if any did.
func (g *Group) Wait() {
	g.all.Wait()
	err := g.first
	g.first = nil
	if err != nil {
		panic(err)
	}
}

// caught returns the error for a recovered value. It returns a *PanicError that a Group
// has passed on unchanged.
func caught(v any) *PanicError {
	if e, ok := v.(*PanicError); ok {
		return e
	}
	return &PanicError{v, origin()}
}

// origin returns the function and the line that panicked: in the stack of the recovering
// function, the first caller of runtime.gopanic outside of package runtime.
func origin() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs)])
	for panicked := false; ; {
		f, more := frames.Next()
		inRuntime := strings.HasPrefix(f.Function, "runtime.")
		if panicked && !inRuntime {
			return fmt.Sprintf("%s, %s:%d", path.Base(f.Function), path.Base(f.File), f.Line)
		}
		panicked = panicked || f.Function == "runtime.gopanic"
		if !more {
			return ""
		}
	}
}

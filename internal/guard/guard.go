// Package guard turns a panic, which is a bug of this program, into an error or
// into a panic of whoever waits. A goroutine that panics ends the process with a
// trace and without the deferred calls of the others, such as those that remove
// temporary files: so every goroutine of this module runs what it runs through
// this package, and the command as a whole does.
//
// Its caveat: what the runtime calls a fatal error (memory that is not there,
// concurrent map writes, a stack that is too deep) is no panic and ends the
// process all the same. Start with Call.
package guard

import (
	"fmt"
	"path"
	"runtime"
	"strings"
	"sync"
)

// PanicError is a panic that was caught.
type PanicError struct {
	Value any    // what panic was called with
	Where string // the function and the line that panicked, "" when unknown
}

// Error returns one line, without a trace.
func (e *PanicError) Error() string {
	text := fmt.Sprintf("internal error: %v", e.Value)
	if e.Where != "" {
		text += " (" + e.Where + ")"
	}
	return text + "; please report it"
}

// Call returns what f returns, or a *PanicError when f panics.
func Call(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = caught(v)
		}
	}()
	return f()
}

// Group runs functions in goroutines of their own, as sync.WaitGroup does, and
// panics in Wait when one of them did. The zero value is ready for use.
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

// caught makes the error of a recovered value. What a Group passed on stays as
// it is.
func caught(v any) *PanicError {
	if e, ok := v.(*PanicError); ok {
		return e
	}
	return &PanicError{v, origin()}
}

// origin finds the function that panicked: the first outside of the runtime
// above the call that recovers, which is itself below runtime.gopanic.
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

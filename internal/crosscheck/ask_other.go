//go:build !linux

package crosscheck

import "runtime"

func (q Question) refuse() error {
	return &RefusedError{q.Program, "programs for Linux do not run on " + runtime.GOOS, false}
}

func (q Question) run() ([]string, error) { return nil, q.refuse() }

//go:build !linux

package crosscheck

import "runtime"

func (q question) refuse() error {
	return &refusedError{q.Program, "programs for Linux do not run on " + runtime.GOOS, false}
}

func (q question) run() ([]string, error) { return nil, q.refuse() }

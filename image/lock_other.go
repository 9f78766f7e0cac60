//go:build !unix || solaris || aix

package image

// lock does nothing where there is no flock.
func lock(string) (unlock func(), err error) { return func() {}, nil }

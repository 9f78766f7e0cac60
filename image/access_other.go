//go:build !linux

package image

// checkWritable returns nil: errors are found when files are written.
func checkWritable(string) error { return nil }

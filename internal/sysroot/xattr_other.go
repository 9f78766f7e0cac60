//go:build !linux

package sysroot

// lgetxattr finds nothing where Linux's file capabilities do not exist.
func lgetxattr(string, string) ([]byte, error) { return nil, nil }

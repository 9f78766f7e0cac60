package main

import (
	"io/fs"
	"testing"
)

func TestModeText(t *testing.T) {
	for want, mode := range map[string]fs.FileMode{
		"-rwxr-xr-x": 0o755,
		"drwxrwxrwt": fs.ModeDir | fs.ModeSticky | 0o777,
		"drwxrwx--T": fs.ModeDir | fs.ModeSticky | 0o770,
		"lrwxrwxrwx": fs.ModeSymlink | 0o777,
		"-rwsr-xr-x": fs.ModeSetuid | 0o755,
		"-rwSr-Sr--": fs.ModeSetuid | fs.ModeSetgid | 0o644,
		"-rwxr-sr-x": fs.ModeSetgid | 0o755,
	} {
		if got := modeText(mode); got != want {
			t.Errorf("%v: %s, want %s", mode, got, want)
		}
	}
}

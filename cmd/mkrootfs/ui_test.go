package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// TestErrorLines checks that at most maxErrorLines errors are shown.
func TestErrorLines(t *testing.T) {
	var errs []error
	for i := range maxErrorLines + 7 {
		errs = append(errs, usererr.WithHint(fmt.Errorf("lib%d: not found", i), "install it"))
	}
	var said bytes.Buffer
	if status := newUI(&said).status(errors.Join(errs...)); status != exitFailed {
		t.Errorf("status %d", status)
	}
	lines := strings.Split(strings.TrimSpace(said.String()), "\n")
	want := []string{"mkrootfs: error: lib49: not found", "mkrootfs: error: and 7 more", "mkrootfs: hint: install it"}
	if got := lines[maxErrorLines-1:]; strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%d lines end with %q", len(lines), got)
	}
}

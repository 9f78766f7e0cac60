package budget

import (
	"errors"
	"testing"
)

func TestBudget(t *testing.T) {
	b := New(0, "")
	for range maxSteps {
		if !b.Step() {
			t.Fatal("too little")
		}
	}
	if b.Step() || b.Probe(maxPaths+1) {
		t.Error("too much")
	}
	if b.IsRepeated(errors.ErrUnsupported) || b.IsRepeated(ErrExceeded) || !b.IsRepeated(ErrExceeded) {
		t.Error("not the first one only")
	}
}

package elfdeps

import (
	"errors"
	"strings"
	"syscall"
	"testing"
)

func TestOriginOf(t *testing.T) {
	for name, want := range map[string]string{
		"/opt/a/../b/x": "/opt/a/../b", "/opt/a///x": "/opt/a//", "/x": "", "/a/x": "/a",
	} {
		if got := originOf(name); got != want {
			t.Errorf("originOf(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestBudget(t *testing.T) {
	b := budget{factor: 1}
	for range maxSteps {
		if !b.step() {
			t.Fatal("too little")
		}
	}
	if b.step() || b.probe(maxPaths+1) {
		t.Error("too much")
	}
	if b.isRepeated(errMissing) || b.isRepeated(errTooMany) || !b.isRepeated(errTooMany) {
		t.Error("not the first one only")
	}
}

func TestLongPathsAreNotOpened(t *testing.T) {
	s := (&Resolver{FS: world{"/lib/x": "lib"}.build(t)}).session()
	p := &process{s: s, cost: s.newBudget(nil)}
	long := strings.Repeat("/.", pathMax/2)
	if o := p.open("/lib" + long + "/x"); !errors.Is(o.err, syscall.ENAMETOOLONG) {
		t.Error(o.err)
	}
	if d := s.directory("/lib" + long + "/"); !errors.Is(d.err, syscall.ENAMETOOLONG) {
		t.Error(d.err)
	}
	if o := p.probe(s.directory("/lib/"), "x"); o.err != nil {
		t.Error(o.err)
	}
}

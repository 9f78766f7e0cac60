package elfdeps

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/budget"
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

func TestLongPathsAreNotOpened(t *testing.T) {
	s := (&Resolver{FS: tree{"/lib/x": "lib"}.build(t)}).session()
	p := &process{s: s, cost: budget.New(0, "")}
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

package elfdeps

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/testtree"
)

const (
	glibcLoader = testtree.GlibcLoader
	muslLoader  = testtree.MuslLoader
)

// world is a testtree.Tree that can be asked.
type world testtree.Tree

func (w world) build(t testing.TB) fstest.MapFS { return testtree.Tree(w).Build(t) }

// run resolves paths in the world. The base has both loaders unless told otherwise.
func (w world) run(t testing.TB, r Resolver, paths ...string) *Closure {
	t.Helper()
	for name, spec := range map[string]string{glibcLoader: "ld", muslLoader: "lib soname=libc.so"} {
		if _, ok := w[name]; !ok {
			w[name] = spec
		}
	}
	r.FS = w.build(t)
	c, err := r.Resolve(context.Background(), paths...)
	if c == nil {
		t.Fatal("no closure")
	}
	if (err != nil) != (len(c.Missing)+len(c.Errors) > 0) {
		t.Errorf("error %v with %d missing, %d errors", err, len(c.Missing), len(c.Errors))
	}
	return c
}

// story tells a closure in words: the paths opened, then what went wrong.
func story(c *Closure) string {
	words := append([]string{}, c.Opened...)
	for _, m := range c.Missing {
		words = append(words, "missing:"+m.Name+"<"+m.NeededBy)
	}
	for _, err := range c.Errors {
		kind := strings.TrimPrefix(strings.TrimPrefix(fmt.Sprintf("%T", err), "*elfdeps."), "*elffile.")
		words = append(words, fmt.Sprintf("%s:{%v}", kind, err))
	}
	return strings.Join(words, " ")
}

// scene is a case: a world, how it is asked and what comes out. The target is
// /bin/t unless named; target and interpreter are left out of the story.
type scene struct {
	name   string
	world  world
	ask    Resolver
	target string
	want   string
}

func play(t *testing.T, scenes []scene) {
	t.Helper()
	for _, sc := range scenes {
		t.Run(sc.name, func(t *testing.T) {
			target := sc.target
			if target == "" {
				target = "/bin/t"
			}
			got := story(sc.world.run(t, sc.ask, target))
			got = strings.TrimPrefix(got, target)
			for _, ld := range []string{glibcLoader, muslLoader} {
				got = strings.TrimPrefix(strings.TrimSpace(got), ld)
			}
			if got = strings.TrimSpace(got); got != sc.want {
				t.Errorf("got  %s\nwant %s", got, sc.want)
			}
		})
	}
}

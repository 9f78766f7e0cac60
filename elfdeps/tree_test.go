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

// tree is a testtree.Tree with which programs can be resolved.
type tree testtree.Tree

func (w tree) build(t testing.TB) fstest.MapFS { return testtree.Tree(w).Build(t) }

// run resolves paths in the tree, to which it adds both loaders if they are missing.
func (w tree) run(t testing.TB, r Resolver, paths ...string) *Closure {
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

// summary returns a closure as text: the paths opened, then what is missing, then the
// errors.
func summary(c *Closure) string {
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

// searchCase is a tree, the Resolver for it, and the summary that is expected for
// target, which is /bin/t unless given. The target and the interpreter are left out
// of the summary.
type searchCase struct {
	name   string
	tree   tree
	ask    Resolver
	target string
	want   string
}

func runCases(t *testing.T, cases []searchCase) {
	t.Helper()
	for _, sc := range cases {
		t.Run(sc.name, func(t *testing.T) {
			target := sc.target
			if target == "" {
				target = "/bin/t"
			}
			got := summary(sc.tree.run(t, sc.ask, target))
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

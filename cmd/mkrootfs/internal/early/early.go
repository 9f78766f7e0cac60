// Package early answers the shortest questions before the program has begun.
//
// Go initialises every package that is linked in, those of registries and
// compressors among them, before main: that takes longer than it takes to
// resolve a program. The order is that of import paths, each package after
// those that it imports (The Go Programming Language Specification, Program
// initialization), so this one, which imports neither network nor flags nor
// regular expressions, has its turn before most of them. It answers
//
//	mkrootfs --print tree|ldd|json [--sysroot DIR] PROGRAM...
//
// for a few programs when nothing is out of the ordinary. Whatever else was
// typed, and whatever goes wrong, is left to main, which then does all of it
// anew: nothing has been written yet.
//
// Keep it light: `go test` holds its imports to a list.
package early

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/show"
	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/tell"
	"github.com/mkrootfs/mkrootfs/internal/guard"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

func init() {
	growStack()
	q, ok := parse(os.Args[1:])
	if !ok {
		return
	}
	var answer func(io.Writer) error
	err := guard.Call(func() error {
		answer, ok = q.answer()
		return nil
	})
	if !ok || err != nil { // main panics as well, and says so in one line
		runtime.GC() // so that main, which begins anew, needs no more memory
		return
	}
	signal.Ignore(syscall.SIGPIPE) // as main does
	if err := guard.Call(func() error { return answer(os.Stdout) }); err != nil {
		report(err)
		os.Exit(1)
	}
	os.Exit(0)
}

// report says what is wrong with stdout, or with this program.
func report(err error) {
	var bug *guard.PanicError
	if !errors.As(err, &bug) {
		err = fmt.Errorf("stdout: %w", err)
	}
	fmt.Fprintf(os.Stderr, "mkrootfs: error: %s\n", tell.Printable(err.Error()))
	if errors.Is(err, syscall.ENOSPC) {
		fmt.Fprintf(os.Stderr, "mkrootfs: hint: %s\n", tell.MakeRoom)
	}
}

// growStack makes the stack as large as it will be needed while there is little
// on it. Each time that it grows it is copied, by tables of the program that
// would otherwise never be read from the disk.
//
//go:noinline
func growStack() byte {
	var room [24 << 10]byte
	return room[len(os.Args)%len(room)]
}

// Answer returns what prints the answer to a command line, args being all but the
// command's own name; ok is false for what is left to main.
func Answer(args []string) (answer func(io.Writer) error, ok bool) {
	q, ok := parse(args)
	if !ok {
		return nil, false
	}
	return q.answer()
}

// maxPrograms is up to how many programs the start takes a part of the time
// that is worth saving.
const maxPrograms = 8

// question is a command line that is understood here.
type question struct {
	form     string
	sysroot  string
	programs []string
}

// parse reads a command line; ok is false unless main would understand it just
// so.
func parse(args []string) (q question, ok bool) {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		name, value, has := strings.Cut(arg, "=")
		var to *string
		switch name {
		case "--print":
			to = &q.form
		case "--sysroot":
			to = &q.sysroot
		default:
			if arg == "" || arg[0] == '-' {
				return q, false
			}
			q.programs = append(q.programs, arg)
			continue
		}
		if !has {
			if len(args) == 0 {
				return q, false
			}
			value, args = args[0], args[1:]
		}
		if value == "" { // main says what is wrong with that
			return q, false
		}
		*to = value
	}
	_, known := forms[q.form]
	_, dated := os.LookupEnv("SOURCE_DATE_EPOCH") // main says whether it is a time
	return q, known && !dated && len(q.programs) > 0 && len(q.programs) <= maxPrograms
}

// forms print a view whose places are there when the form shows them.
var forms = map[string]func(*show.View, *bufio.Writer, []sysroot.Place){
	"json": (*show.View).JSON,
	"ldd":  func(v *show.View, w *bufio.Writer, _ []sysroot.Place) { v.Ldd(w) },
	"tree": func(v *show.View, w *bufio.Writer, _ []sysroot.Place) { v.Tree(w) },
}

// answer finds what is asked for and returns what prints it; ok is false when
// anything is missing, wrong or not to be told without composing a tree.
func (q question) answer() (answer func(io.Writer) error, ok bool) {
	src, err := source.Open(q.sysroot)
	if err != nil {
		return nil, false
	}
	v := &show.View{Source: src}
	var names []string
	for _, arg := range q.programs {
		prog, err := src.Find(arg)
		if err != nil {
			return nil, false
		}
		v.Programs, names = append(v.Programs, prog), append(names, prog.Src)
	}
	r := src.LiveResolver("")
	ctx := context.Background() // the interpreter's own limits bound it
	if v.Closure, err = r.Resolve(ctx, names...); err != nil {
		return nil, false
	}
	var places []sysroot.Place
	if q.form == "json" {
		if places, ok = v.Places(ctx, r); !ok {
			return nil, false
		}
	}
	return func(out io.Writer) error {
		v.Terminal = tell.IsTerminal(out)
		w := bufio.NewWriter(out)
		forms[q.form](v, w, places)
		return w.Flush()
	}, true
}

package show

import (
	"bufio"
	"debug/elf"
	"fmt"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/pack"
)

// Ldd prints the output of ldd without addresses and without the kernel's vdso, which
// exist only for a running program. It escapes names only if w is a terminal.
func Ldd(w *bufio.Writer, p *pack.Plan, isTerminal bool) {
	name := func(s string) string { return s }
	if isTerminal {
		name = quote.Printable
	}
	for _, prog := range p.Programs {
		if len(p.Programs) > 1 {
			fmt.Fprintf(w, "%s:\n", name(prog.Src))
		}
		o := object(p, prog.Src)
		switch {
		case o == nil || o.Interp == "" && (o.Type == elf.ET_EXEC || o.Kind == elfdeps.Script),
			o.Interp != "" && object(p, o.Interp) == nil:
			fmt.Fprintln(w, "\tnot a dynamic executable")
		case len(o.Needed) == 0:
			fmt.Fprintln(w, "\tstatically linked")
		default:
			lddLines(w, p, o, name)
		}
	}
}

// lddLines prints the libraries of one program in load order (breadth first), each name
// once. A name that is not found is printed again at the end for each further file
// that needs it.
func lddLines(w *bufio.Writer, p *pack.Plan, main *elfdeps.Object, name func(string) string) {
	seen := map[*elfdeps.Object]bool{main: true}
	names := map[string]bool{}
	var late []string
	for queue := []*elfdeps.Object{main}; len(queue) > 0; queue = queue[1:] {
		for _, e := range queue[0].Needed {
			missing := e.To == nil && e.Path == "" && e.Rule == ""
			known := names[e.Name]
			names[e.Name] = true
			switch {
			case missing && known:
				late = append(late, e.Name)
				continue
			case missing:
				fmt.Fprintf(w, "\t%s => not found\n", name(e.Name))
				continue
			case known || e.To == nil || seen[e.To]:
				continue
			case e.To.Kind == elfdeps.Interpreter:
				fmt.Fprintf(w, "\t%s\n", name(e.To.Path))
			case e.Name == e.Path:
				fmt.Fprintf(w, "\t%s\n", name(e.Path))
			default:
				fmt.Fprintf(w, "\t%s => %s\n", name(e.Name), name(e.Path))
			}
			seen[e.To] = true
			queue = append(queue, e.To)
		}
	}
	// ldd also lists a loader that no object needs.
	if i := object(p, main.Interp); main.Interp != "" && i != nil && !seen[i] {
		fmt.Fprintf(w, "\t%s\n", name(main.Interp))
	}
	for _, missing := range late {
		fmt.Fprintf(w, "\t%s => not found\n", name(missing))
	}
}

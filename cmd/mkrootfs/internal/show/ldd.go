package show

import (
	"bufio"
	"debug/elf"
	"fmt"

	"github.com/mkrootfs/mkrootfs/elfdeps"
)

// Ldd prints what ldd prints, without the addresses, which say nothing of
// a program that has not been started, and without the kernel's vdso. As ldd
// does, it writes names as they are unless v.Terminal is set.
func (v *View) Ldd(w *bufio.Writer) {
	for _, prog := range v.Programs {
		if len(v.Programs) > 1 {
			fmt.Fprintf(w, "%s:\n", v.name(prog.Src))
		}
		o := v.object(prog.Src)
		switch {
		case o == nil || o.Interp == "" && (o.Type == elf.ET_EXEC || o.Kind == elfdeps.Script) || o.Interp != "" && v.object(o.Interp) == nil:
			fmt.Fprintln(w, "\tnot a dynamic executable")
		case len(o.Needed) == 0:
			fmt.Fprintln(w, "\tstatically linked")
		default:
			v.lddLines(w, o)
		}
	}
}

// lddLines prints the libraries of one program in load order, breadth first,
// each name once, the interpreter where it is first needed. A name that is not
// found stands there once more for each further file that needs it, at the end.
func (v *View) lddLines(w *bufio.Writer, main *elfdeps.Object) {
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
				fmt.Fprintf(w, "\t%s => not found\n", v.name(e.Name))
				continue
			case known || e.To == nil || seen[e.To]:
				continue
			case e.To.Kind == elfdeps.Interpreter:
				fmt.Fprintf(w, "\t%s\n", v.name(e.To.Path))
			case e.Name == e.Path:
				fmt.Fprintf(w, "\t%s\n", v.name(e.Path))
			default:
				fmt.Fprintf(w, "\t%s => %s\n", v.name(e.Name), v.name(e.Path))
			}
			seen[e.To] = true
			queue = append(queue, e.To)
		}
	}
	// The loader is in the list also when nothing but the kernel asks for it.
	if i := v.object(main.Interp); main.Interp != "" && i != nil && !seen[i] {
		fmt.Fprintf(w, "\t%s\n", v.name(main.Interp))
	}
	for _, name := range late {
		fmt.Fprintf(w, "\t%s => not found\n", v.name(name))
	}
}

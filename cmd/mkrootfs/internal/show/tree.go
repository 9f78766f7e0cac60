package show

import (
	"bufio"
	"fmt"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/bytesize"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/pack"
)

// Tree prints the objects that each program needs as a tree. The needs of an object are
// printed once. Names are always escaped.
func Tree(w *bufio.Writer, p *pack.Plan) {
	shown := map[*elfdeps.Object]bool{}
	for _, prog := range p.Programs {
		o := object(p, prog.Src)
		if o == nil {
			continue
		}
		fmt.Fprintf(w, "%s%s  %s\n", quote.Printable(o.Path), linkText(o), bytesize.Text(o.Size))
		if o.Interp != "" {
			fmt.Fprintf(w, "%s %s\n", branch(len(o.Needed) == 0), interpText(p, o))
		}
		treeBranches(w, o, "", shown)
	}
}

func interpText(p *pack.Plan, o *elfdeps.Object) string {
	if i := object(p, o.Interp); i != nil {
		return fmt.Sprintf("%s%s  %s  [interpreter]", quote.Printable(o.Interp), linkText(i), bytesize.Text(i.Size))
	}
	return quote.Printable(o.Interp) + "  not found  [interpreter]"
}

func linkText(o *elfdeps.Object) string {
	if o.RealPath != "" && o.RealPath != o.Path {
		return " -> " + quote.Printable(o.RealPath)
	}
	return ""
}

func branch(last bool) string {
	if last {
		return "└──"
	}
	return "├──"
}

func treeBranches(w *bufio.Writer, o *elfdeps.Object, indent string, shown map[*elfdeps.Object]bool) {
	if shown[o] {
		return
	}
	shown[o] = true
	for i, e := range o.Needed {
		last := i == len(o.Needed)-1
		fmt.Fprintf(w, "%s%s %s\n", indent, branch(last), edgeText(e, shown))
		if e.To == nil || e.To.Kind == elfdeps.Interpreter {
			continue
		}
		deeper := indent + "│   "
		if last {
			deeper = indent + "    "
		}
		treeBranches(w, e.To, deeper, shown)
	}
}

func edgeText(e elfdeps.Edge, shown map[*elfdeps.Object]bool) string {
	switch {
	case e.To == nil && e.Rule == "":
		return quote.Printable(e.Name) + "  not found"
	case e.To == nil:
		return quote.Printable(e.Name) + "  [kernel]"
	}
	text := quote.Printable(e.Name) + " => " + quote.Printable(e.Path)
	if shown[e.To] {
		return text + "  (above)"
	}
	return fmt.Sprintf("%s  %s  [%s]", text, bytesize.Text(e.To.Size), e.Rule)
}

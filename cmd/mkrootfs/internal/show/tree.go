package show

import (
	"bufio"
	"fmt"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/tell"
	"github.com/mkrootfs/mkrootfs/elfdeps"
)

// Tree prints who needs whom, each file's own needs once. It is for people:
// names are as tell.Printable has them, wherever it goes.
func (v *View) Tree(w *bufio.Writer) {
	shown := map[*elfdeps.Object]bool{}
	for _, prog := range v.Programs {
		o := v.object(prog.Src)
		if o == nil {
			continue
		}
		fmt.Fprintf(w, "%s%s  %s\n", tell.Printable(o.Path), linkText(o), Size(o.Size))
		if o.Interp != "" {
			fmt.Fprintf(w, "%s %s\n", branch(len(o.Needed) == 0), interpText(v, o))
		}
		v.treeBranches(w, o, "", shown)
	}
}

func interpText(v *View, o *elfdeps.Object) string {
	if i := v.object(o.Interp); i != nil {
		return fmt.Sprintf("%s%s  %s  [interpreter]", tell.Printable(o.Interp), linkText(i), Size(i.Size))
	}
	return tell.Printable(o.Interp) + "  not found  [interpreter]"
}

func linkText(o *elfdeps.Object) string {
	if o.RealPath != "" && o.RealPath != o.Path {
		return " -> " + tell.Printable(o.RealPath)
	}
	return ""
}

func branch(last bool) string {
	if last {
		return "└──"
	}
	return "├──"
}

func (v *View) treeBranches(w *bufio.Writer, o *elfdeps.Object, indent string, shown map[*elfdeps.Object]bool) {
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
		v.treeBranches(w, e.To, deeper, shown)
	}
}

func edgeText(e elfdeps.Edge, shown map[*elfdeps.Object]bool) string {
	switch {
	case e.To == nil && e.Rule == "":
		return tell.Printable(e.Name) + "  not found"
	case e.To == nil:
		return tell.Printable(e.Name) + "  [kernel]"
	}
	text := tell.Printable(e.Name) + " => " + tell.Printable(e.Path)
	if shown[e.To] {
		return text + "  (above)"
	}
	return fmt.Sprintf("%s  %s  [%s]", text, Size(e.To.Size), e.Rule)
}

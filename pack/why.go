package pack

import (
	"fmt"
	"slices"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/nearest"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// ReasonOf returns why an entry of a plan's tree is in the image.
func ReasonOf(e *rootfs.Entry) Reason {
	r, _ := e.Claim.(Reason)
	return r
}

// Why returns the reasons for the files called name, which is a soname, a base name or
// a path. Each is a chain, from the reason for a program, or for another file that a
// flag or a group brings in, to the reason for the file. There is a chain for each
// object that needs the file, along the shortest way to that object. If no file has
// the name, Why returns an error.
func (p *Plan) Why(name string) ([][]Reason, error) {
	var chains [][]Reason
	for _, prog := range p.Programs {
		if main := p.Closure.Object(prog.Src); main != nil {
			chains = append(chains, chainsFrom(main, prog, name)...)
		}
	}
	if len(chains) == 0 && p.Tree != nil {
		chains = p.chainTo(name)
	}
	if len(chains) > 0 {
		return chains, nil
	}
	var names []string
	for _, o := range p.Closure.Objects {
		names = append(names, baseName(o.Path))
	}
	hint := "run with --print list to see every path"
	if near := nearest.Of(name, names); near != "" {
		hint = "did you mean " + quote.ShellWord(near) + "?"
	}
	return nil, usererr.WithHint(fmt.Errorf("%s: no such file in the image", name), hint)
}

// chainTo returns the chain of the first entry called name, nil if there is none.
func (p *Plan) chainTo(name string) [][]Reason {
	byPath := map[string]Reason{}
	at := ""
	for _, e := range p.Tree.Entries() {
		r := ReasonOf(e)
		if r.Path == "" {
			r.Path = e.Path
		}
		byPath[e.Path] = r
		if at == "" && (e.Path == name || baseName(e.Path) == name) {
			at = e.Path
		}
	}
	if at == "" {
		return nil
	}
	var chain []Reason
	for r, ok := byPath[at], true; ok && len(chain) < len(byPath); r, ok = byPath[r.By] {
		chain = append(chain, r)
		if r.Cause != Needed && r.Cause != Interpreter {
			break
		}
	}
	slices.Reverse(chain)
	return [][]Reason{chain}
}

// chainsFrom returns the chains from one program, whose object is main.
func chainsFrom(main *elfdeps.Object, prog Program, name string) (chains [][]Reason) {
	start := askedProgram(prog)
	start.Path = main.Path
	if isCalled(main, main.Path, name) {
		chains = append(chains, []Reason{start})
	}
	if main.Interp != "" && baseName(main.Interp) == baseName(name) {
		interp := Reason{Cause: Interpreter, By: main.Path, Name: main.Interp, Path: main.Interp}
		chains = append(chains, []Reason{start, interp})
	}
	ways := map[*elfdeps.Object][]Reason{main: {start}} // the first chain to each object
	for queue := []*elfdeps.Object{main}; len(queue) > 0; queue = queue[1:] {
		from := queue[0]
		for _, e := range from.Needed {
			if isDlopened(from, e) {
				continue
			}
			way := append(slices.Clip(ways[from]), neededReason(from, e))
			if e.Name == name || e.To != nil && isCalled(e.To, e.Path, name) {
				chains = append(chains, way)
			}
			if _, seen := ways[e.To]; e.To != nil && !seen {
				ways[e.To] = way
				queue = append(queue, e.To)
			}
		}
	}
	return chains
}

// isCalled reports whether name is a name of o, which was found at the path at.
func isCalled(o *elfdeps.Object, at, name string) bool {
	return name == at || name == o.RealPath || name == o.Soname || name == baseName(at) || name == baseName(o.RealPath)
}

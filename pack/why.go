package pack

import (
	"fmt"
	"maps"
	"slices"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/nearest"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// ReasonOf returns why an entry of a plan's tree is in the image.
func ReasonOf(e *rootfs.Entry) Reason {
	if e == nil {
		return Reason{}
	}
	r, _ := e.Claim.(Reason)
	return r
}

// Why returns the reasons for the files called name, which is a soname, a base name or
// a path. Each is a chain, from the reason for a program, or for another file that a
// flag or a group brings in, to the reason for the file. There is a chain for each
// object that needs the file, along the shortest way to that object. The reason why a
// library is dlopened comes before the step to it. If no file has the name, Why returns
// an error.
func (p *Plan) Why(name string) ([][]Reason, error) {
	if p == nil || p.Closure == nil || name == "" {
		return nil, fmt.Errorf("%q: no such file in the image", name)
	}
	claims := p.claims()
	var chains [][]Reason
	for _, prog := range p.Programs {
		if main := p.Closure.Object(prog.Src); main != nil {
			chains = append(chains, chainsFrom(main, prog, name, claims)...)
		}
	}
	if len(chains) == 0 {
		chains = p.chainTo(name, claims)
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

// claims returns the reason for each entry of the tree by its path.
func (p *Plan) claims() map[string]Reason {
	claims := map[string]Reason{}
	if p.Tree == nil {
		return claims
	}
	for _, e := range p.Tree.Entries() {
		claims[e.Path] = ReasonOf(e)
	}
	return claims
}

// chainTo returns the chain of the first entry called name, nil if there is none.
func (p *Plan) chainTo(name string, claims map[string]Reason) [][]Reason {
	at := ""
	for _, path := range slices.Sorted(maps.Keys(claims)) {
		if path == name || baseName(path) == name {
			at = path
			break
		}
	}
	for _, o := range p.Closure.Objects {
		if at == "" && isCalled(o, o.Path, name) {
			at = o.RealPath
		}
	}
	var chain []Reason
	for range claims {
		r, ok := claims[at]
		if !ok {
			break
		}
		if r.Path == "" {
			r.Path = at
		}
		chain = append(chain, r)
		by := p.Closure.Object(r.By)
		if r.Cause != Needed && r.Cause != Interpreter || by == nil {
			break
		}
		at = by.RealPath
	}
	if len(chain) == 0 {
		return nil
	}
	slices.Reverse(chain)
	return [][]Reason{chain}
}

// chainsFrom returns the chains from one program, whose object is main.
func chainsFrom(main *elfdeps.Object, prog Program, name string, claims map[string]Reason) (chains [][]Reason) {
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
			way := append(slices.Clip(ways[from]), steps(from, e, claims)...)
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

// steps returns the reasons that lead along an edge: for a dlopen, first why it is
// expected.
func steps(from *elfdeps.Object, e elfdeps.Edge, claims map[string]Reason) []Reason {
	step := neededReason(from, e)
	if !isDlopened(from, e) {
		return []Reason{step}
	}
	step.Cause = ByDlopen
	switch claim := claims[e.To.RealPath]; claim.Cause {
	case Asked, Predicted, Packaged, ByDlopen:
		return []Reason{claim, step}
	}
	return []Reason{step}
}

// isCalled reports whether name is a name of o, which was found at the path at.
func isCalled(o *elfdeps.Object, at, name string) bool {
	return name == at || name == o.RealPath || name == o.Soname || name == baseName(at) || name == baseName(o.RealPath)
}

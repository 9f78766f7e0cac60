package doctor

import (
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// helper is a program that another program or script of the image starts.
type helper struct {
	start
	by     *Object // what starts it
	script bool    // by is a shell script
	config bool    // by is a configuration file
	path   string  // in the source
	inPath bool    // PATH leads to it by its base name
	absent bool    // the image does not have it
}

// helpers are the helpers of the programs of an image.
type helpers struct {
	list []helper
	// shell is the need for /bin/sh, nil if there is none. It is a group of its own.
	shell *Need
	// started are the paths of the helpers in the image that are not objects of it.
	started []string
	// wrappers are the scripts that only start another program.
	wrappers []wrapper
}

// wrapper is a script that ends by starting another program with its own arguments.
type wrapper struct {
	path string // of the script
	// shim is set if another program computes which program the script starts, as the
	// shims of version managers do.
	shim    bool
	targets []string // what it starts, or for a shim may start
}

// helperSearch is the state of findHelpers.
type helperSearch struct {
	*Doctor
	source, image programFinder
	shells        map[string]bool    // the login shells, by their real paths; nil until they are read
	objects       map[string]*Object // by path and by real path
	seen          map[string]bool    // the paths of the starters
	found         helpers
}

// locate finds h in the source and in the image. It returns nil if the source does not
// have it.
func (f *helperSearch) locate(h *helper) *sysroot.Node {
	at, n := f.source.find(h.name)
	if n == nil {
		return nil
	}
	h.path, h.absent = at, !f.has(*h)
	_, same := f.source.find(path.Base(at))
	h.inPath = same != nil && same.Real == n.Real
	return n
}

// has reports whether the image has h. A file that is not yet among the objects is noted.
func (f *helperSearch) has(h helper) bool {
	if f.image.root == nil {
		return false
	}
	at, n := f.image.find(h.name)
	if n == nil {
		return false
	}
	isObject := f.objects[at] != nil || f.objects[n.Real] != nil
	if !isObject && !h.optional && !slices.Contains(f.found.started, at) {
		f.found.started = append(f.found.started, at)
	}
	return true
}

// isShell reports whether h is the shell, which belongs to group shell: /bin/sh, and for a
// string in an ELF file any login shell, of which such a program starts the user's own.
func (f *helperSearch) isShell(h helper, real string) bool {
	isSh := path.Base(h.name) == "sh"
	if !isSh && (h.script || h.line != "") {
		return false
	}
	if f.shells == nil {
		f.shells = loginShells(f.root)
	}
	if !isSh && !f.shells[real] {
		return false
	}
	switch {
	case h.optional:
	case h.certain || h.line != "" || isSh && !h.script:
		f.needShell(h, Certain)
	case isSh:
		f.needShell(h, Likely)
	}
	return true
}

// needShell adds the need of h.by for /bin/sh.
func (f *helperSearch) needShell(h helper, d Degree) {
	if have := f.found.shell; have != nil && have.Degree >= d {
		return
	}
	evidence := h.line
	if evidence == "" {
		evidence = h.name
	}
	f.found.shell = &Need{
		Group: "shell", Triggers: []string{evidence}, In: h.by.Path, Soname: h.by.Soname, Degree: d,
		Does: "starts commands through a shell", Why: "commands cannot be started through a shell",
	}
}

// loginShells returns the real paths of the programs in /etc/shells (shells(5)).
func loginShells(root *sysroot.Root) map[string]bool {
	found := map[string]bool{}
	text, err := bounded.ReadFile(root, "/etc/shells", bounded.Config)
	if err != nil {
		return found // only shells with another name than sh are not known then
	}
	for name := range strings.FieldsSeq(string(text)) {
		if n, err := root.Walk(name); path.IsAbs(name) && err == nil {
			found[n.Real] = true
		}
	}
	return found
}

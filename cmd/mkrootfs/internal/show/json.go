package show

import (
	"bufio"
	"debug/elf"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/pack"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// The form of --print json is stable: fields may be added, but not changed.

// machineName returns the name of m in binutils and uname: x86_64, aarch64, i386.
func machineName(m elf.Machine) string {
	switch m {
	case elf.EM_NONE: // a script
		return ""
	case elf.EM_386:
		return "i386"
	}
	return strings.ToLower(strings.TrimPrefix(m.String(), "EM_"))
}

// JSON prints the closure of a plan and the paths of its tree, sorted by component, as
// one object. It does not build the object in memory: a plan may have thousands of
// programs. Flush returns the error of w.
func JSON(w *bufio.Writer, p *pack.Plan) {
	list(w, `{"objects":[`, p.Closure.Objects, appendObject)
	var entries []*rootfs.Entry
	if p.Tree != nil {
		entries = p.Tree.Entries()
	}
	list(w, `],"files":[`, entries, func(b []byte, e *rootfs.Entry) []byte { return quote.AppendJSON(b, e.Path) })
	links := slices.DeleteFunc(slices.Clone(entries), func(e *rootfs.Entry) bool { return e.Linkname == "" })
	list(w, `],"links":{`, links, func(b []byte, e *rootfs.Entry) []byte {
		return quote.AppendJSON(append(quote.AppendJSON(b, e.Path), ':'), e.Linkname)
	})
	list(w, `},"missing":[`, p.Closure.Missing, appendMissing)
	list(w, `],"errors":[`, p.Closure.Errors, appendError)
	_, _ = w.WriteString("]}\n")
}

// list writes before, and then the elements separated by commas.
func list[T any](w *bufio.Writer, before string, elems []T, add func([]byte, T) []byte) {
	_, _ = w.WriteString(before)
	for i, e := range elems {
		b := w.AvailableBuffer()
		if i > 0 {
			b = append(b, ',')
		}
		_, _ = w.Write(add(b, e))
	}
}

func appendObject(b []byte, o *elfdeps.Object) []byte {
	b = quote.AppendJSON(append(b, `{"path":`...), o.Path)
	b = quote.AppendJSON(append(b, `,"realpath":`...), o.RealPath)
	b = quote.AppendJSON(append(b, `,"kind":`...), string(o.Kind))
	b = quote.AppendJSON(append(b, `,"soname":`...), o.Soname)
	b = quote.AppendJSON(append(b, `,"interp":`...), o.Interp)
	b = quote.AppendJSON(append(b, `,"machine":`...), machineName(o.Machine))
	b = strconv.AppendInt(append(b, `,"class":`...), class(o.Class), 10)
	b = strconv.AppendInt(append(b, `,"size":`...), o.Size, 10)
	b = append(b, `,"needed":[`...)
	for i := range o.Needed {
		if i > 0 {
			b = append(b, ',')
		}
		e := &o.Needed[i]
		b = quote.AppendJSON(append(b, `{"name":`...), e.Name)
		b = quote.AppendJSON(append(b, `,"path":`...), e.Path)
		b = append(quote.AppendJSON(append(b, `,"found_by":`...), string(e.Rule)), '}')
	}
	return append(b, `]}`...)
}

// class returns the width of an address in bits, 0 for a script.
func class(c elf.Class) int64 {
	switch c {
	case elf.ELFCLASS32:
		return 32
	case elf.ELFCLASS64:
		return 64
	}
	return 0
}

func appendMissing(b []byte, m *elfdeps.MissingError) []byte {
	b = quote.AppendJSON(append(b, `{"name":`...), m.Name)
	b = quote.AppendJSON(append(b, `,"needed_by":`...), m.NeededBy)
	b = append(b, `,"searched":[`...)
	seen := map[string]bool{}
	for _, t := range m.Tried {
		dir := path.Dir(t.Path)
		if seen[dir] {
			continue
		}
		if len(seen) > 0 {
			b = append(b, ',')
		}
		seen[dir] = true
		b = quote.AppendJSON(b, dir)
	}
	return append(b, `]}`...)
}

func appendError(b []byte, err error) []byte {
	var version *elfdeps.VersionError
	var interp *elfdeps.InterpreterError
	var fatal *elfdeps.FatalError
	var format *elffile.FormatError
	var wrong *elffile.KindError
	var unread *elfdeps.ReadError
	var file *fs.PathError
	kind, at := "fatal", ""
	switch {
	case errors.As(err, &version):
		kind, at = "version", version.NeededBy
	case errors.As(err, &interp):
		kind, at = "interpreter", interp.Path
	case errors.As(err, &fatal):
		at = fatal.Path
	case errors.As(err, &format):
		at = format.Path
	case errors.As(err, &wrong):
		at = wrong.Path
	case errors.As(err, &unread):
		at = unread.Path
	case errors.As(err, &file):
		at = file.Path
	}
	b = quote.AppendJSON(append(b, `{"kind":`...), kind)
	b = quote.AppendJSON(append(b, `,"path":`...), at)
	b = quote.AppendJSON(append(b, `,"text":`...), err.Error())
	return append(b, '}')
}

package main

import (
	"bufio"
	"bytes"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/mkrootfs/mkrootfs/elfdeps"
)

// The form of --print json is a promise: fields may be added, none changed.
//
// A byte of a name that is no UTF-8 is the lone surrogate \udcNN, NN being the
// byte, which no UTF-8 text can hold: Python's surrogateescape (PEP 383).

type jsonClosure struct {
	Objects []jsonObject  `json:"objects"`
	Files   []jsonText    `json:"files"`
	Links   jsonMap       `json:"links"`
	Missing []jsonMissing `json:"missing"`
	Errors  []jsonError   `json:"errors"`
}

type jsonObject struct {
	Path     jsonText     `json:"path"`
	RealPath jsonText     `json:"realpath"`
	Kind     elfdeps.Kind `json:"kind"`
	Soname   jsonText     `json:"soname"`
	Interp   jsonText     `json:"interp"`
	Machine  string       `json:"machine"`
	Class    int          `json:"class"`
	Size     int64        `json:"size"`
	Needed   []jsonNeeded `json:"needed"`
}

type jsonNeeded struct {
	Name    jsonText     `json:"name"`
	Path    jsonText     `json:"path"`
	FoundBy elfdeps.Rule `json:"found_by"`
}

type jsonMissing struct {
	Name     jsonText   `json:"name"`
	NeededBy jsonText   `json:"needed_by"`
	Searched []jsonText `json:"searched"`
}

type jsonError struct {
	Kind string   `json:"kind"`
	Path jsonText `json:"path"`
	Text jsonText `json:"text"`
}

// printJSON prints the closure and the tree as one object.
func (p *packing) printJSON(w *bufio.Writer) error {
	out := jsonClosure{Objects: []jsonObject{}, Files: []jsonText{}, Missing: []jsonMissing{}, Errors: []jsonError{}}
	for _, o := range p.closure.Objects {
		out.Objects = append(out.Objects, objectJSON(o))
	}
	for _, e := range p.tree.Entries() {
		out.Files = append(out.Files, jsonText(e.Path))
		if e.Mode&fs.ModeSymlink != 0 {
			out.Links = append(out.Links, [2]jsonText{jsonText(e.Path), jsonText(e.Linkname)})
		}
	}
	for _, m := range p.closure.Missing {
		out.Missing = append(out.Missing, missingJSON(m))
	}
	for _, err := range p.closure.Errors {
		out.Errors = append(out.Errors, errorJSON(err))
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(out)
}

func objectJSON(o *elfdeps.Object) jsonObject {
	j := jsonObject{
		Path: jsonText(o.Path), RealPath: jsonText(o.RealPath), Kind: o.Kind, Soname: jsonText(o.Soname),
		Interp: jsonText(o.Interp), Machine: machineName(o.Machine), Size: o.Size, Needed: []jsonNeeded{},
	}
	switch o.Class {
	case elf.ELFCLASS32:
		j.Class = 32
	case elf.ELFCLASS64:
		j.Class = 64
	}
	for _, e := range o.Needed {
		j.Needed = append(j.Needed, jsonNeeded{jsonText(e.Name), jsonText(e.Path), e.Rule})
	}
	return j
}

// machineName is the name that binutils and uname have: x86_64, aarch64, i386.
func machineName(m elf.Machine) string {
	switch m {
	case elf.EM_NONE: // a script
		return ""
	case elf.EM_386:
		return "i386"
	}
	return strings.ToLower(strings.TrimPrefix(m.String(), "EM_"))
}

func missingJSON(m *elfdeps.MissingError) jsonMissing {
	j := jsonMissing{Name: jsonText(m.Name), NeededBy: jsonText(m.NeededBy), Searched: []jsonText{}}
	seen := map[string]bool{}
	for _, t := range m.Tried {
		if dir := path.Dir(t.Path); !seen[dir] {
			seen[dir] = true
			j.Searched = append(j.Searched, jsonText(dir))
		}
	}
	return j
}

func errorJSON(err error) jsonError {
	var version *elfdeps.VersionError
	var interp *elfdeps.InterpreterError
	var fatal *elfdeps.FatalError
	j := jsonError{Kind: "fatal", Text: jsonText(err.Error())}
	switch {
	case errors.As(err, &version):
		j.Kind, j.Path = "version", jsonText(version.NeededBy)
	case errors.As(err, &interp):
		j.Kind, j.Path = "interpreter", jsonText(interp.Path)
	case errors.As(err, &fatal):
		j.Path = jsonText(fatal.Path)
	}
	return j
}

// jsonText is a string of any bytes.
type jsonText string

var _, _ json.Marshaler = jsonText(""), jsonMap{}

// MarshalJSON implements json.Marshaler.
func (t jsonText) MarshalJSON() ([]byte, error) { return t.quoted(), nil } //nolint:unparam // the signature is json.Marshaler's

// quoted writes bytes that are no UTF-8 as lone surrogates.
func (t jsonText) quoted() []byte {
	var b bytes.Buffer
	b.WriteByte('"')
	for rest := string(t); rest != ""; {
		r, n := utf8.DecodeRuneInString(rest)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\udc%02x`, rest[0])
		case r < ' ' || r == '"' || r == '\\' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(rest[:n])
		}
		rest = rest[n:]
	}
	b.WriteByte('"')
	return b.Bytes()
}

// jsonMap is an object whose keys keep their order.
type jsonMap [][2]jsonText

// MarshalJSON writes the pairs as an object.
func (m jsonMap) MarshalJSON() ([]byte, error) { //nolint:unparam // the signature is json.Marshaler's
	var b bytes.Buffer
	b.WriteByte('{')
	for i, pair := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		for j, text := range pair {
			if j > 0 {
				b.WriteByte(':')
			}
			b.Write(text.quoted())
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

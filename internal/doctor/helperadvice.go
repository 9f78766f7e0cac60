package doctor

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/quote"
)

// The maximum numbers of names in the advice about one program.
const (
	maxNamed    = 5
	maxOptional = 2
)

// advice returns messages about the programs that the programs of the image start and that
// it lacks: one for each starter. asked is set if the group is added.
func (h helpers) advice(asked bool) (list []Advice) {
	wraps := map[string]bool{}
	for _, w := range h.wrappers {
		if wraps[w.path] = true; w.shim || !asked {
			list = append(list, w.advice())
		}
	}
	if asked {
		return list
	}
	for i, one := range h.list {
		by := one.by.Path
		first := slices.IndexFunc(h.list, func(o helper) bool { return o.by.Path == by }) == i
		if a := h.adviceFor(by); first && !wraps[by] && a.Text != "" {
			list = append(list, a)
		}
	}
	return list
}

// adviceFor returns the advice about the program at the path by. Its Text is "" if the
// image has everything that this program starts.
func (h helpers) adviceFor(by string) Advice {
	a := Advice{Degree: Likely, Fix: "add --with helpers, or name those it needs as PROGRAMs"}
	var certain, others, optional []string
	verb := " starts "
	for _, one := range h.list {
		if one.by.Path == by && one.config {
			verb = " names "
		}
		switch name := one.shown(); {
		case one.by.Path != by || !one.absent:
		case one.optional:
			optional = append(optional, name)
		case one.certain:
			certain = append(certain, name)
		default:
			others = append(others, name)
		}
	}
	lacks := ""
	if a.Warning = len(certain) > 0; a.Warning {
		a.Degree, lacks = Certain, ", which the image lacks"
	}
	text := quote.ShellWord(path.Base(by)) + verb
	switch names := append(certain, others...); {
	case len(names)+len(optional) == 0:
		return Advice{}
	case len(names) == 0:
		a.Degree, a.Fix = Possible, "name those it needs as PROGRAMs"
		a.Text = text + wordList(optional, "and", maxNamed) + " if the image has them"
		return a
	default:
		a.Text = text + wordList(names, "and", maxNamed) + lacks
	}
	if len(optional) > 0 {
		a.Text += " (optional: " + wordList(optional, "and", maxOptional) + ")"
	}
	return a
}

// shown returns the name of a helper for messages: its base name if it is looked up in
// PATH, else its path.
func (h helper) shown() string {
	if path.IsAbs(h.name) && !h.inPath {
		return quote.ShellPath(h.name)
	}
	return quote.ShellWord(path.Base(h.name))
}

// wordList returns words as in a sentence, "a, b and c", with the number of those beyond
// limit. and is the word before the last one.
func wordList(words []string, and string, limit int) string {
	if more := len(words) - limit; more > 1 {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:limit], ", "), more)
	}
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " " + and + " " + words[last]
}

package pack

import (
	"fmt"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
)

// Cause is the kind of a Reason.
type Cause string

// The causes.
const (
	// Asked: a flag names it. Flag is the flag as it was given.
	Asked Cause = "asked"
	// Needed: the loader opens it. By needs it as Name and finds it by Rule in
	// Element.
	Needed Cause = "needed"
	// Interpreter: it is the loader of By, or the interpreter of the script By.
	Interpreter Cause = "interpreter"
	// ByDlopen: By may dlopen it as Name. Text says how that is known.
	ByDlopen Cause = "dlopen"
	// Predicted: it belongs to Group, which Name (a symbol, library or string) in
	// By shows to be needed. By and Name are "" for what every image gets; Text
	// says what fails without it.
	Predicted Cause = "predicted"
	// Packaged: it is a file of the installed package Name.
	Packaged Cause = "packaged"
	// LoaderFile: the loader reads it. Text is what the loader does with it.
	LoaderFile Cause = "loader"
)

// Reason says why a file is in an image, or why it would have to be. It is the
// only place where that is recorded. Cause says which of the other fields count.
type Reason struct {
	Cause   Cause        `json:"cause"`
	Flag    string       `json:"flag,omitempty"`
	By      string       `json:"by,omitempty"`   // path of the object or script that needs it
	Name    string       `json:"name,omitempty"` // as By names it
	Path    string       `json:"path,omitempty"` // where the loader found it; "" if it did not
	Rule    elfdeps.Rule `json:"rule,omitempty"`
	Element string       `json:"element,omitempty"` // of the search path
	Group   string       `json:"group,omitempty"`
	Text    string       `json:"text,omitempty"`
}

// String names what brings the file in, as a text behind "by".
func (r Reason) String() string {
	switch r.Cause {
	case Asked:
		return r.Flag
	case Needed:
		return r.By + ", which needs " + r.Name
	case Interpreter:
		return r.By + ", whose interpreter it is"
	case ByDlopen:
		return r.By + ", which may open " + r.Name
	case Predicted:
		return "--with " + r.Group
	case Packaged:
		return "--package " + r.Name
	}
	return "the loader, which " + r.Text
}

// Evidence says in a few words what shows that the group of a Predicted file, or
// the file itself, is needed.
func (r Reason) Evidence() string {
	switch {
	case r.Cause == ByDlopen:
		return r.Text
	case r.Cause != Predicted:
		return r.String()
	case r.Flag != "":
		return "asked for"
	case r.Name == "":
		return r.Text
	}
	return fmt.Sprintf("%s (%s)", r.Name, path.Base(r.By))
}

// Step says how the loader came from By to the file: the name, the path, and the
// rule that led from one to the other.
func (r Reason) Step() string {
	switch {
	case r.Cause == Interpreter:
		return fmt.Sprintf("%s  interpreter of %s", r.Name, r.By)
	case r.Path == "":
		return r.Name + "  not found"
	case len(r.Element) > 1:
		return fmt.Sprintf("%s => %s  by %s %s", r.Name, r.Path, r.Rule, strings.TrimSuffix(r.Element, "/"))
	}
	return fmt.Sprintf("%s => %s  by %s", r.Name, r.Path, r.Rule)
}

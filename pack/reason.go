package pack

import (
	"cmp"
	"fmt"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
)

// Cause is the kind of a Reason.
type Cause string

// The causes.
const (
	// Asked means that a flag names the file. Flag is the flag with its value, or the
	// program's name.
	Asked Cause = "asked"
	// Needed means that the loader opens the file: By needs Name, which is found at
	// Path by Rule in Element.
	Needed Cause = "needed"
	// Interpreter means that the file is the loader of By, or the interpreter of the
	// script By.
	Interpreter Cause = "interpreter"
	// ByDlopen means that By may dlopen the file as Name. Text is the evidence.
	ByDlopen Cause = "dlopen"
	// Predicted means that the file belongs to Group. The symbol, library or string
	// Name in By shows that By does what needs the group; By and Name are "" for a group
	// that does not depend on a program. Text is what fails without the group.
	Predicted Cause = "predicted"
	// Packaged means that the file belongs to the installed package Name.
	Packaged Cause = "packaged"
	// LoaderFile means that the loader reads the file. Text is what the loader does.
	LoaderFile Cause = "loader"
)

// Reason is the reason why a file is in an image, or why a missing file is needed. No
// other type records that. Cause determines which of the other fields are used.
type Reason struct {
	Cause   Cause        `json:"cause"`
	Flag    string       `json:"flag,omitempty"`
	By      string       `json:"by,omitempty"`   // the path of the object or script that needs it
	Name    string       `json:"name,omitempty"` // the name in By
	Path    string       `json:"path,omitempty"` // where the loader found it; "" if it did not
	Rule    elfdeps.Rule `json:"rule,omitempty"`
	Element string       `json:"element,omitempty"` // the element of the search path
	Group   string       `json:"group,omitempty"`
	Does    string       `json:"does,omitempty"` // what By does with the group
	Text    string       `json:"text,omitempty"`
}

// String returns the reason as a phrase that can follow "by".
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

// Evidence returns in a few words the evidence for the need of a Predicted or ByDlopen
// file; for other causes it returns String.
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

// Summary returns in a few words, without symbols, why a Predicted file is there; for
// other causes it returns Evidence.
func (r Reason) Summary() string {
	switch {
	case r.Cause != Predicted || r.Flag != "":
		return r.Evidence()
	case r.Name == "":
		return cmp.Or(r.Does, "always")
	}
	return path.Base(r.By) + " " + r.Does
}

// Step returns the reason as a step of a chain (see Plan.Why): for a file that the
// loader finds, the name, the path and the rule that found it.
func (r Reason) Step() string {
	switch {
	case r.Cause == Interpreter:
		return fmt.Sprintf("%s  interpreter of %s", r.Name, r.By)
	case r.Cause == Predicted, r.Cause == ByDlopen && r.Rule == "":
		return r.String() + ": " + r.Evidence()
	case r.Cause == Asked, r.Cause == Packaged:
		return r.String()
	case r.Path == "":
		return r.Name + "  not found"
	case len(r.Element) > 1:
		return fmt.Sprintf("%s => %s  by %s %s", r.Name, r.Path, r.Rule, strings.TrimSuffix(r.Element, "/"))
	}
	return fmt.Sprintf("%s => %s  by %s", r.Name, r.Path, r.Rule)
}

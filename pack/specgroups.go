package pack

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/internal/nearest"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// Groups select the groups of run-time files that no DT_NEEDED names. The zero value
// selects the small groups that the programs certainly need.
type Groups struct {
	// With are names of groups to add, see GroupNames. "none" adds no other group,
	// "auto" also adds those of the zero value; the last of the two has precedence.
	With []string `json:"with,omitempty" yaml:"with,omitempty"`
	// Without are groups to leave out.
	Without []string `json:"without,omitempty" yaml:"without,omitempty"`
}

// GroupNames returns the names of the groups of run-time files, in the order of
// the manual.
func GroupNames() []string { return doctor.GroupNames() }

// GroupContents returns a short description of a group, "" if there is no such group.
func GroupContents(name string) string { return doctor.GroupContents(name) }

// DlopenLevels returns the values of Spec.Dlopen, in the order of what they add.
func DlopenLevels() (names []string) {
	for _, l := range doctor.Levels() {
		names = append(names, string(l))
	}
	return names
}

// parseGroups checks the names of g. accounts is set if the image needs passwd.
func parseGroups(g Groups, accounts bool) (doctor.Choice, error) {
	choice := doctor.Choice{Auto: true, Without: g.Without}
	for _, name := range g.With {
		switch {
		case name == "auto":
			choice.Auto = true
		case name == "none":
			choice.Auto = false
		case GroupContents(name) == "":
			return choice, unknownGroup("with", name)
		default:
			choice.With = append(choice.With, name)
		}
	}
	if accounts && !choice.Auto {
		choice.With = append(choice.With, "passwd")
	}
	for _, name := range g.Without {
		if accounts && name == "passwd" {
			return choice, usererr.Usage("--account and --without passwd cannot be used together",
				"use only one of them")
		}
		if GroupContents(name) == "" {
			return choice, unknownGroup("without", name)
		}
	}
	return choice, nil
}

// parseDlopen checks Spec.Dlopen.
func parseDlopen(name string) (doctor.Level, error) {
	switch {
	case name == "":
		return doctor.LevelDeclared, nil
	case !slices.Contains(DlopenLevels(), name):
		return "", usererr.Usage(fmt.Sprintf("--dlopen %q: must be declared, suggested, hinted or none", name), "")
	}
	return doctor.Level(name), nil
}

func unknownGroup(flag, name string) error {
	hint := "see mkrootfs --help=groups; the groups are " + strings.Join(GroupNames(), ", ")
	if meant := doctor.GroupsFor(name); len(meant) > 0 {
		hint = fmt.Sprintf("use --%s %s; see mkrootfs --help=groups", flag, strings.Join(meant, ","))
	} else if near := nearest.Of(name, append([]string{"auto", "none"}, GroupNames()...)); near != "" {
		hint = "did you mean --" + flag + " " + near + "?"
	}
	return usererr.Usage(fmt.Sprintf("--%s: unknown group %q", flag, name), hint)
}

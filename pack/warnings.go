package pack

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/internal/rights"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// addAdvice adds the advice of package doctor to the warnings and hints.
func (p *Plan) addAdvice(list []doctor.Advice) {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b doctor.Advice) int { return cmp.Compare(b.Degree, a.Degree) })
	for _, a := range list {
		if a.Warning {
			p.Warnings = append(p.Warnings, Warning{Topic: Lacking, Text: strings.TrimSuffix(a.Text+": "+a.Fix, ": ")})
		} else {
			p.Hints = append(p.Hints, Hint{a.Text, a.Fix})
		}
	}
}

// treeWarnings returns warnings about files with set-id bits or capabilities, and about
// symlinks whose targets are not in the image.
func treeWarnings(tree *rootfs.Tree) (list []Warning) {
	for _, e := range tree.Entries() {
		if what := rights.Of(e); what != "" {
			list = append(list, Warning{
				Topic: Rights, Text: e.Path + ": " + what,
				Hint: "add --copy src=…,chmod=0755 to drop set-id bits and capabilities, or " +
					"--copy src=…,chown=… to change the owner",
			})
		}
	}
	for _, d := range tree.Dangling() {
		w := Warning{Topic: Dangling}
		w.Text = fmt.Sprintf("%s: a symlink to %s, which is not in the image", d.Path, d.Target)
		if d.AtSource {
			w.Hint = "add --copy for the target of the symlink"
		}
		list = append(list, w)
	}
	return list
}

// accessWarnings returns warnings about files that the user of the image cannot read, and
// directories in which the user cannot make files.
func accessWarnings(user rights.User, c contents) (list []Warning) {
	user.Needs = func(e *rootfs.Entry) bool {
		cause := ReasonOf(e).Cause
		return cause == Asked || user.UID != 0 && cause != Predicted && cause != LoaderFile
	}
	user.Writes = c.findings.SharedDirs()
	texts, hint := rights.Denied(c.tree, user)
	for _, text := range texts {
		list = append(list, Warning{Topic: Denied, Text: text, Hint: hint})
	}
	return list
}

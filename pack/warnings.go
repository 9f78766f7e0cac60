package pack

import (
	"fmt"

	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/internal/rights"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// settingWarnings say which settings of --conf files will fail in a container.
func settingWarnings(settings []doctor.Setting) (list []Warning) {
	for _, s := range settings {
		at := fmt.Sprintf("%s:%d: %s", s.File, s.Line, s.Directive)
		switch s.Kind {
		case doctor.Daemonize:
			list = append(list, Warning{
				Text: at + " puts the program into the background, which ends its container",
				Hint: "leave it in the foreground",
			})
		case doctor.Loopback:
			list = append(list, Warning{
				Text: fmt.Sprintf("%s %s is reached from inside the container alone", at, s.Value),
				Hint: "0.0.0.0 is reached through published ports",
			})
		}
	}
	return list
}

// treeWarnings say which files run with the rights of another user or with
// capabilities, and which symlinks of copied trees lead nowhere in the image.
func treeWarnings(tree *rootfs.Tree) (list []Warning) {
	for _, e := range tree.Entries() {
		if what := rights.Of(e); what != "" {
			list = append(list, Warning{
				Topic: Rights, Text: e.Path + ": " + what,
				Hint: "--copy src=…,chmod=0755 drops set-id bits and capabilities, " +
					"src=…,chown=… gives a file to another owner",
			})
		}
	}
	for _, d := range tree.Dangling() {
		w := Warning{Topic: Dangling}
		w.Text = fmt.Sprintf("%s: a symlink to %s, which is not in the image", d.Path, d.Target)
		if d.AtSource {
			w.Hint = "--copy with what a symlink leads to adds that too"
		}
		list = append(list, w)
	}
	return list
}

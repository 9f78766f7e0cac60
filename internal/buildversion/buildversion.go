// Package buildversion says which version of a program is running. Start with Text.
package buildversion

import (
	"runtime/debug"
	"strings"
)

// Text returns the version for people. linked is the version that the linker set
// (-ldflags '-X main.version=…', as `git describe --tags --always --dirty` prints it), ""
// if it set none. info is what the Go toolchain recorded, nil if unknown: the version of
// the module for `go install …@v1.2.3`, or the state of the checkout. A text that does
// not begin with "v" is not a released version.
func Text(linked string, info *debug.BuildInfo) string {
	switch {
	case strings.HasPrefix(linked, "v"):
		return linked
	case linked != "":
		return "(devel) " + linked
	case info == nil:
		return "(devel) of unknown origin"
	case info.Main.Version != "" && info.Main.Version != "(devel)":
		return info.Main.Version
	}
	return "(devel) " + checkout(info)
}

// checkout returns the revision from which a program was built, in the form of git
// describe, else the version of Go.
func checkout(info *debug.BuildInfo) string {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	revision := settings["vcs.revision"]
	if revision == "" {
		return "without version control, built by " + info.GoVersion
	}
	revision = revision[:min(12, len(revision))]
	if settings["vcs.modified"] == "true" {
		revision += "-dirty"
	}
	return revision
}

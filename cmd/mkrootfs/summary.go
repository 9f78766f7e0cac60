package main

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/bytesize"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/rights"
	"github.com/mkrootfs/mkrootfs/pack"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// printSummary prints what the image contains, what was written and the next command.
func printSummary(u *ui, p *pack.Plan, r *pack.Result, o pack.Outputs) {
	printContents(u, p, r.Layer.Files, r.Layer.ContentSize)
	for _, w := range r.Written {
		kind := ""
		switch w.Type {
		case pack.DockerArchive:
			kind = "image "
		case pack.OCIArchive, pack.OCILayout:
			kind = "manifest "
		}
		u.printf("wrote %s: %s, %s, %s%s", w.Name(), description(w.Output), bytesize.Text(w.Size), kind, w.Digest)
	}
	switch {
	case r.Engine != "" && len(o.Tags) == 0:
		u.printf("loaded into %s: image %s", r.Engine, r.ImageID)
	case r.Engine != "":
		u.printf("loaded %s into %s, image %s", strings.Join(o.FamiliarTags(), ", "), r.Engine, r.ImageID)
	}
	for _, ref := range r.Pushed {
		u.printf("pushed %s", ref)
	}
	if next := nextCommand(p, r, o); next != "" && !lacks(p) {
		u.printf("next: %s", next)
	}
}

// description returns what an output is. For a docker archive that has the name of a
// root file system, it adds what that would be.
func description(o pack.Output) string {
	text := o.Description()
	if o.Type == pack.DockerArchive && strings.HasPrefix(path.Base(o.Dest), "rootfs") {
		text += " (an image for docker load; -o rootfs.tar.gz writes the root file system)"
	}
	return text
}

// printDryRun prints what a run without --dry-run would do.
func printDryRun(u *ui, p *pack.Plan, o pack.Outputs) {
	var files int
	var bytes int64
	for _, e := range p.Tree.Entries() {
		if e.Mode.IsRegular() && e.Hardlink == "" {
			files++
			bytes += e.Size
		}
	}
	printContents(u, p, files, bytes)
	for _, out := range o.Files {
		u.printf("would write %s: %s", out.Dest, description(out))
	}
	switch {
	case o.Load && len(o.Tags) == 0:
		u.printf("would load the image into the engine")
	case o.Load:
		u.printf("would load %s into the engine", strings.Join(o.FamiliarTags(), ", "))
	}
	if o.Push {
		u.printf("would push %s", strings.Join(o.FamiliarTags(), ", "))
	}
}

// printContents prints what the image contains, why, and how it will be run.
func printContents(u *ui, p *pack.Plan, files int, bytes int64) {
	var names []string
	for _, prog := range p.Programs {
		names = append(names, path.Base(prog.Dest))
	}
	count := fmt.Sprintf("%d files", files)
	if files == 1 {
		count = "1 file"
	}
	platform := p.Config.Platform
	u.printf("%s: %s, %s, for %s", strings.Join(names, ", "), count, bytesize.Text(bytes), platform.String())
	if u.verbosity.verbose {
		for _, e := range p.Tree.Entries() {
			u.printf("  %s", entryLine(e))
		}
	}
	for _, g := range p.Groups {
		if g.Files > 0 {
			u.printf("  + %s", groupLine(g, u.verbosity.verbose))
		}
	}
	for _, note := range p.Notes {
		u.printf("  + %s", note)
	}
	printOpened(u, p)
	for _, line := range runLines(p) {
		u.printf("  %s", line)
	}
	if !u.verbosity.quiet {
		u.hints(p.Hints)
	}
}

// groupLine returns the line for a group: its name, its size and why it is there, if
// verbose is true with the symbol or string that shows it.
func groupLine(g pack.Group, verbose bool) string {
	line := g.Name
	if g.Size >= 1000 {
		line += " " + bytesize.Text(g.Size)
	}
	why := g.Reason.Summary()
	if verbose && g.Reason.Name != "" {
		why += ": " + g.Reason.Name
	}
	if g.Detail != "" {
		return fmt.Sprintf("%s  %s (%s)", line, g.Detail, why)
	}
	return line + "  " + why
}

// printOpened prints the libraries that objects declare to dlopen and that were left
// out, with --verbose also those that are in the image.
func printOpened(u *ui, p *pack.Plan) {
	for _, o := range p.Opened {
		by := path.Base(o.Reason.By)
		switch {
		case o.Path == "":
			u.printf("  - %s: %s may open it (%s); --dlopen suggested adds it", o.Reason.Name, by, o.Reason.Text)
		case u.verbosity.verbose:
			u.printf("  + %s: %s opens it (%s)", o.Path, by, o.Reason.Text)
		}
	}
}

// maxHints is the maximum number of hints without --verbose.
const maxHints = 5

// hints writes hints, without --verbose only the first few.
func (u *ui) hints(list []pack.Hint) {
	for i, h := range list {
		if i == maxHints && !u.verbosity.verbose {
			u.message("hint", fmt.Sprintf("and %d more: add --verbose to see all of them", len(list)-i))
			return
		}
		u.message("hint", h.Text+": "+h.Fix)
	}
}

// runLines returns the lines about how a container will be started.
func runLines(p *pack.Plan) []string {
	var lines []string
	c := p.Config
	if len(c.Entrypoint) > 0 {
		lines = append(lines, "ENTRYPOINT "+quote.ShellWords(c.Entrypoint...))
	}
	if len(c.Cmd) > 0 {
		lines = append(lines, "CMD "+quote.ShellWords(c.Cmd...))
	}
	if len(c.ExposedPorts) > 0 {
		lines = append(lines, "EXPOSE "+quote.Some(c.ExposedPorts))
	}
	if c.User != "" {
		lines = append(lines, "USER "+c.User)
	}
	return lines
}

// digestLines returns the function that returns the lines for stdout: with --push the
// references of the pushed images, with --quiet the digest. An output on stdout is
// there alone.
func digestLines(u *ui, o pack.Outputs) func(*pack.Result) []string {
	return func(r *pack.Result) []string {
		switch {
		case len(r.Pushed) > 0:
			return r.Pushed
		case u.verbosity.quiet && !o.ToStdout():
			return []string{r.Digest()}
		}
		return nil
	}
}

// lacks reports whether a program does not start in the image.
func lacks(p *pack.Plan) bool {
	return slices.ContainsFunc(p.Warnings, func(w pack.Warning) bool { return w.Topic == pack.Lacking })
}

// nextCommand returns a command that uses the result, "" if there is none.
func nextCommand(p *pack.Plan, r *pack.Result, o pack.Outputs) string {
	tags := o.FamiliarTags()
	if r.Engine != "" {
		return r.EngineCommand + runArguments(p, append(tags, r.ImageID)[0])
	}
	files := slices.DeleteFunc(slices.Clone(r.Written), func(w pack.Written) bool { return w.Dest == "-" })
	if len(tags) == 0 {
		return nextUntagged(files)
	}
	for _, w := range files {
		switch w.Type {
		case pack.DockerArchive:
			return "docker load -i " + quote.ShellWord(w.Dest) + " && docker" + runArguments(p, tags[0])
		case pack.OCIArchive:
			return "podman load -i " + quote.ShellWord(w.Dest)
		case pack.OCILayout:
			_, tag, _ := strings.Cut(path.Base(tags[0]), ":")
			return "skopeo inspect " + quote.ShellWord("oci:"+w.Dest+":"+tag)
		}
	}
	return ""
}

// nextUntagged returns a command that uses one of the files, whose image has no name.
func nextUntagged(files []pack.Written) string {
	for _, w := range files {
		switch w.Type {
		case pack.RootFS:
			return "docker import " + quote.ShellWord(w.Dest) + ", or -t NAME:TAG for an image with its configuration"
		case pack.DockerArchive:
			return "docker load -i " + quote.ShellWord(w.Dest) + ", or -t NAME:TAG to give the image a name"
		}
	}
	return ""
}

// runArguments returns the arguments of docker or podman that run an image.
func runArguments(p *pack.Plan, image string) string {
	return " run --rm" + publishFlags(p.Config.ExposedPorts) + " " + image
}

// publishFlags returns the flags of docker run that publish each port under its number.
func publishFlags(ports []string) string {
	if len(ports) > maxShown {
		return " -P"
	}
	var b strings.Builder
	for _, port := range ports {
		number, proto, _ := strings.Cut(port, "/")
		published := number + ":" + number
		if proto != "tcp" {
			published += "/" + proto
		}
		b.WriteString(" -p " + published)
	}
	return b.String()
}

// entryLine returns the line for a file: mode, owner, size, path, capabilities and the
// reason why it is in the image.
func entryLine(e *rootfs.Entry) string {
	line := fmt.Sprintf("%s %d:%d %8s %s", rights.Mode(e.Mode), e.UID, e.GID, bytesize.Text(e.Size), e.Path)
	if e.Linkname != "" {
		line += " -> " + e.Linkname
	}
	if e.Hardlink != "" {
		line += " = " + e.Hardlink
	}
	if caps := rights.Capabilities(e); caps != "" {
		line += " [" + caps + "]"
	}
	return line + "  by " + pack.ReasonOf(e).String()
}

package main

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/show"
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
		u.printf("wrote %s: %s, %s, %s%s", w.Name(), w.Description(), show.Size(w.Size), kind, w.Digest)
	}
	if r.Engine != "" {
		u.printf("loaded %s into %s, image %s", strings.Join(o.FamiliarTags(), ", "), r.Engine, r.ImageID)
	}
	for _, ref := range r.Pushed {
		u.printf("pushed %s", ref)
	}
	if next := nextCommand(p, r, o); next != "" {
		u.printf("next: %s", next)
	}
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
		u.printf("would write %s: %s", out.Dest, out.Description())
	}
	if o.Load {
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
	u.printf("%s: %s, %s, for %s", strings.Join(names, ", "), count, show.Size(bytes), platform.String())
	if u.verbosity.verbose {
		for _, e := range p.Tree.Entries() {
			u.printf("  %s", entryLine(e))
		}
	}
	for _, g := range p.Groups {
		if g.Files > 0 {
			u.printf("  + %s %s: %s", g.Name, show.Size(g.Size), g.Reason.Evidence())
		}
	}
	printOpened(u, p)
	for _, line := range runLines(p) {
		u.printf("  %s", line)
	}
	if u.verbosity.quiet {
		return
	}
	hintOpened(u, p)
	for _, g := range p.Suggestions {
		u.message("hint", fmt.Sprintf("%s: --with %s adds %s", g.Reason.Evidence(), g.Name, show.Size(g.Size)))
	}
}

// printOpened prints the libraries that objects declare to dlopen and that were left
// out, with --verbose also those that are in the image.
func printOpened(u *ui, p *pack.Plan) {
	for _, o := range p.Opened {
		by := path.Base(o.Reason.By)
		switch {
		case o.Path == "" && !o.Guessed:
			u.printf("  - %s: %s may open it (%s); --dlopen suggested adds it", o.Reason.Name, by, o.Reason.Text)
		case o.Path != "" && u.verbosity.verbose:
			u.printf("  + %s: %s opens it (%s)", o.Path, by, o.Reason.Text)
		}
	}
}

// hintOpened prints hints about libraries that only strings of objects name and that
// are not in the image, and about formats from which objects make names.
func hintOpened(u *ui, p *pack.Plan) {
	var names, patterns []string
	for i, o := range p.Opened {
		if !o.Guessed || o.Path != "" {
			continue
		}
		if o.Pattern {
			patterns = append(patterns, o.Reason.Name)
		} else {
			names = append(names, quote.ShellWord(o.Reason.Name))
		}
		if i+1 < len(p.Opened) && p.Opened[i+1].Reason.By == o.Reason.By && p.Opened[i+1].Pattern == o.Pattern {
			continue // the next one is of the same object
		}
		by := quote.ShellWord(path.Base(o.Reason.By))
		if len(names) > 0 {
			u.message("hint", by+" may dlopen "+quote.Some(names)+": add --dlopen hinted or --lib NAME")
		}
		if len(patterns) > 0 && u.verbosity.verbose {
			u.message("hint", by+" builds library names at run time: "+quote.Some(patterns))
		}
		names, patterns = nil, nil
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
// references of the pushed images, with --quiet the digest.
func digestLines(u *ui) func(*pack.Result) []string {
	return func(r *pack.Result) []string {
		switch {
		case len(r.Pushed) > 0:
			return r.Pushed
		case u.verbosity.quiet:
			return []string{r.Digest()}
		}
		return nil
	}
}

// nextCommand returns a command that uses the result, "" if there is none.
func nextCommand(p *pack.Plan, r *pack.Result, o pack.Outputs) string {
	tags := o.FamiliarTags()
	files := slices.DeleteFunc(slices.Clone(r.Written), func(w pack.Written) bool { return w.Dest == "-" })
	if len(tags) == 0 {
		for _, w := range files {
			if w.Type == pack.RootFS {
				return "docker import " + quote.ShellWord(w.Dest) +
					", or -t NAME:TAG for an image with its configuration"
			}
		}
		return ""
	}
	start := " run --rm" + publishFlags(p.Config.ExposedPorts) + " " + tags[0]
	if r.Engine != "" {
		return r.EngineCommand + start
	}
	for _, w := range files {
		switch w.Type {
		case pack.DockerArchive:
			return "docker load -i " + quote.ShellWord(w.Dest) + " && docker" + start
		case pack.OCIArchive:
			return "podman load -i " + quote.ShellWord(w.Dest)
		case pack.OCILayout:
			_, tag, _ := strings.Cut(path.Base(tags[0]), ":")
			return "skopeo inspect " + quote.ShellWord("oci:"+w.Dest+":"+tag)
		}
	}
	return ""
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
	line := fmt.Sprintf("%s %d:%d %8s %s", rights.Mode(e.Mode), e.UID, e.GID, show.Size(e.Size), e.Path)
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

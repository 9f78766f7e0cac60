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

// account says what went in, what came out and which command comes next.
func account(u *ui, p *pack.Plan, r *pack.Result, o pack.Outputs) {
	sayContents(u, p, r.Layer.Files, r.Layer.ContentSize)
	for _, w := range r.Written {
		kind := ""
		switch w.Type {
		case pack.DockerArchive:
			kind = "image "
		case pack.OCIArchive, pack.OCILayout:
			kind = "manifest "
		}
		u.say("wrote %s: %s, %s, %s%s", w.Name(), w.Description(), show.Size(w.Size), kind, w.Digest)
	}
	if r.Engine != "" {
		u.say("loaded %s into %s, image %s", strings.Join(o.FamiliarTags(), ", "), r.Engine, r.ImageID)
	}
	for _, ref := range r.Pushed {
		u.say("pushed %s", ref)
	}
	if next := nextCommand(p, r, o); next != "" {
		u.say("next: %s", next)
	}
}

// forecast says what a run without --dry-run would do.
func forecast(u *ui, p *pack.Plan, o pack.Outputs) {
	var files int
	var bytes int64
	for _, e := range p.Tree.Entries() {
		if e.Mode.IsRegular() && e.Hardlink == "" {
			files++
			bytes += e.Size
		}
	}
	sayContents(u, p, files, bytes)
	for _, out := range o.Files {
		u.say("would write %s: %s", out.Dest, out.Description())
	}
	if o.Load {
		u.say("would load %s into the engine", strings.Join(o.FamiliarTags(), ", "))
	}
	if o.Push {
		u.say("would push %s", strings.Join(o.FamiliarTags(), ", "))
	}
}

// sayContents says what goes in, why, and how it will be run.
func sayContents(u *ui, p *pack.Plan, files int, bytes int64) {
	var names []string
	for _, prog := range p.Programs {
		names = append(names, path.Base(prog.Dest))
	}
	count := fmt.Sprintf("%d files", files)
	if files == 1 {
		count = "1 file"
	}
	platform := p.Config.Platform
	u.say("%s: %s, %s, for %s", strings.Join(names, ", "), count, show.Size(bytes), platform.String())
	if u.talk.verbose {
		for _, e := range p.Tree.Entries() {
			u.say("  %s", entryLine(e))
		}
	}
	for _, g := range p.Groups {
		if g.Files > 0 {
			u.say("  + %s %s: %s", g.Name, show.Size(g.Size), g.Reason.Evidence())
		}
	}
	sayOpened(u, p)
	for _, line := range runLines(p) {
		u.say("  %s", line)
	}
	if u.talk.quiet {
		return
	}
	hintOpened(u, p)
	for _, g := range p.Suggestions {
		u.line("hint", fmt.Sprintf("%s: --with %s adds %s", g.Reason.Evidence(), g.Name, show.Size(g.Size)))
	}
}

// sayOpened says which libraries went in because an object declares them, and
// which were left out.
func sayOpened(u *ui, p *pack.Plan) {
	for _, o := range p.Opened {
		by := path.Base(o.Reason.By)
		switch {
		case o.Path == "" && !o.Guessed:
			u.say("  - %s: %s may open it (%s); --dlopen suggested adds it", o.Reason.Name, by, o.Reason.Text)
		case o.Path != "" && u.talk.verbose:
			u.say("  + %s: %s opens it (%s)", o.Path, by, o.Reason.Text)
		}
	}
}

// hintOpened names the libraries that strings of objects name and that did not go
// in, and the patterns of names that objects make up.
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
			continue // more of the same object
		}
		by := quote.ShellWord(path.Base(o.Reason.By))
		if len(names) > 0 {
			u.line("hint", by+" may dlopen "+quote.Some(names)+": add --dlopen hinted or --lib NAME")
		}
		if len(patterns) > 0 && u.talk.verbose {
			u.line("hint", by+" builds library names at run time: "+quote.Some(patterns))
		}
		names, patterns = nil, nil
	}
}

// runLines say how a container will be started, where that is not obvious.
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

// answerFor returns what --push and --quiet promise on stdout: the one digest that
// a script needs.
func answerFor(u *ui) func(*pack.Result) []string {
	return func(r *pack.Result) []string {
		switch {
		case len(r.Pushed) > 0:
			return r.Pushed
		case u.talk.quiet:
			return []string{r.Digest()}
		}
		return nil
	}
}

// nextCommand is the command that uses what was made.
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

// publishFlags publishes each exposed port under its own number.
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

// entryLine is one file of the account: mode, owner, size, path, capabilities and
// what brings it in.
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

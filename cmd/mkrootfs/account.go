package main

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/show"
	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/tell"
	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// account tells a person what went in, what came out and what to type next.
func (p *packing) account(ctx context.Context, u *ui, r *result) {
	u.say("%s: %s", p.names(), p.contents(r))
	p.sayContents(ctx, u)
	for _, d := range r.written {
		u.say("wrote %s: %s, %s, %s", d.name(), d.what(), show.Size(d.size), p.digestOf(d, r))
	}
	if r.engine != "" {
		u.say("loaded %s into %s, image %s", p.tagList(), r.engine, r.imageID)
	}
	for _, ref := range r.pushed {
		u.say("pushed %s", ref)
	}
	if next := p.next(r); next != "" {
		u.say("next: %s", next)
	}
}

// sayContents says what went in beside the closure, and how it will be run.
func (p *packing) sayContents(ctx context.Context, u *ui) {
	if u.verbose {
		for _, e := range p.tree.Entries() {
			u.say("  %s", entryLine(e))
		}
	}
	for _, b := range p.brought {
		if len(b.plan.Additions) > 0 {
			u.say("  + %s %s: %s", b.plan.Group, show.Size(b.plan.Size), b.because())
		}
	}
	p.sayOpens(u)
	for _, line := range p.runLines() {
		u.say("  %s", line)
	}
	if u.quiet {
		return
	}
	p.hintDlopen(ctx, u)
	for _, b := range p.hints {
		u.line("hint", fmt.Sprintf("%s: --with %s adds %s", b.because(), b.plan.Group, show.Size(b.plan.Size)))
	}
}

// forecast says what a run without --dry-run would do.
func (p *packing) forecast(ctx context.Context, u *ui) {
	var files int
	var bytes int64
	for _, e := range p.tree.Entries() {
		if e.Mode.IsRegular() && e.Hardlink == "" {
			files++
			bytes += e.Size
		}
	}
	u.say("%s: %s", p.names(), p.contents(&result{sum: rootfs.Sum{Files: files, ContentSize: bytes}}))
	p.sayContents(ctx, u)
	for _, out := range p.outputs {
		u.say("would write %s: %s", out.dest, out.what())
	}
	if p.load {
		u.say("would load %s into the engine", p.tagList())
	}
	if p.push {
		u.say("would push %s", p.tagList())
	}
}

// answer writes to stdout what --push and --quiet promise there: the one digest
// that a script needs.
func (p *packing) answer(u *ui, r *result, stdout io.Writer) error {
	var lines []string
	switch {
	case len(r.pushed) > 0:
		lines = r.pushed
	case u.quiet:
		lines = []string{p.digest(r)}
	}
	for _, l := range lines {
		if _, err := fmt.Fprintln(stdout, l); err != nil {
			return fmt.Errorf("stdout: %w", err)
		}
	}
	return nil
}

// digest is the one that the first destination knows the work by: an engine
// goes by the image's id, an OCI layout by the manifest's digest, and the root
// file system has the layer's.
func (p *packing) digest(r *result) string {
	for _, d := range r.written {
		if d.isImage() {
			return p.digestOf(d, r)[len(digestKind(d.kind)):]
		}
	}
	if r.engine != "" {
		return r.imageID.String()
	}
	return r.sum.Digest
}

// digestOf says what an output is called by.
func (p *packing) digestOf(d *destination, r *result) string {
	switch d.kind {
	case kindDocker:
		return digestKind(d.kind) + r.imageID.String()
	case kindOCI, kindOCIDir:
		return digestKind(d.kind) + r.digest.String()
	}
	if d.uncompressed {
		return digestKind(d.kind) + r.sum.DiffID
	}
	return digestKind(d.kind) + r.sum.Digest
}

func digestKind(k kind) string {
	switch k {
	case kindDocker:
		return "image "
	case kindOCI, kindOCIDir:
		return "manifest "
	}
	return ""
}

func (d *destination) name() string {
	if d.isStdout() {
		return "stdout"
	}
	return d.dest
}

func (p *packing) names() string {
	var names []string
	for _, prog := range p.programs {
		names = append(names, path.Base(prog.Dest))
	}
	return strings.Join(names, ", ")
}

func (p *packing) contents(r *result) string {
	files := fmt.Sprintf("%d files", r.sum.Files)
	if r.sum.Files == 1 {
		files = "1 file"
	}
	platform := p.config.Platform
	return fmt.Sprintf("%s, %s, for %s", files, show.Size(r.sum.ContentSize), platform.String())
}

// runLines says how a container will be started, where that is not plain.
func (p *packing) runLines() []string {
	var lines []string
	if len(p.config.Entrypoint) > 0 {
		lines = append(lines, "ENTRYPOINT "+tell.ShellWords(p.config.Entrypoint...))
	}
	if len(p.config.Cmd) > 0 {
		lines = append(lines, "CMD "+tell.ShellWords(p.config.Cmd...))
	}
	if len(p.config.ExposedPorts) > 0 {
		lines = append(lines, "EXPOSE "+some(p.config.ExposedPorts))
	}
	if p.config.User != "" {
		lines = append(lines, "USER "+p.config.User)
	}
	return lines
}

// maxShown is how many of a long list a person is shown.
const maxShown = 8

// some joins a list, a long one only in part.
func some(list []string) string {
	if len(list) <= maxShown {
		return strings.Join(list, " ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:maxShown], " "), len(list)-maxShown)
}

func (p *packing) tagList() string {
	var names []string
	for _, t := range p.tags {
		names = append(names, image.Familiar(t))
	}
	return strings.Join(names, ", ")
}

// next is the command that uses what came out.
func (p *packing) next(r *result) string {
	if len(p.tags) == 0 {
		for _, d := range r.written {
			if d.kind == kindTar && !d.isStdout() {
				return "docker import " + shellWord(d.dest) + ", or -t NAME:TAG for an image with its configuration"
			}
		}
		return ""
	}
	run := " run --rm" + p.publishFlags() + " " + image.Familiar(p.tags[0])
	if r.engine != "" {
		return r.command + run
	}
	run = "docker" + run
	for _, d := range r.written {
		if d.isStdout() {
			continue
		}
		switch d.kind {
		case kindDocker:
			return "docker load -i " + shellWord(d.dest) + " && " + run
		case kindOCI:
			return "podman load -i " + shellWord(d.dest)
		case kindOCIDir:
			return "skopeo inspect " + shellWord("oci:"+d.dest+":"+p.tags[0].TagStr())
		}
	}
	return ""
}

// publishFlags publishes each exposed port under its own number.
func (p *packing) publishFlags() string {
	if len(p.config.ExposedPorts) > maxShown {
		return " -P"
	}
	var b strings.Builder
	for _, port := range p.config.ExposedPorts {
		number, proto, _ := strings.Cut(port, "/")
		if proto != "tcp" {
			number += ":" + number + "/" + proto
		} else {
			number += ":" + number
		}
		b.WriteString(" -p " + number)
	}
	return b.String()
}

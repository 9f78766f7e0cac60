package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/image/dockerflag"
	"github.com/mkrootfs/mkrootfs/pack"
)

// flagDef is one flag of the command line. A flag without a value name is a switch,
// whose value is "true" or "false".
type flagDef struct {
	name, short string
	value       string // what the manual calls the value
	usage       string
	set         func(r *request, value string) error
	// values are the values that a shell completes, nil for files.
	values func() []string
	// optional is the value of the flag if it is given without one.
	optional string
}

// flagGroup is a part of the manual.
type flagGroup struct {
	title string
	flags []flagDef
}

// flagGroups are all flags, in the order of the manual.
var flagGroups = []flagGroup{
	{"What goes in", inputFlags},
	{"The image's configuration", configFlags},
	{"What comes out", outputFlags},
	{"Looking instead of building", lookFlags},
	{"How much it says", talkFlags},
}

var inputFlags = []flagDef{
	{name: "conf", value: "SRC[:DST]", usage: "a configuration file, to /etc/<stem>/<base> unless DST is given; it becomes the program's first argument, its ports EXPOSE",
		set: func(r *request, v string) error {
			r.spec.Files.Conf = append(r.spec.Files.Conf, pack.ParseConf(v))
			return nil
		}},
	{name: "copy", value: "SRC[:DST]", usage: "a file or a tree, symlinks kept, its ELF files with their libraries; also src=,dst=,chown=,chmod=, and @LIST or @- for lines of them",
		set: list(func(r *request) *[]string { return &r.copies })},
	{name: "mkdir", value: "PATH[:MODE[:OWNER]]", usage: "an empty directory",
		set: func(r *request, v string) error {
			r.spec.Files.Mkdir = append(r.spec.Files.Mkdir, pack.ParseDir(v))
			return nil
		}},
	{name: "lib", value: "NAME", usage: "one more shared object, found as dlopen would find it, with its closure",
		set: list(func(r *request) *[]string { return &r.spec.Files.Lib })},
	{name: "with", value: "GROUP[,GROUP]", values: withValues,
		usage: "run-time files that no DT_NEEDED names: auto adds those that the programs' own symbols show to be needed, which is the default; none; or groups: " + strings.Join(pack.GroupNames(), " "),
		set:   words(func(r *request) *[]string { return &r.spec.Groups.With })},
	{name: "without", value: "GROUP[,GROUP]", usage: "leave out groups that auto would add", values: pack.GroupNames,
		set: words(func(r *request) *[]string { return &r.spec.Groups.Without })},
	{name: "package", value: "NAME", usage: "all files of an installed package, without documentation and translations, and their closures",
		set: list(func(r *request) *[]string { return &r.spec.Files.Package })},
	{name: "dlopen", value: "declared|suggested|hinted|none", values: pack.DlopenLevels,
		usage: "how far to follow what the objects may dlopen: what they declare in .note.dlopen, what they merely suggest there, names found as strings (default declared)",
		set:   text(func(r *request) *string { return &r.spec.Dlopen })},
	{name: "library-path", value: "DIR[:DIR]", usage: "searched as LD_LIBRARY_PATH is, and before it",
		set: text(func(r *request) *string { return &r.spec.LibraryPath })},
	{name: "sysroot", value: "DIR", usage: "resolve everything inside DIR as if it were /",
		set: required("sysroot", func(r *request) *string { return &r.spec.Sysroot })},
	{name: "platform", value: "OS/ARCH[/VARIANT]", usage: "what the image says it is for; read from the ELF header otherwise",
		set: text(func(r *request) *string { return &r.spec.Platform })},
}

var configFlags = []flagDef{
	{name: "tag", short: "t", value: "NAME:TAG", usage: "the image's name; repeatable",
		set: list(func(r *request) *[]string { return &r.outputs.Tags })},
	{name: "entrypoint", value: "COMMAND", usage: "a JSON array, or words as a shell splits them; empty clears",
		set: command(func(r *request) *[]string { return &r.spec.Image.Entrypoint })},
	{name: "cmd", value: "COMMAND", usage: "likewise; the default is the program and the conf file",
		set: command(func(r *request) *[]string { return &r.spec.Image.Cmd })},
	{name: "env", short: "e", value: "K=V", usage: "an environment variable; K alone inherits",
		set: list(func(r *request) *[]string { return &r.env })},
	{name: "env-file", value: "FILE", usage: "lines of K=V",
		set: list(func(r *request) *[]string { return &r.envFiles })},
	{name: "workdir", short: "w", value: "DIR", usage: "the working directory",
		set: text(func(r *request) *string { return &r.spec.Image.WorkingDir })},
	{name: "user", short: "u", value: "NAME|UID[:GROUP|GID]", usage: "who runs it; a name is looked up in the source and written as a number",
		set: text(func(r *request) *string { return &r.spec.Image.User })},
	{name: "expose", value: "PORT[/PROTO]", usage: "a port or a range of ports",
		set: list(func(r *request) *[]string { return &r.spec.Image.Expose })},
	{name: "volume", value: "PATH", usage: "a mount point",
		set: list(func(r *request) *[]string { return &r.spec.Image.Volumes })},
	{name: "label", short: "l", value: "K=V", usage: "a label",
		set: list(func(r *request) *[]string { return &r.labels })},
	{name: "annotation", short: "a", value: "K=V", usage: "an annotation of the manifest",
		set: list(func(r *request) *[]string { return &r.annotations })},
	{name: "stop-signal", value: "SIGNAL", usage: "the signal that ends the container",
		set: text(func(r *request) *string { return &r.spec.Image.StopSignal })},
	{name: "health-cmd", value: "COMMAND", usage: `the health check, a JSON array or words; "none" disables`,
		set: text(func(r *request) *string { return &health(r).Command })},
	{name: "health-interval", value: "DURATION", usage: "time between two checks",
		set: text(func(r *request) *string { return &health(r).Interval })},
	{name: "health-timeout", value: "DURATION", usage: "time that a check may take",
		set: text(func(r *request) *string { return &health(r).Timeout })},
	{name: "health-start-period", value: "DURATION", usage: "time in which failures do not count",
		set: text(func(r *request) *string { return &health(r).StartPeriod })},
	{name: "health-retries", value: "N", usage: "failures in a row that make it unhealthy",
		set: number(func(r *request) *int { return &health(r).Retries })},
	{name: "author", value: "NAME", usage: "who made the image",
		set: text(func(r *request) *string { return &r.spec.Image.Author })},
}

var outputFlags = []flagDef{
	{name: "output", short: "o", value: "SPEC", usage: "repeatable: type=docker|oci|oci-dir|tar,dest=PATH, or a PATH ending in .tar .oci.tar .tar.gz; - is stdout",
		set: list(func(r *request) *[]string { return &r.files })},
	{name: "load", usage: "into the docker or podman engine of this machine",
		set: toggle(func(r *request) *bool { return &r.outputs.Load })},
	{name: "push", usage: "to the tag's registry",
		set: toggle(func(r *request) *bool { return &r.outputs.Push })},
	{name: "insecure", usage: "allow plain HTTP and unverified TLS to the registry",
		set: toggle(func(r *request) *bool { return &r.outputs.Insecure })},
	{name: "format", value: "oci|docker", usage: "media types; what the destination expects otherwise", values: formatNames,
		set: func(r *request, v string) error { r.outputs.Format = image.Format(v); return nil }},
	{name: "compression-level", value: "N", usage: "of gzip, 1 (fast) to 9 (small); the default is 6",
		set: number(func(r *request) *int { return &r.outputs.Level })},
	{name: "timestamp", value: "SECONDS", usage: "every time in every output, in seconds since 1970; SOURCE_DATE_EPOCH, else 0",
		set: text(func(r *request) *string { return &r.timestamp })},
}

var lookFlags = []flagDef{
	{name: "print", value: "tree|ldd|json|list", usage: "who needs whom, what ldd would say, all of it for programs, or every path (with -v as a build names it); ldd and list write names as they are unless to a terminal",
		values: formNames, set: required("print", func(r *request) *string { return &r.look.print })},
	{name: "print0", usage: "with --print list: end each path with a NUL, for names with newlines",
		set: toggle(func(r *request) *bool { return &r.look.print0 })},
	{name: "why", value: "NAME", usage: "the chains that bring a file in, and the rules that found it",
		set: required("why", func(r *request) *string { return &r.look.why })},
	{name: "cross-check", value: "own|force", optional: "own", values: func() []string { return []string{"own", "force"} },
		usage: "ask the system's own loader too, which runs it, and print where the answers differ; own refuses files that others own or may write, force does not",
		set:   required("cross-check", func(r *request) *string { return &r.look.crossCheck })},
	{name: "dry-run", short: "n", usage: "say what would be written",
		set: toggle(func(r *request) *bool { return &r.look.dryRun })},
}

var talkFlags = []flagDef{
	{name: "quiet", short: "q", usage: "print the digest alone, on stdout",
		set: toggle(func(r *request) *bool { return &r.talk.quiet })},
	{name: "verbose", short: "v", usage: "name every file that went in, and why",
		set: toggle(func(r *request) *bool { return &r.talk.verbose })},
	{name: "progress", value: "auto|plain|none", usage: "auto shows it on a terminal after a second", values: progressNames,
		set: text(func(r *request) *string { return &r.talk.progress })},
	{name: "completion", value: "bash|zsh|fish|powershell", usage: "print the completion script for a shell", values: shellNames,
		set: required("completion", func(r *request) *string { return &r.completion })},
	{name: "version", usage: "print the version",
		set: toggle(func(r *request) *bool { return &r.version })},
	{name: "help", short: "h", usage: "print this page",
		set: toggle(func(r *request) *bool { return &r.help })},
}

func withValues() []string    { return append([]string{"auto", "none"}, pack.GroupNames()...) }
func formatNames() []string   { return []string{string(image.OCI), string(image.Docker)} }
func progressNames() []string { return []string{"auto", "plain", "none"} }
func shellNames() []string    { return []string{"bash", "zsh", "fish", "powershell"} }

// health returns the health check of a request, which it has from then on.
func health(r *request) *pack.Health {
	if r.spec.Image.Health == nil {
		r.spec.Image.Health = &pack.Health{}
	}
	return r.spec.Image.Health
}

// text, list and the functions after it return setters for what f points to.
func text(f func(*request) *string) func(*request, string) error {
	return func(r *request, v string) error {
		*f(r) = v
		return nil
	}
}

// required is text for a flag whose value must not be empty.
func required(name string, f func(*request) *string) func(*request, string) error {
	return func(r *request, v string) error {
		if v == "" {
			return usage("--"+name+": the value is empty", "leave the flag out, or give it a value")
		}
		*f(r) = v
		return nil
	}
}

// list appends each value as it is.
func list(f func(*request) *[]string) func(*request, string) error {
	return func(r *request, v string) error {
		*f(r) = append(*f(r), v)
		return nil
	}
}

// words appends the parts of a value that commas separate.
func words(f func(*request) *[]string) func(*request, string) error {
	return func(r *request, v string) error {
		*f(r) = append(*f(r), strings.Split(v, ",")...)
		return nil
	}
}

// command sets the words of a command; an empty value is an empty slice that is not
// nil.
func command(f func(*request) *[]string) func(*request, string) error {
	return func(r *request, v string) (err error) {
		*f(r), err = dockerflag.ParseCommand(v)
		return err
	}
}

func toggle(f func(*request) *bool) func(*request, string) error {
	return func(r *request, v string) (err error) {
		if *f(r), err = strconv.ParseBool(v); err != nil {
			err = fmt.Errorf("%q is neither true nor false", v)
		}
		return err
	}
}

func number(f func(*request) *int) func(*request, string) error {
	return func(r *request, v string) (err error) {
		if *f(r), err = strconv.Atoi(v); err != nil {
			err = fmt.Errorf("%q is not a number", v)
		}
		return err
	}
}

package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

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
	set         setter
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

// flagGroups returns all flags, in the order of the manual.
func flagGroups() []flagGroup {
	return []flagGroup{
		{"What goes in", inputFlags()},
		{"The image's configuration", configFlags()},
		{"What comes out", outputFlags()},
		{"Looking instead of building", lookFlags()},
		{"How much it says", talkFlags()},
	}
}

func inputFlags() []flagDef {
	return []flagDef{
		option("conf", "SRC[:DST]",
			"a configuration file, to /etc/<stem>/<base> unless DST is given; it becomes the program's first "+
				"argument, its ports EXPOSE",
			func(r *request, v string) error {
				r.spec.Files.Conf = append(r.spec.Files.Conf, pack.ParseConf(v))
				return nil
			}),
		option("copy", "SRC[:DST]",
			"a file or a tree, symlinks kept, its ELF files with their libraries; also src=,dst=,chown=,chmod=, "+
				"and @LIST or @- for lines of them",
			setList(func(r *request) *[]string { return &r.copies })),
		option("mkdir", "PATH[:MODE[:OWNER]]", "an empty directory",
			func(r *request, v string) error {
				r.spec.Files.Mkdir = append(r.spec.Files.Mkdir, pack.ParseDir(v))
				return nil
			}),
		option("lib", "NAME", "one more shared object, found as dlopen would find it, with its closure",
			setList(func(r *request) *[]string { return &r.spec.Files.Lib })),
		option("with", "GROUP[,GROUP]",
			"run-time files that no DT_NEEDED names: auto adds those that the programs' own symbols show to be "+
				"needed, which is the default; none; or groups: "+strings.Join(pack.GroupNames(), " "),
			setWords(func(r *request) *[]string { return &r.spec.Groups.With })).completes(groupValues),
		option("without", "GROUP[,GROUP]", "leave out groups that auto would add",
			setWords(func(r *request) *[]string { return &r.spec.Groups.Without })).completes(pack.GroupNames),
		option("package", "NAME",
			"all files of an installed package, without documentation and translations, and their closures",
			setList(func(r *request) *[]string { return &r.spec.Files.Package })),
		option("dlopen", "declared|suggested|hinted|none",
			"how far to follow what the objects may dlopen: what they declare in .note.dlopen, what they merely "+
				"suggest there, names found as strings (default declared)",
			setText(func(r *request) *string { return &r.spec.Dlopen })).completes(pack.DlopenLevels),
		option("library-path", "DIR[:DIR]", "searched as LD_LIBRARY_PATH is, and before it",
			setText(func(r *request) *string { return &r.spec.LibraryPath })),
		option("sysroot", "DIR", "resolve everything inside DIR as if it were /",
			setRequired("sysroot", func(r *request) *string { return &r.spec.Sysroot })),
		option("platform", "OS/ARCH[/VARIANT]", "what the image says it is for; read from the ELF header otherwise",
			setText(func(r *request) *string { return &r.spec.Platform })),
	}
}

func configFlags() []flagDef {
	return []flagDef{
		option("tag,t", "NAME:TAG", "the image's name; repeatable",
			setList(func(r *request) *[]string { return &r.outputs.Tags })),
		option("entrypoint", "COMMAND", "a JSON array, or words as a shell splits them; empty clears",
			setCommand(func(r *request) *[]string { return &r.spec.Image.Entrypoint })),
		option("cmd", "COMMAND", "likewise; the default is the program and the conf file",
			setCommand(func(r *request) *[]string { return &r.spec.Image.Cmd })),
		option("env,e", "K=V", "an environment variable; K alone inherits",
			setList(func(r *request) *[]string { return &r.env })),
		option("env-file", "FILE", "lines of K=V",
			setList(func(r *request) *[]string { return &r.envFiles })),
		option("workdir,w", "DIR", "the working directory",
			setText(func(r *request) *string { return &r.spec.Image.WorkingDir })),
		option("user,u", "NAME|UID[:GROUP|GID]",
			"who runs it; a name is looked up in the source and written as a number",
			setText(func(r *request) *string { return &r.spec.Image.User })),
		option("expose", "PORT[/PROTO]", "a port or a range of ports",
			setList(func(r *request) *[]string { return &r.spec.Image.Expose })),
		option("volume", "PATH", "a mount point",
			setList(func(r *request) *[]string { return &r.spec.Image.Volumes })),
		option("label,l", "K=V", "a label",
			setList(func(r *request) *[]string { return &r.labels })),
		option("annotation,a", "K=V", "an annotation of the manifest",
			setList(func(r *request) *[]string { return &r.annotations })),
		option("stop-signal", "SIGNAL", "the signal that ends the container",
			setText(func(r *request) *string { return &r.spec.Image.StopSignal })),
		option("health-cmd", "COMMAND", `the health check, a JSON array or words; "none" disables`,
			setText(func(r *request) *string { return &health(r).Command })),
		option("health-interval", "DURATION", "time between two checks",
			setText(func(r *request) *string { return &health(r).Interval })),
		option("health-timeout", "DURATION", "time that a check may take",
			setText(func(r *request) *string { return &health(r).Timeout })),
		option("health-start-period", "DURATION", "time in which failures do not count",
			setText(func(r *request) *string { return &health(r).StartPeriod })),
		option("health-retries", "N", "failures in a row that make it unhealthy",
			setNumber(func(r *request) *int { return &health(r).Retries })),
		option("author", "NAME", "who made the image",
			setText(func(r *request) *string { return &r.spec.Image.Author })),
	}
}

func outputFlags() []flagDef {
	return []flagDef{
		option("output,o", "SPEC",
			"repeatable: type=docker|oci|oci-dir|tar,dest=PATH, or a PATH ending in .tar .oci.tar .tar.gz; - is "+
				"stdout",
			setList(func(r *request) *[]string { return &r.files })),
		toggle("load", "into the docker or podman engine of this machine",
			func(r *request) *bool { return &r.outputs.Load }),
		toggle("push", "to the tag's registry",
			func(r *request) *bool { return &r.outputs.Push }),
		toggle("insecure", "allow plain HTTP and unverified TLS to the registry",
			func(r *request) *bool { return &r.outputs.Insecure }),
		option("format", "oci|docker", "media types; what the destination expects otherwise",
			func(r *request, v string) error { r.outputs.Format = image.Format(v); return nil }).
			completes(fixedValues("oci", "docker")),
		option("compression-level", "N", "of gzip, 1 (fast) to 9 (small); the default is 6",
			setNumber(func(r *request) *int { return &r.outputs.Level })),
		option("timestamp", "SECONDS",
			"every time in every output, in seconds since 1970; SOURCE_DATE_EPOCH, else 0",
			setText(func(r *request) *string { return &r.timestamp })),
	}
}

func lookFlags() []flagDef {
	return []flagDef{
		option("print", "tree|ldd|json|list",
			"who needs whom, what ldd would say, all of it for programs, or every path (with -v as a build "+
				"names it); ldd and list write names as they are unless to a terminal",
			setRequired("print", func(r *request) *string { return &r.look.print })).completes(formNames),
		toggle("print0", "with --print list: end each path with a NUL, for names with newlines",
			func(r *request) *bool { return &r.look.print0 }),
		option("why", "NAME", "the chains that bring a file in, and the rules that found it",
			setRequired("why", func(r *request) *string { return &r.look.why })),
		option("cross-check", "own|force",
			"ask the system's own loader too, which runs it, and print where the answers differ; own refuses "+
				"files that others own or may write, force does not",
			setRequired("cross-check", func(r *request) *string { return &r.look.crossCheck })).
			optionally("own").completes(fixedValues("own", "force")),
		toggle("dry-run,n", "say what would be written",
			func(r *request) *bool { return &r.look.dryRun }),
	}
}

func talkFlags() []flagDef {
	return []flagDef{
		toggle("quiet,q", "print the digest alone, on stdout",
			func(r *request) *bool { return &r.talk.quiet }),
		toggle("verbose,v", "name every file that went in, and why",
			func(r *request) *bool { return &r.talk.verbose }),
		option("progress", "auto|plain|none", "auto shows it on a terminal after a second",
			setText(func(r *request) *string { return &r.talk.progress })).completes(fixedValues(progressNames...)),
		option("completion", "bash|zsh|fish|powershell", "print the completion script for a shell",
			setRequired("completion", func(r *request) *string { return &r.completion })).
			completes(fixedValues("bash", "zsh", "fish", "powershell")),
		toggle("version", "print the version",
			func(r *request) *bool { return &r.version }),
		toggle("help,h", "print this page",
			func(r *request) *bool { return &r.help }),
	}
}

// fixedValues returns a function that returns list.
func fixedValues(list ...string) func() []string { return func() []string { return list } }

func groupValues() []string { return append([]string{"auto", "none"}, pack.GroupNames()...) }

// health returns the health check of a request, which it has from then on.
func health(r *request) *pack.Health {
	if r.spec.Image.Health == nil {
		r.spec.Image.Health = &pack.Health{}
	}
	return r.spec.Image.Health
}

// setter sets a value of a request.
type setter func(r *request, value string) error

// option returns a flag with a value. A name may have a short one behind a comma.
func option(name, value, usage string, set setter) flagDef {
	long, short, _ := strings.Cut(name, ",")
	return flagDef{name: long, short: short, value: value, usage: usage, set: set}
}

// toggle returns a switch for what f points to.
func toggle(name, usage string, f func(*request) *bool) flagDef {
	return option(name, "", usage, func(r *request, v string) (err error) {
		if *f(r), err = strconv.ParseBool(v); err != nil {
			err = fmt.Errorf("%q is neither true nor false", v)
		}
		return err
	})
}

// completes returns d with the values that a shell completes.
func (d flagDef) completes(values func() []string) flagDef {
	d.values = values
	return d
}

// optionally returns d with the value that it has when it is given without one.
func (d flagDef) optionally(value string) flagDef {
	d.optional = value
	return d
}

// setText, setList and the functions after them return setters for what f points to.
func setText(f func(*request) *string) setter {
	return func(r *request, v string) error {
		*f(r) = v
		return nil
	}
}

// setRequired is setText for a flag whose value must not be empty.
func setRequired(name string, f func(*request) *string) setter {
	return func(r *request, v string) error {
		if v == "" {
			return usage("--"+name+": the value is empty", "leave the flag out, or give it a value")
		}
		*f(r) = v
		return nil
	}
}

// setList appends each value as it is.
func setList(f func(*request) *[]string) setter {
	return func(r *request, v string) error {
		*f(r) = append(*f(r), v)
		return nil
	}
}

// setWords appends the parts of a value that commas separate.
func setWords(f func(*request) *[]string) setter {
	return func(r *request, v string) error {
		*f(r) = append(*f(r), strings.Split(v, ",")...)
		return nil
	}
}

// setCommand sets the words of a command; an empty value is an empty slice that is not
// nil.
func setCommand(f func(*request) *[]string) setter {
	return func(r *request, v string) (err error) {
		*f(r), err = dockerflag.ParseCommand(v)
		return err
	}
}

func setNumber(f func(*request) *int) setter {
	return func(r *request, v string) (err error) {
		if *f(r), err = strconv.Atoi(v); err != nil {
			err = fmt.Errorf("%q is not a number", v)
		}
		return err
	}
}

// addGroup adds the flags of a group to a flag set.
func addGroup(set *pflag.FlagSet, g flagGroup, r *request) {
	for _, f := range g.flags {
		added := set.VarPF(flagValue{f, r}, f.name, f.short, f.usage)
		switch {
		case f.value == "":
			added.NoOptDefVal = "true"
		case f.optional != "":
			added.NoOptDefVal = f.optional
		}
	}
}

// flagValue is a flag as package pflag has it.
type flagValue struct {
	flagDef
	r *request
}

func (v flagValue) Set(s string) error { return v.set(v.r, s) }

// String is the default: every switch is off.
func (v flagValue) String() string {
	if v.value == "" {
		return "false"
	}
	return ""
}

// Type is what the manual calls the value.
func (v flagValue) Type() string {
	if v.value == "" {
		return "bool"
	}
	return v.value
}

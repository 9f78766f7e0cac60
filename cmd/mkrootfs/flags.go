package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/image/dockerflag"
	"github.com/mkrootfs/mkrootfs/pack"
	"github.com/spf13/pflag"
)

// flagDef is a flag of the command line. If value is "", it is a boolean flag, whose
// value is "true" or "false".
type flagDef struct {
	name, short string
	value       string // the name of the value in the manual
	usage       string
	set         setter
	// values returns the values for completion; nil completes files.
	values func() []string
	// optional is the value of the flag if it is given without one.
	optional string
}

// flagGroup is a section of the manual.
type flagGroup struct {
	title string
	flags []flagDef
}

// flagGroups returns all flags, in the order of the manual.
func flagGroups() []flagGroup {
	return []flagGroup{
		{"Contents of the image", inputFlags()},
		{"Configuration of the image", configFlags()},
		{"Outputs", outputFlags()},
		{"Printing instead of building", printFlags()},
		{"Messages and help", messageFlags()},
	}
}

func inputFlags() []flagDef {
	return []flagDef{
		option("conf", "SRC[:DST]",
			"a configuration file, placed at /etc/<stem>/<base> or at DST; it becomes the program's first "+
				"argument, and its ports become EXPOSE",
			func(r *request, v string) error {
				r.spec.Files.Conf = append(r.spec.Files.Conf, pack.ParseConf(v))
				return nil
			}),
		option("copy", "SRC[:DST]",
			"a file or a directory tree; symlinks are kept, and ELF files get their libraries; also "+
				"src=,dst=,chown=,chmod=; @LIST reads values from a file, one per line, @- from stdin",
			setList(func(r *request) *[]string { return &r.copies })),
		option("mkdir", "PATH[:MODE[:OWNER]]", "an empty directory",
			func(r *request, v string) error {
				r.spec.Files.Mkdir = append(r.spec.Files.Mkdir, pack.ParseDir(v))
				return nil
			}),
		option("lib", "NAME", "a shared object to add, found as dlopen would find it, with its libraries",
			setList(func(r *request) *[]string { return &r.spec.Files.Lib })),
		option("with", "GROUP[,GROUP]",
			"groups of run-time files that no DT_NEEDED names; auto, the default, adds the groups that the "+
				"programs' symbols show to be needed, none adds no group; the groups are "+
				strings.Join(pack.GroupNames(), " "),
			setWords(func(r *request) *[]string { return &r.spec.Groups.With })).completes(groupValues),
		option("without", "GROUP[,GROUP]", "groups that auto must not add",
			setWords(func(r *request) *[]string { return &r.spec.Groups.Without })).completes(pack.GroupNames),
		option("package", "NAME",
			"all files of an installed package except documentation and translations, with their libraries",
			setList(func(r *request) *[]string { return &r.spec.Files.Package })),
		option("dlopen", "declared|suggested|hinted|none",
			"which libraries to add that objects may open with dlopen: those declared in .note.dlopen as "+
				"required or recommended, also those suggested there, also names found as strings, or none "+
				"(default declared)",
			setRequired("dlopen", func(r *request) *string { return &r.spec.Dlopen })).completes(pack.DlopenLevels),
		option("library-path", "DIR[:DIR]", "directories to search before those of LD_LIBRARY_PATH",
			setText(func(r *request) *string { return &r.spec.LibraryPath })),
		option("sysroot", "DIR", "resolve everything inside DIR as if it were /",
			setRequired("sysroot", func(r *request) *string { return &r.spec.Sysroot })),
		option("platform", "OS/ARCH[/VARIANT]", "the platform of the image (default: read from the ELF header)",
			setText(func(r *request) *string { return &r.spec.Platform })),
	}
}

func configFlags() []flagDef {
	return []flagDef{
		option("tag,t", "NAME:TAG", "the name of the image; repeatable",
			setList(func(r *request) *[]string { return &r.outputs.Tags })),
		option("entrypoint", "COMMAND",
			"ENTRYPOINT: a JSON array, or words split as by a shell; an empty value clears it",
			setCommand(func(r *request) *[]string { return &r.spec.Image.Entrypoint })),
		option("cmd", "COMMAND", "CMD, in the same forms (default: the program and its configuration file)",
			setCommand(func(r *request) *[]string { return (*[]string)(&r.spec.Image.Cmd) })),
		option("env,e", "K=V", "an environment variable; K alone takes the value of this environment",
			setList(func(r *request) *[]string { return &r.env })),
		option("env-file", "FILE", "a file with lines of K=V",
			setList(func(r *request) *[]string { return &r.envFiles })),
		option("workdir,w", "DIR", "the working directory",
			setText(func(r *request) *string { return &r.spec.Image.WorkingDir })),
		option("user,u", "NAME|UID[:GROUP|GID]",
			"the user that runs the program; a name is looked up in the source and written as a number",
			setText(func(r *request) *string { return &r.spec.Image.User })),
		option("expose", "PORT[/PROTO]", "a port or a range of ports",
			setList(func(r *request) *[]string { return (*[]string)(&r.spec.Image.Expose) })),
		option("volume", "PATH", "a mount point",
			setList(func(r *request) *[]string { return &r.spec.Image.Volumes })),
		option("label,l", "K=V", "a label",
			setList(func(r *request) *[]string { return &r.labels })),
		option("annotation,a", "K=V", "an annotation of the manifest",
			setList(func(r *request) *[]string { return &r.annotations })),
		option("stop-signal", "SIGNAL", "the signal that stops the container",
			setText(func(r *request) *string { return &r.spec.Image.StopSignal })),
		option("health-cmd", "COMMAND", `the health check: a JSON array or words; "none" disables it`,
			setText(func(r *request) *string { return &health(r).Command })),
		option("health-interval", "DURATION", "the time between two checks",
			setText(func(r *request) *string { return &health(r).Interval })),
		option("health-timeout", "DURATION", "the time after which a check fails",
			setText(func(r *request) *string { return &health(r).Timeout })),
		option("health-start-period", "DURATION", "the time in which failures do not count",
			setText(func(r *request) *string { return &health(r).StartPeriod })),
		option("health-retries", "N", "the number of consecutive failures that make the container unhealthy",
			setNumber(func(r *request) *int { return &health(r).Retries })),
		option("author", "NAME", "the author of the image",
			setText(func(r *request) *string { return &r.spec.Image.Author })),
	}
}

func outputFlags() []flagDef {
	return []flagDef{
		option("output,o", "SPEC",
			"an output: type="+strings.Join(pack.TypeNames(), "|")+",dest=PATH, or a PATH ending in .tar, .oci.tar or "+
				".tar.gz; - is stdout; repeatable",
			setList(func(r *request) *[]string { return &r.files })),
		toggle("load", "load the image into the docker or podman engine of this machine",
			func(r *request) *bool { return &r.outputs.Load }),
		toggle("push", "push the image to the registry of the tag",
			func(r *request) *bool { return &r.outputs.Push }),
		toggle("insecure", "allow plain HTTP and unverified TLS to the registry",
			func(r *request) *bool { return &r.outputs.Insecure }),
		option("format", "oci|docker", "the media types of the image (default: those that the destination expects)",
			func(r *request, v string) error { r.outputs.Format = image.Format(v); return nil }).
			completes(oneOf("oci", "docker")),
		option("compression-level", "N", "the gzip level, from 1 (fast) to 9 (small) (default 6)",
			setNumber(func(r *request) *int { return &r.outputs.Level })),
		option("timestamp", "SECONDS",
			"the time of all files and images, in seconds since 1970 (default: SOURCE_DATE_EPOCH, else 1)",
			setText(func(r *request) *string { return &r.timestamp })),
	}
}

func printFlags() []flagDef {
	return []flagDef{
		option("print", "tree|ldd|json|list",
			"tree: which object needs which; ldd: as ldd prints it; json: all of it, for programs; list: every "+
				"path, with -v also why it is there; ldd and list escape names only on a terminal",
			setRequired("print", func(r *request) *string { return &r.mode.print })).completes(formNames),
		toggle("print0", "with --print list: end each path with a NUL byte instead of a newline",
			func(r *request) *bool { return &r.mode.print0 }),
		option("why", "NAME",
			"print why a file is in the image: the chain of dependencies and the rules that found them",
			setRequired("why", func(r *request) *string { return &r.mode.why })),
		option("cross-check", "own|force",
			"also run the system's own loader and print the differences; own refuses files that other users "+
				"own or can write, force does not",
			setRequired("cross-check", func(r *request) *string { return &r.mode.crossCheck })).
			optionally("own").completes(oneOf("own", "force")),
		toggle("dry-run,n", "print what would be written, and write nothing",
			func(r *request) *bool { return &r.mode.dryRun }),
	}
}

func messageFlags() []flagDef {
	return []flagDef{
		toggle("quiet,q", "print only the digest, on stdout",
			func(r *request) *bool { return &r.verbosity.quiet }),
		toggle("verbose,v", "print each file of the image, and why it is there",
			func(r *request) *bool { return &r.verbosity.verbose }),
		option("progress", "auto|plain|none", "when to show progress; auto shows it on a terminal after one second",
			setText(func(r *request) *string { return &r.verbosity.progress })).completes(oneOf(progressNames...)),
		option("completion", "bash|zsh|fish|powershell", "print the completion script for a shell",
			setRequired("completion", func(r *request) *string { return &r.completion })).
			completes(oneOf("bash", "zsh", "fish", "powershell")),
		toggle("version", "print the version",
			func(r *request) *bool { return &r.version }),
		toggle("help,h", "print this help",
			func(r *request) *bool { return &r.help }),
	}
}

// oneOf returns a function that returns list.
func oneOf(list ...string) func() []string { return func() []string { return list } }

func groupValues() []string { return append([]string{"auto", "none"}, pack.GroupNames()...) }

// health returns the health check of r, which it creates if r has none.
func health(r *request) *pack.Health {
	if r.spec.Image.Health == nil {
		r.spec.Image.Health = &pack.Health{}
	}
	return r.spec.Image.Health
}

// setter sets a value of a request.
type setter func(r *request, value string) error

// option returns a flag with a value. A short name may follow the name after a comma.
func option(name, value, usage string, set setter) flagDef {
	long, short, _ := strings.Cut(name, ",")
	return flagDef{name: long, short: short, value: value, usage: usage, set: set}
}

// toggle returns a boolean flag that sets the variable that f returns.
func toggle(name, usage string, f func(*request) *bool) flagDef {
	return option(name, "", usage, func(r *request, v string) (err error) {
		if *f(r), err = strconv.ParseBool(v); err != nil {
			err = fmt.Errorf("%q: must be true or false", v)
		}
		return err
	})
}

// completes returns d with values for completion.
func (d flagDef) completes(values func() []string) flagDef {
	d.values = values
	return d
}

// optionally returns d with an optional value: --flag alone means --flag=value.
func (d flagDef) optionally(value string) flagDef {
	d.optional = value
	return d
}

// setText returns a setter that sets the variable that f returns.
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

// setList is setText for a list, to which each value is appended.
func setList(f func(*request) *[]string) setter {
	return func(r *request, v string) error {
		*f(r) = append(*f(r), v)
		return nil
	}
}

// setWords is setList for values that are comma-separated lists.
func setWords(f func(*request) *[]string) setter {
	return func(r *request, v string) error {
		*f(r) = append(*f(r), strings.Split(v, ",")...)
		return nil
	}
}

// setCommand is setText for the words of a command. An empty value sets an empty slice
// that is not nil.
func setCommand(f func(*request) *[]string) setter {
	return func(r *request, v string) (err error) {
		*f(r), err = dockerflag.ParseCommand(v)
		return err
	}
}

func setNumber(f func(*request) *int) setter {
	return func(r *request, v string) (err error) {
		n, err := strconv.ParseInt(v, 0, 32)
		if *f(r) = int(n); err != nil {
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

// flagValue implements pflag.Value.
type flagValue struct {
	flagDef
	r *request
}

func (v flagValue) Set(s string) error { return v.set(v.r, s) }

// String returns the default.
func (v flagValue) String() string {
	if v.value == "" {
		return "false"
	}
	return ""
}

// Type returns the name of the value in the manual.
func (v flagValue) Type() string {
	if v.value == "" {
		return "bool"
	}
	return v.value
}

package main

import (
	"cmp"
	"strings"

	"github.com/mkrootfs/mkrootfs/image/dockerflag"
	"github.com/mkrootfs/mkrootfs/internal/flagtable"
	"github.com/mkrootfs/mkrootfs/internal/owner"
	"github.com/mkrootfs/mkrootfs/pack"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// flagGroups returns all flags, which set the values of r, in the order of the manual.
func flagGroups(r *request) []flagtable.Group {
	return []flagtable.Group{
		{Title: "Contents of the image", Flags: inputFlags(r)},
		{Title: "Configuration of the image", Flags: configFlags(r)},
		{Title: "Outputs", Flags: outputFlags(r)},
		{Title: "Printing instead of building", Flags: printFlags(r)},
		{Title: "Messages and help", Flags: messageFlags(r)},
	}
}

func inputFlags(r *request) []flagtable.Flag {
	return []flagtable.Flag{
		flagtable.Option("conf", "SRC[:DST]",
			"a configuration file, placed at DST, or where the program's strings say that it looks for it, or at "+
				"/etc/<stem>/<base>; CMD names it with the option that is known for the program, else as its first "+
				"argument; its ports become EXPOSE",
			func(v string) error {
				r.spec.Files.Conf = append(r.spec.Files.Conf, pack.ParseConf(v))
				return nil
			}),
		flagtable.Option("copy", "SRC[:DST[:MODE[:OWNER]]]",
			"a file or a directory tree; symlinks are kept, and ELF files get their libraries; an absolute SRC "+
				"keeps its path without DST, a relative one needs DST; also src=,dst=,chown=,chmod=; @LIST reads "+
				"values from a file, one per line, @- from stdin",
			flagtable.List(&r.copies)),
		flagtable.Option("mkdir", "PATH[:MODE[:OWNER]]", "an empty directory",
			func(v string) error {
				r.spec.Files.Mkdir = append(r.spec.Files.Mkdir, pack.ParseDir(v))
				return nil
			}),
		flagtable.Option("lib", "NAME", "a shared object to add, found as dlopen would find it, with its libraries",
			flagtable.List(&r.spec.Files.Lib)),
		flagtable.Option("with", "GROUP[,GROUP]",
			"groups of run-time files that no DT_NEEDED names; auto, the default, adds the groups that the "+
				"programs' symbols show to be needed, none adds no group; --help=groups explains them: "+
				strings.Join(pack.GroupNames(), " "),
			flagtable.Words(&r.spec.Groups.With)).Completes(groupValues),
		flagtable.Option("without", "GROUP[,GROUP]", "groups that auto must not add",
			flagtable.Words(&r.spec.Groups.Without)).Completes(pack.GroupNames),
		flagtable.Option("account", "NAME[:UID[:GID]]",
			"an entry in passwd and group, with the numbers of the source unless given; accounts that the programs, "+
				"their configuration or other flags name are added without it",
			flagtable.List(&r.spec.Accounts)).Completes(r.userNames),
		flagtable.Option("package", "NAME",
			"an installed package: its files, alternatives' links and generated files, and their libraries",
			flagtable.List(&r.spec.Files.Package)),
		flagtable.Option("dlopen", "declared|suggested|hinted|none",
			"which libraries to add that objects may open with dlopen: those declared in .note.dlopen as "+
				"required or recommended, also those suggested there, also names found as strings, or none "+
				"(default declared)",
			flagtable.Required("dlopen", &r.spec.Dlopen)).Completes(pack.DlopenLevels),
		flagtable.Option("library-path", "DIR[:DIR]", "directories to search before those of LD_LIBRARY_PATH",
			flagtable.Text(&r.spec.LibraryPath)),
		flagtable.Option("sysroot", "DIR", "resolve everything inside DIR as if it were /",
			flagtable.Required("sysroot", &r.spec.Sysroot)),
		flagtable.Option("platform", "OS/ARCH[/VARIANT]",
			"the platform of the image (default: read from the ELF header)",
			flagtable.Text(&r.spec.Platform)),
	}
}

func configFlags(r *request) []flagtable.Flag {
	return []flagtable.Flag{
		flagtable.Option("tag,t", "NAME:TAG", "the name of the image; repeatable",
			flagtable.List(&r.outputs.Tags)),
		flagtable.Option("entrypoint", "COMMAND",
			"ENTRYPOINT: a JSON array, or words split as by a shell; an empty value clears it",
			setCommand(&r.spec.Image.Entrypoint)),
		flagtable.Option("cmd", "COMMAND",
			"CMD, in the same forms (default: the program, its configuration file, what keeps it in the foreground, "+
				"ARGs)",
			setCommand((*[]string)(&r.spec.Image.Cmd))),
		flagtable.Option("env,e", "K=V", "an environment variable; K alone takes the value of this environment",
			flagtable.List(&r.env)),
		flagtable.Option("env-file", "FILE", "a file with lines of K=V",
			flagtable.List(&r.envFiles)),
		flagtable.Option("workdir,w", "DIR", "the working directory",
			flagtable.Text(&r.spec.Image.WorkingDir)),
		flagtable.Option("user,u", "NAME|UID[:GROUP|GID]",
			"the user that runs the program; a name is looked up in the source and written as a number",
			flagtable.Text(&r.spec.Image.User)).Completes(r.userNames),
		flagtable.Option("expose", "PORT[/PROTO]", "a port or a range of ports",
			flagtable.List((*[]string)(&r.spec.Image.Expose))),
		flagtable.Option("volume", "PATH", "a mount point",
			flagtable.List(&r.spec.Image.Volumes)),
		flagtable.Option("label,l", "K=V", "a label",
			flagtable.List(&r.labels)),
		flagtable.Option("annotation,a", "K=V", "an annotation of the manifest",
			flagtable.List(&r.annotations)),
		flagtable.Option("stop-signal", "SIGNAL", "the signal that stops the container",
			flagtable.Text(&r.spec.Image.StopSignal)),
		flagtable.Option("health-cmd", "COMMAND", `the health check: a JSON array or words; "none" disables it`,
			setHealth(r, func(h *pack.Health) flagtable.Setter { return flagtable.Text(&h.Command) })),
		flagtable.Option("health-interval", "DURATION", "the time between two checks",
			setHealth(r, func(h *pack.Health) flagtable.Setter { return flagtable.Text(&h.Interval) })),
		flagtable.Option("health-timeout", "DURATION", "the time after which a check fails",
			setHealth(r, func(h *pack.Health) flagtable.Setter { return flagtable.Text(&h.Timeout) })),
		flagtable.Option("health-start-period", "DURATION", "the time in which failures do not count",
			setHealth(r, func(h *pack.Health) flagtable.Setter { return flagtable.Text(&h.StartPeriod) })),
		flagtable.Option("health-retries", "N", "the number of consecutive failures that make the container unhealthy",
			setHealth(r, func(h *pack.Health) flagtable.Setter { return flagtable.Number(&h.Retries) })),
		flagtable.Option("author", "NAME", "the author of the image",
			flagtable.Text(&r.spec.Image.Author)),
	}
}

func outputFlags(r *request) []flagtable.Flag {
	return []flagtable.Flag{
		flagtable.Option("output,o", "SPEC",
			"an output: type="+strings.Join(pack.TypeNames(), "|")+",dest=PATH, or a PATH ending in .tar, .oci.tar or "+
				".tar.gz; - is stdout; repeatable",
			flagtable.List(&r.files)),
		flagtable.Toggle("load",
			"load the image into the docker or podman engine of this machine; without -t it has only its id",
			&r.outputs.Load),
		flagtable.Toggle("push", "push the image to the registry of the tag",
			&r.outputs.Push),
		flagtable.Toggle("insecure", "allow plain HTTP and unverified TLS to the registry",
			&r.outputs.Insecure),
		flagtable.Option("format", "oci|docker",
			"the media types of the image (default: those that the destination expects)",
			flagtable.Text((*string)(&r.outputs.Format))).
			CompletesOneOf("oci", "docker"),
		flagtable.Option("compression-level", "N", "the gzip level, from 1 (fast) to 9 (small) (default 6)",
			flagtable.Number(&r.outputs.Level)),
		flagtable.Option("timestamp", "SECONDS",
			"the time of all files and images, in seconds since 1970 (default: SOURCE_DATE_EPOCH, else 1)",
			flagtable.Text(&r.timestamp)),
	}
}

func printFlags(r *request) []flagtable.Flag {
	return []flagtable.Flag{
		flagtable.Option("print", "tree|ldd|json|list",
			"tree: which object needs which; ldd: as ldd prints it; json: all of it, for programs; list: every "+
				"path, with -v also why it is there; ldd and list escape names only on a terminal",
			flagtable.Required("print", &r.mode.print)).Completes(formNames),
		flagtable.Toggle("print0", "with --print list: end each path with a NUL byte instead of a newline",
			&r.mode.print0),
		flagtable.Option("why", "NAME",
			"print why a file is in the image: the chain of dependencies and the rules that found them",
			flagtable.Required("why", &r.mode.why)),
		flagtable.Option("cross-check", "own|force",
			"also run the system's own loader and print the differences; own refuses files that other users "+
				"own or can write, force does not",
			flagtable.Required("cross-check", &r.mode.crossCheck)).
			Optionally("own").CompletesOneOf("own", "force"),
		flagtable.Toggle("dry-run,n", "print what would be written, and write nothing",
			&r.mode.dryRun),
	}
}

func messageFlags(r *request) []flagtable.Flag {
	return []flagtable.Flag{
		flagtable.Toggle("quiet,q", "print only the digest, on stdout; with -o - nothing",
			&r.verbosity.quiet),
		flagtable.Toggle("verbose,v", "print each file of the image, and why it is there",
			&r.verbosity.verbose),
		flagtable.Option("progress", "auto|plain|none",
			"when to show progress; auto shows it on a terminal after one second",
			flagtable.Text(&r.verbosity.progress)).CompletesOneOf(progressNames...),
		flagtable.Option("completion", "bash|zsh|fish|powershell", "print the completion script for a shell",
			flagtable.Required("completion", &r.completion)).
			CompletesOneOf("bash", "zsh", "fish", "powershell"),
		flagtable.Toggle("version", "print the version",
			&r.version),
		flagtable.Option("help,h", "flags|groups", "print this help, or what each group of --with has",
			flagtable.Required("help", &r.help)).Optionally("flags").CompletesOneOf("flags", "groups"),
	}
}

func groupValues() []string { return append([]string{"auto", "none"}, pack.GroupNames()...) }

// setHealth returns a setter for a field of the health check of r, which it creates if
// r has none. field returns the setter of the field.
func setHealth(r *request, field func(*pack.Health) flagtable.Setter) flagtable.Setter {
	return func(v string) error {
		if r.spec.Image.Health == nil {
			r.spec.Image.Health = &pack.Health{}
		}
		return field(r.spec.Image.Health)(v)
	}
}

// setCommand returns a setter for the words of a command. An empty value sets an empty
// slice that is not nil.
func setCommand(to *[]string) flagtable.Setter {
	return func(v string) (err error) {
		*to, err = dockerflag.ParseCommand(v)
		return err
	}
}

// userNames returns the accounts of the source, for completion.
func (r *request) userNames() []string {
	return owner.UserNames(rootfs.HostFS(cmp.Or(r.spec.Sysroot, "/")))
}

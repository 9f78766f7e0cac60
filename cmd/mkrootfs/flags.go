package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/mkrootfs/mkrootfs/internal/groups"
)

// options is the command line, read but not yet looked at: values whose form
// alone can be wrong have been checked, nothing has been opened.
type options struct {
	programs []string
	args     []string // after "--"
	hasArgs  bool

	conf, copies, mkdirs, libs []string
	libraryPath, sysroot       string
	platform                   string
	with, without              []string
	dlopen                     string
	packages                   []string

	tags               []string
	entrypoint, cmd    optional
	env, envFiles      []string
	workdir, user      string
	expose, volumes    []string
	labels, annotation []string
	stopSignal, author string
	health             healthOptions

	outputs        []string
	load, push     bool
	insecure       bool
	format         string
	level          int
	timestamp      string
	quiet, verbose bool
	progress       string
	print, why     string
	print0         bool
	crossCheck     string
	dryRun         bool
	version        bool
}

// optional is a flag's value and whether it was given, for flags whose empty
// value clears something.
type optional struct {
	given bool
	value string
}

func (v *optional) String() string { return v.value }
func (v *optional) Type() string   { return "string" }
func (v *optional) Set(s string) error {
	v.given, v.value = true, s
	return nil
}

// list is the values of a flag that may be given several times, each as it was
// typed. (pflag's own sets up a CSV writer for each flag to word its default.)
type list []string

func (v *list) String() string { return strings.Join(*v, " ") }
func (v *list) Type() string   { return "stringArray" }
func (v *list) Set(s string) error {
	*v = append(*v, s)
	return nil
}

type healthOptions struct {
	cmd                            optional
	interval, timeout, startPeriod string
	retries                        int
}

// flagGroup is a part of the manual's tables.
type flagGroup struct {
	title string
	add   func(f *pflag.FlagSet, o *options)
}

// flagGroups are in the order of the manual. In a usage text the word between
// backquotes names the value.
var flagGroups = []flagGroup{
	{"What goes in", addInputFlags},
	{"The image's configuration", addConfigFlags},
	{"What comes out", addOutputFlags},
	{"Looking instead of building", addLookFlags},
	{"How much it says", addTalkFlags},
}

func addInputFlags(f *pflag.FlagSet, o *options) {
	f.Var((*list)(&o.conf), "conf", "a configuration file, to /etc/<stem>/<base> unless DST is given; it becomes the program's first argument, its ports EXPOSE `SRC[:DST]`")
	f.Var((*list)(&o.copies), "copy", "a file or a tree, symlinks kept, its ELF files with their libraries; also src=,dst=,chown=,chmod=, and @LIST or @- for lines of them `SRC[:DST]`")
	f.Var((*list)(&o.mkdirs), "mkdir", "an empty directory `PATH[:MODE[:OWNER]]`")
	f.Var((*list)(&o.libs), "lib", "one more shared object, found as dlopen would, with its closure `NAME`")
	f.Var((*list)(&o.with), "with", "run-time files that no DT_NEEDED names: auto adds what the programs' own symbols show, which is the default; none; or groups: "+strings.Join(groups.Names(), " ")+" `GROUP[,GROUP]`")
	f.Var((*list)(&o.without), "without", "leave groups out that auto would add `GROUP[,GROUP]`")
	f.Var((*list)(&o.packages), "package", "all files of an installed package, without documentation and translations, and their closures `NAME`")
	f.StringVar(&o.dlopen, "dlopen", "declared", "how far to follow what the objects may dlopen: what they declare in .note.dlopen, what they merely suggest there, names found as strings `declared|suggested|hinted|none`")
	f.StringVar(&o.libraryPath, "library-path", "", "searched as LD_LIBRARY_PATH is, which is honoured too `DIR[:DIR]`")
	f.StringVar(&o.sysroot, "sysroot", "", "resolve everything inside DIR as if it were / `DIR`")
	f.StringVar(&o.platform, "platform", "", "what the image says it is for; read from the ELF header otherwise `OS/ARCH[/VARIANT]`")
}

func addConfigFlags(f *pflag.FlagSet, o *options) {
	f.VarP((*list)(&o.tags), "tag", "t", "the image's name; repeatable `NAME:TAG`")
	f.Var(&o.entrypoint, "entrypoint", "a JSON array or words as a shell splits them; empty clears `COMMAND`")
	f.Var(&o.cmd, "cmd", "likewise; the default is the program and the conf file `COMMAND`")
	f.VarP((*list)(&o.env), "env", "e", "an environment variable; K alone inherits `K=V`")
	f.Var((*list)(&o.envFiles), "env-file", "lines of K=V `FILE`")
	f.StringVarP(&o.workdir, "workdir", "w", "", "the working directory `DIR`")
	f.StringVarP(&o.user, "user", "u", "", "who runs it; a name is looked up here and written as a number `NAME|UID[:GROUP|GID]`")
	f.Var((*list)(&o.expose), "expose", "a port or a range of ports `PORT[/PROTO]`")
	f.Var((*list)(&o.volumes), "volume", "a mount point `PATH`")
	f.VarP((*list)(&o.labels), "label", "l", "a label `K=V`")
	f.VarP((*list)(&o.annotation), "annotation", "a", "an annotation of the manifest `K=V`")
	f.StringVar(&o.stopSignal, "stop-signal", "", "the signal that ends the container `SIGNAL`")
	f.Var(&o.health.cmd, "health-cmd", "the health check, a JSON array or words; \"none\" disables `COMMAND`")
	f.StringVar(&o.health.interval, "health-interval", "", "time between two checks `DURATION`")
	f.StringVar(&o.health.timeout, "health-timeout", "", "time that a check may take `DURATION`")
	f.StringVar(&o.health.startPeriod, "health-start-period", "", "time in which failures do not count `DURATION`")
	f.IntVar(&o.health.retries, "health-retries", 0, "failures in a row that make it unhealthy `N`")
	f.StringVar(&o.author, "author", "", "who made the image `NAME`")
}

func addOutputFlags(f *pflag.FlagSet, o *options) {
	f.VarP((*list)(&o.outputs), "output", "o", "repeatable: type=docker|oci|oci-dir|tar,dest=PATH, or a PATH ending in .tar .oci.tar .tar.gz; - is stdout `SPEC`")
	f.BoolVar(&o.load, "load", false, "into the docker or podman engine of this machine")
	f.BoolVar(&o.push, "push", false, "to the tag's registry")
	f.BoolVar(&o.insecure, "insecure", false, "allow plain HTTP and unverified TLS to the registry")
	f.StringVar(&o.format, "format", "", "media types; what the destination expects otherwise `oci|docker`")
	f.IntVar(&o.level, "compression-level", 0, "of gzip, 1 (fast) to 9 (small); the default is 6 `N`")
	f.StringVar(&o.timestamp, "timestamp", "", "every time in every output, in seconds since 1970; SOURCE_DATE_EPOCH, else 0 `SECONDS`")
}

func addLookFlags(f *pflag.FlagSet, o *options) {
	f.StringVar(&o.print, "print", "", "who needs whom, what ldd would say, all of it for programs, or every path (with -v as a build names it); ldd and list write names as they are unless to a terminal `tree|ldd|json|list`")
	f.BoolVar(&o.print0, "print0", false, "with --print list: end each path with a NUL, for names with newlines")
	f.StringVar(&o.why, "why", "", "the chains that bring a file in, and the rules that found it `NAME`")
	f.StringVar(&o.crossCheck, "cross-check", "", "ask the system's own loader too, which runs it, and print where the answers differ; own refuses files that others own or may write, force does not `own|force`")
	f.Lookup("cross-check").NoOptDefVal = "own"
	f.BoolVarP(&o.dryRun, "dry-run", "n", false, "say what would be written")
}

func addTalkFlags(f *pflag.FlagSet, o *options) {
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print the digest alone, on stdout")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "name every file that went in")
	f.StringVar(&o.progress, "progress", "auto", "auto shows it on a terminal after a second `auto|plain|none`")
	f.BoolVar(&o.version, "version", false, "print the version")
	f.BoolP("help", "h", false, "print this page")
}

// newFlagSet returns the whole command line bound to o.
func newFlagSet(o *options) *pflag.FlagSet {
	all := pflag.NewFlagSet("mkrootfs", pflag.ContinueOnError)
	all.Usage = func() {}
	for _, g := range flagGroups {
		g.add(all, o)
	}
	return all
}

// parseArgs reads the command line. Errors are *tell.UsageError; pflag.ErrHelp when
// help was asked for.
func parseArgs(args []string) (*options, error) {
	o := &options{}
	f := newFlagSet(o)
	if err := f.Parse(args); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			return nil, err
		}
		return nil, flagError(f, err)
	}
	if help, _ := f.GetBool("help"); help {
		return nil, pflag.ErrHelp
	}
	o.programs = f.Args()
	if dash := f.ArgsLenAtDash(); dash >= 0 {
		o.programs, o.args = f.Args()[:dash], f.Args()[dash:]
		o.hasArgs = len(o.args) > 0 // a bare -- says nothing
	}
	if o.version {
		return o, nil
	}
	for _, name := range []string{"print", "why", "sysroot", "cross-check"} {
		if flag := f.Lookup(name); flag.Changed && flag.Value.String() == "" {
			return nil, usage("--"+name+": the value is empty", "leave the flag out, or give it a value")
		}
	}
	return o, o.check()
}

// check finds combinations that say two things at once.
func (o *options) check() error {
	switch {
	case len(o.programs) == 0:
		return usage("no program is named", "mkrootfs PROGRAM makes rootfs.tar.gz; mkrootfs --help shows more")
	case o.cmd.given && o.hasArgs:
		return usage("--cmd and -- ARG both say what runs", "give one of them")
	case o.push && len(o.tags) == 0:
		return usage("--push needs a tag to push to", "add -t REGISTRY/NAME:TAG")
	case o.load && len(o.tags) == 0:
		return usage("--load needs a tag, or the image could not be named", "add -t NAME:TAG")
	case o.quiet && o.verbose:
		return usage("--quiet and --verbose contradict each other", "give one of them")
	case o.format != "" && o.format != "oci" && o.format != "docker":
		return usage(fmt.Sprintf("--format %q is neither oci nor docker", o.format), "")
	case o.progress != "auto" && o.progress != "plain" && o.progress != "none":
		return usage(fmt.Sprintf("--progress %q is none of auto, plain and none", o.progress), "")
	case o.level < 0 || o.level > 9:
		return usage(fmt.Sprintf("--compression-level %d is not from 1 to 9", o.level), "")
	}
	return o.checkLook()
}

// checkLook does so for the flags that look instead of building.
func (o *options) checkLook() error {
	switch {
	case o.print != "" && forms[o.print] == nil:
		hint := "the forms are " + strings.Join(formNames(), ", ")
		if near := nearest(o.print, formNames()); near != "" {
			hint = "did you mean --print " + near + "?"
		}
		return usage(fmt.Sprintf("--print %q is no form", o.print), hint)
	case !slices.Contains(dlopenLevels, o.dlopen):
		return usage(fmt.Sprintf("--dlopen %q is none of declared, suggested, hinted and none", o.dlopen), "")
	case o.print0 && o.print != "list":
		return usage("--print0 is for --print list alone", "add --print list, or leave it out")
	case o.print0 && o.verbose:
		return usage("--print0 prints paths alone, --verbose more than that", "give one of them")
	case o.print != "" && o.why != "":
		return usage("--print and --why both say what to look at", "give one of them")
	case o.crossCheck != "" && o.crossCheck != "own" && o.crossCheck != "force":
		return usage(fmt.Sprintf("--cross-check=%s is neither own nor force", o.crossCheck), "--cross-check alone asks about your own files")
	case o.crossCheck != "" && o.sysroot != "":
		return usage("--cross-check asks this machine's loader, which cannot look inside --sysroot", "give one of them")
	}
	return nil
}

// flagError words what pflag found wrong, with the nearest flag as a hint.
func flagError(f *pflag.FlagSet, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usage(err.Error(), "mkrootfs --help lists every flag with its values")
	}
	name := unknown.GetSpecifiedName()
	if unknown.GetSpecifiedShortnames() != "" {
		return usage(fmt.Sprintf("unknown flag -%s", name), "mkrootfs --help lists every flag")
	}
	var names []string
	f.VisitAll(func(flag *pflag.Flag) { names = append(names, flag.Name) })
	hint := "mkrootfs --help lists every flag"
	if near := nearest(name, names); near != "" {
		hint = "did you mean --" + near + "?"
	}
	return usage("unknown flag --"+strings.TrimPrefix(name, "--"), hint)
}

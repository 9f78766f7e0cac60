package pack

// Spec says what goes into an image and what its configuration is. Each field is
// a flag of the command, whose manual describes the form of its values. The zero
// value of every field leaves the choice to this package; only Programs must have
// an element. A Spec holds nothing of the machine that it is resolved on, so that
// it can be kept as JSON or YAML.
type Spec struct {
	// Programs are the programs, each PROGRAM[:DEST]; the first one is what the
	// image runs.
	Programs []string `json:"programs" yaml:"programs"`
	// Args follow the program in CMD.
	Args []string `json:"args,omitempty" yaml:"args,omitempty"`
	// Sysroot is a directory that everything is found in as if it were "/"; "" is
	// this machine.
	Sysroot string `json:"sysroot,omitempty" yaml:"sysroot,omitempty"`
	// LibraryPath is searched as LD_LIBRARY_PATH is, and before it.
	LibraryPath string `json:"library_path,omitempty" yaml:"library_path,omitempty"`
	// Platform is OS/ARCH[/VARIANT]; "" takes it from the ELF header.
	Platform string `json:"platform,omitempty" yaml:"platform,omitempty"`
	// Timestamp is the time of everything, in seconds since 1970.
	Timestamp int64 `json:"timestamp,omitempty" yaml:"timestamp,omitempty"`

	Files  Files  `json:"files,omitzero" yaml:"files,omitempty"`
	Groups Groups `json:"groups,omitzero" yaml:"groups,omitempty"`
	// Dlopen is how far to follow what the objects may dlopen: "none", "declared",
	// "suggested" or "hinted"; "" is declared.
	Dlopen string `json:"dlopen,omitempty" yaml:"dlopen,omitempty"`
	Image  Image  `json:"image,omitzero" yaml:"image,omitempty"`
}

// Files are what goes in beside the programs.
type Files struct {
	// Conf are configuration files; the first one becomes the program's argument.
	Conf []Conf `json:"conf,omitempty" yaml:"conf,omitempty"`
	// Copy are files and trees, whose ELF files get their libraries.
	Copy []Copy `json:"copy,omitempty" yaml:"copy,omitempty"`
	// Mkdir are empty directories.
	Mkdir []Dir `json:"mkdir,omitempty" yaml:"mkdir,omitempty"`
	// Lib are further shared objects, found as dlopen(3) by the first program
	// would.
	Lib []string `json:"lib,omitempty" yaml:"lib,omitempty"`
	// Package are installed packages, whose files all go in but for documentation
	// and translations.
	Package []string `json:"package,omitempty" yaml:"package,omitempty"`
}

// Conf is a configuration file.
type Conf struct {
	// Src is an absolute path in the source, or a relative one on this machine.
	Src string `json:"src" yaml:"src"`
	// Dst is its path in the image, or with a final "/" the directory that it goes
	// to; "" is /etc/STEM/BASE.
	Dst string `json:"dst,omitempty" yaml:"dst,omitempty"`
}

// Copy is a file or a tree.
type Copy struct {
	// Src is as that of Conf.
	Src string `json:"src" yaml:"src"`
	// Dst is its path in the image; "" is its path in the source, which must then
	// be absolute.
	Dst string `json:"dst,omitempty" yaml:"dst,omitempty"`
	// Chown is the owner, NAME|UID[:GROUP|GID]; "" is 0:0.
	Chown string `json:"chown,omitempty" yaml:"chown,omitempty"`
	// Chmod is the mode in octal digits; "" keeps that of each file.
	Chmod string `json:"chmod,omitempty" yaml:"chmod,omitempty"`
}

// Dir is an empty directory.
type Dir struct {
	// Path is absolute.
	Path string `json:"path" yaml:"path"`
	// Mode is in octal digits; "" is 0755.
	Mode string `json:"mode,omitempty" yaml:"mode,omitempty"`
	// Owner is NAME|UID[:GROUP|GID]; "" is 0:0.
	Owner string `json:"owner,omitempty" yaml:"owner,omitempty"`
}

// Groups choose the run-time files that no DT_NEEDED names. The zero value adds
// the groups that the programs certainly need and that are small.
type Groups struct {
	// With are groups to add, as GroupNames has them. "none" adds no other, "auto"
	// adds those of the zero value too; the last of the two decides.
	With []string `json:"with,omitempty" yaml:"with,omitempty"`
	// Without are groups to leave out.
	Without []string `json:"without,omitempty" yaml:"without,omitempty"`
}

// Image is the configuration of the image, in the terms of docker's flags.
type Image struct {
	// Entrypoint is the words of ENTRYPOINT.
	Entrypoint []string `json:"entrypoint,omitempty" yaml:"entrypoint,omitempty"`
	// Cmd is the words of CMD. nil is the program and its configuration file, or
	// Args; an empty slice that is not nil is no CMD.
	Cmd []string `json:"cmd,omitzero" yaml:"cmd"`
	// Env holds K=V.
	Env []string `json:"env,omitempty" yaml:"env,omitempty"`
	// WorkingDir is absolute.
	WorkingDir string `json:"working_dir,omitempty" yaml:"working_dir,omitempty"`
	// User is NAME|UID[:GROUP|GID]; a name is looked up in the source.
	User string `json:"user,omitempty" yaml:"user,omitempty"`
	// Expose holds PORT[-PORT][/PROTO]; nil takes the ports that the configuration
	// files name.
	Expose []string `json:"expose,omitempty" yaml:"expose,omitempty"`
	// Volumes are absolute paths.
	Volumes     []string          `json:"volumes,omitempty" yaml:"volumes,omitempty"`
	Labels      map[string]string `json:"labels,omitempty" yaml:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty" yaml:"annotations,omitempty"`
	StopSignal  string            `json:"stop_signal,omitempty" yaml:"stop_signal,omitempty"`
	Health      *Health           `json:"health,omitempty" yaml:"health,omitempty"`
	Author      string            `json:"author,omitempty" yaml:"author,omitempty"`
}

// Health is the health check. A zero value leaves the engine its default.
type Health struct {
	// Command is a JSON array, or words as a shell splits them; "none" disables
	// the check.
	Command string `json:"command" yaml:"command"`
	// The durations are as time.ParseDuration takes them.
	Interval    string `json:"interval,omitempty" yaml:"interval,omitempty"`
	Timeout     string `json:"timeout,omitempty" yaml:"timeout,omitempty"`
	StartPeriod string `json:"start_period,omitempty" yaml:"start_period,omitempty"`
	Retries     int    `json:"retries,omitempty" yaml:"retries,omitempty"`
}

package pack

// Spec describes what goes into an image and how the image is configured. Each field
// corresponds to a flag of the command; the command's manual describes the form of
// the values. Programs is required. The zero value of every other field selects the
// default. What the process contributes is in Options, so a Spec can be stored as
// JSON or YAML.
type Spec struct {
	// Programs are the programs, each PROGRAM[:DEST]. The image runs the first one.
	Programs []string `json:"programs" yaml:"programs"`
	// Args follow the program in CMD.
	Args []string `json:"args,omitempty" yaml:"args,omitempty"`
	// Sysroot is the directory that is used as "/", the source of the files; "" is
	// the "/" of this machine.
	Sysroot string `json:"sysroot,omitempty" yaml:"sysroot,omitempty"`
	// LibraryPath is a list DIR[:DIR] of directories to search before those of
	// Environment.LibraryPath.
	LibraryPath string `json:"library_path,omitempty" yaml:"library_path,omitempty"`
	// Platform is OS/ARCH[/VARIANT]; "" takes it from the ELF header.
	Platform string `json:"platform,omitempty" yaml:"platform,omitempty"`
	// Timestamp is the time of all files and of the image, in seconds since 1970,
	// less than 1<<33.
	Timestamp int64 `json:"timestamp,omitempty" yaml:"timestamp,omitempty"`

	Files  Files  `json:"files,omitzero" yaml:"files,omitempty"`
	Groups Groups `json:"groups,omitzero" yaml:"groups,omitempty"`
	// Dlopen selects the libraries to add that objects may dlopen: "none",
	// "declared", "suggested" or "hinted"; "" is declared.
	Dlopen string `json:"dlopen,omitempty" yaml:"dlopen,omitempty"`
	Image  Image  `json:"image,omitzero" yaml:"image,omitempty"`
}

// Files are the files to add to the programs.
type Files struct {
	// Conf are configuration files; the first one becomes the program's argument.
	Conf []Conf `json:"conf,omitempty" yaml:"conf,omitempty"`
	// Copy are files and directory trees. The libraries of their ELF files are added.
	Copy []Copy `json:"copy,omitempty" yaml:"copy,omitempty"`
	// Mkdir are empty directories.
	Mkdir []Dir `json:"mkdir,omitempty" yaml:"mkdir,omitempty"`
	// Lib are shared objects, found as if the first program called dlopen(3).
	Lib []string `json:"lib,omitempty" yaml:"lib,omitempty"`
	// Package are installed packages. All their files are added except
	// documentation and translations.
	Package []string `json:"package,omitempty" yaml:"package,omitempty"`
}

// Conf is a configuration file.
type Conf struct {
	// Src is an absolute path in the source, or a path relative to Environment.Dir
	// on this machine.
	Src string `json:"src" yaml:"src"`
	// Dst is its path in the image, or its directory if Dst ends in "/". "" is
	// /etc/STEM/BASE: BASE is the last element of Src, STEM is BASE without extension.
	Dst string `json:"dst,omitempty" yaml:"dst,omitempty"`
}

// Copy is a file or a tree.
type Copy struct {
	// Src has the same form as Conf.Src.
	Src string `json:"src" yaml:"src"`
	// Dst is its path in the image, which must be absolute; "" is Src.
	Dst string `json:"dst,omitempty" yaml:"dst,omitempty"`
	// Chown is the owner, NAME|UID[:GROUP|GID]; "" is 0:0.
	Chown string `json:"chown,omitempty" yaml:"chown,omitempty"`
	// Chmod is the mode in octal digits; "" keeps the mode of each file.
	Chmod string `json:"chmod,omitempty" yaml:"chmod,omitempty"`
}

// Dir is an empty directory.
type Dir struct {
	// Path is its path in the image, which must be absolute.
	Path string `json:"path" yaml:"path"`
	// Mode is in octal digits; "" is 0755.
	Mode string `json:"mode,omitempty" yaml:"mode,omitempty"`
	// Owner is NAME|UID[:GROUP|GID]; "" is 0:0.
	Owner string `json:"owner,omitempty" yaml:"owner,omitempty"`
}

// Groups select the groups of run-time files that no DT_NEEDED names. The zero value
// selects the small groups that the programs certainly need.
type Groups struct {
	// With are names of groups to add, see GroupNames. "none" adds no other group,
	// "auto" also adds those of the zero value; the last of the two has precedence.
	With []string `json:"with,omitempty" yaml:"with,omitempty"`
	// Without are groups to leave out.
	Without []string `json:"without,omitempty" yaml:"without,omitempty"`
}

// Image is the configuration of the image. Its values have the forms of docker's flags.
type Image struct {
	// Entrypoint are the words of ENTRYPOINT.
	Entrypoint []string `json:"entrypoint,omitempty" yaml:"entrypoint,omitempty"`
	// Cmd are the words of CMD. If it is nil, CMD is the program with Args or, without
	// Args, with its configuration file. An empty slice that is not nil is no CMD.
	Cmd []string `json:"cmd,omitzero" yaml:"cmd"`
	// Env are variables K=V.
	Env []string `json:"env,omitempty" yaml:"env,omitempty"`
	// WorkingDir is an absolute path.
	WorkingDir string `json:"working_dir,omitempty" yaml:"working_dir,omitempty"`
	// User is NAME|UID[:GROUP|GID]; a name is looked up in the source.
	User string `json:"user,omitempty" yaml:"user,omitempty"`
	// Expose are ports PORT[-PORT][/PROTO]; nil is the ports that the configuration
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

// Health is the health check. The engine's defaults apply to zero values.
type Health struct {
	// Command is a JSON array, or words separated as in a shell; "none" disables
	// the check.
	Command string `json:"command" yaml:"command"`
	// The durations have the format of time.ParseDuration.
	Interval    string `json:"interval,omitempty" yaml:"interval,omitempty"`
	Timeout     string `json:"timeout,omitempty" yaml:"timeout,omitempty"`
	StartPeriod string `json:"start_period,omitempty" yaml:"start_period,omitempty"`
	Retries     int    `json:"retries,omitempty" yaml:"retries,omitempty"`
}

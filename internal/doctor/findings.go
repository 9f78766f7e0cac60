package doctor

import (
	"io/fs"

	"github.com/mkrootfs/mkrootfs/internal/doctor/internal/conffile"
)

// Findings are what an examination found.
type Findings struct {
	// Groups are the groups for the image: those of Choice.With, and with Choice.Auto
	// the small groups that are certainly needed. They are in the order of GroupNames.
	Groups []Group
	// Started are the paths of files in the image that its programs start and that are not
	// among Input.Objects.
	Started []string
	// Advice are messages about what the image may lack, in no particular order.
	Advice []Advice
	// Opens are the libraries that objects declare to open with dlopen and, for the level
	// LevelHinted, those that their strings suggest.
	Opens []Open
	// Ports are the ports in the main configuration files, in the form of EXPOSE:
	// "6379/tcp".
	Ports []string
	// Settings are the settings in the main configuration files that matter for a
	// container.
	Settings []Setting
	// Modes are the settings in all configuration files that say whether a program runs in
	// the background, and those in the main files that say where it listens.
	Modes []Setting
	// Variables are the variables in the main configuration files that the image's
	// environment does not have. Setting.Value is the name.
	Variables []Setting
	// Includes are what the main configuration files include and the image lacks.
	Includes []Include
	// Dirs are the directories that the main configuration files name, in their order.
	Dirs []ConfDir
	// Warnings are errors that do not prevent the image, such as files that could not
	// be examined.
	Warnings []error
}

// Advice is a message about something that the image may lack. Names in it are quoted for
// a shell.
type Advice struct {
	Warning bool   // the program fails without it; otherwise only some uses of the program fail
	Degree  Degree // hints with a higher degree come first
	Text    string // what needs it, such as "tar starts gzip and xz"
	Fix     string // the flag that adds it, as an imperative: "add --with helpers"; "" if unknown
}

// Group is a set of files that belong together.
type Group struct {
	Name      string
	Detail    string     // the names of accounts; "" for other groups
	Need      *Need      // nil if Choice.With names the group
	Additions []Addition // sorted by path
	Size      int64      // of the additions, in bytes, without their closures
	Absent    []string   // files of the group that the source does not have, sorted
}

// ConfDir is a directory that a configuration file names.
type ConfDir struct {
	Addition      // Why is the file and the line
	Shared   bool // other programs use it, too, such as /run
}

// AdditionKind is the kind of an Addition.
type AdditionKind int

// The kinds of additions.
const (
	File    AdditionKind = iota // the source's file or symlink at Path, with the symlinks in the path
	Bytes                       // a file with the content Data
	Dir                         // a directory
	Link                        // a symlink to Target
	Library                     // the library that the loader finds for the name Target; Path is a guess
)

// Addition is a file of a group.
type Addition struct {
	Path     string // absolute, in the image
	Kind     AdditionKind
	Data     []byte
	Target   string
	Mode     fs.FileMode // of Bytes and Dir: permissions, and the sticky bit
	UID, GID int         // of Bytes and Dir
	Size     int64       // of a File or of Bytes; 0 for a further name of a file
	Plugin   bool        // a shared object whose libraries must be resolved, as dlopened by the program
	Program  bool        // an executable or script whose closure must be resolved
	Why      string      // what it is, for messages
}

// autoLimit is the maximum size in bytes of a group that is added automatically.
const autoLimit = 1 << 20

// Degree is the degree of certainty that a group is needed.
type Degree int

// The degrees. A small group that is Certain is added, one that is Likely is a hint, and
// one that is Possible is ignored.
const (
	Possible Degree = iota + 1
	Likely
	Certain
)

func (d Degree) String() string {
	return [...]string{"none", "possible", "likely", "certain"}[d]
}

// Need is the need of an object for a group.
type Need struct {
	Group    string
	Triggers []string // the symbols, libraries or strings that are the evidence
	In       string   // path of the object
	Soname   string   // its soname; "" for most programs
	Degree   Degree
	Does     string // what the object does, such as "verifies servers"
	Why      string // what fails without the group
}

// Priority is the importance of a library for the object that opens it with dlopen.
type Priority string

// The priorities: those of the specification of .note.dlopen, and Hinted.
const (
	Required    Priority = "required"    // the object does not work without the library
	Recommended Priority = "recommended" // most installations need it
	Suggested   Priority = "suggested"   // only full installations need it
	Hinted      Priority = "hinted"      // a string constant looks like its name
)

// Open is a library that an object opens with dlopen.
type Open struct {
	By          string   // path of the object
	Names       []string // alternatives in order of preference; the first one that exists is used
	Priority    Priority
	Description string // the purpose, from the note
}

// Setting is a setting in a configuration file that matters for a container.
type Setting = conffile.Setting

// Include is a file that a configuration file includes and the image lacks.
type Include = conffile.Include

// SettingKind is the meaning of a setting for a container.
type SettingKind = conffile.Kind

// The kinds of settings.
const (
	Daemonize  = conffile.Daemonize  // the program runs in the background, which ends the container
	Foreground = conffile.Foreground // it stays in the foreground; only in Findings.Modes
	Listen     = conffile.Listen     // it names an address or a port; only in Findings.Modes
	Variable   = conffile.Variable   // Value is a variable of the environment; only in Findings.Variables
	Loopback   = conffile.Loopback   // it listens only on addresses that are unreachable from outside
	Directory  = conffile.Directory  // Value is a directory that must exist
)

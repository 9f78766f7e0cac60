package doctor

import (
	"io/fs"

	"github.com/mkrootfs/mkrootfs/internal/doctor/internal/conffile"
)

// Findings are what an examination found.
type Findings struct {
	// Groups go into the image: those asked for, and those that are certainly
	// needed and have at most autoLimit bytes. They are in the order of GroupNames.
	Groups []Group
	// Hints are groups that are likely needed and left to the user, without those
	// whose files are all in the image already.
	Hints []Group
	// Opens are the libraries that objects declare that they open with dlopen, and
	// those that their strings suggest.
	Opens []Open
	// Patterns are of objects that make up the names of what they open.
	Patterns []Pattern
	// Ports are what the main configuration files plainly name, as EXPOSE has
	// them: "6379/tcp".
	Ports []string
	// Settings are the lines of the main configuration files that matter to a
	// container.
	Settings []Setting
	// Warnings say what could not be looked at and does not keep the image from
	// being made.
	Warnings []error
}

// Group is a set of files that belong together.
type Group struct {
	Name      string
	Need      *Need      // nil when it was asked for by Choice.With
	Additions []Addition // sorted by their paths
	Size      int64      // of the additions, in bytes, without what their own closures bring
	Absent    []string   // what belongs to the group and is not in the source, sorted
}

// AdditionKind is what an Addition consists of.
type AdditionKind int

// The kinds of additions.
const (
	File    AdditionKind = iota // the source's file or symlink at Path, with the links that lead to it
	Bytes                       // a file with the content Data
	Dir                         // a directory
	Link                        // a symlink to Target
	Library                     // what the loader finds under the name Target; Path is where that is to be expected
)

// Addition is something that a group puts into the image.
type Addition struct {
	Path     string // absolute, in the image
	Kind     AdditionKind
	Data     []byte
	Target   string
	Mode     fs.FileMode // of Bytes and Dir: permissions, and the sticky bit
	UID, GID int         // of Bytes and Dir
	Size     int64       // of a File or of Bytes; further names of a file that was counted have 0
	Plugin   bool        // a shared object whose own libraries must be resolved, as dlopened by the program
	Program  bool        // an executable or script whose closure must be resolved
	Why      string      // what it is, for the account
}

// Degree says how sure it is that the programs miss something without a group.
type Degree int

// The degrees. What is Possible may be told to a user who asks; what is Likely
// is worth a hint; what is Certain is worth adding where it is small.
const (
	Possible Degree = iota + 1
	Likely
	Certain
)

func (d Degree) String() string {
	return [...]string{"none", "possible", "likely", "certain"}[d]
}

// Need says that an object asks for a group.
type Need struct {
	Group    string
	Triggers []string // the symbols, libraries or strings that show it
	In       string   // path of the object
	Soname   string   // its soname; "" for most programs
	Degree   Degree
	Why      string // what does not work without the group
}

// Priority says how much an object wants a library that it opens with dlopen.
type Priority string

// The priorities: those of the specification of .note.dlopen, and Hinted.
const (
	Required    Priority = "required"    // the object does not work without the library
	Recommended Priority = "recommended" // the object normally wants it
	Suggested   Priority = "suggested"   // only full installations want it
	Hinted      Priority = "hinted"      // a string constant reads as its name
)

// Open is a library that an object opens by itself.
type Open struct {
	By          string   // path of the object
	Names       []string // alternatives, the best first; the first that is found is meant
	Priority    Priority
	Description string // what the object says that it is for
}

// Pattern is of an object that makes up names of libraries, which cannot be
// predicted.
type Pattern struct {
	By    string   // path of the object
	Names []string // its format strings, such as "lib%s.so"
}

// Setting is a line of a configuration file that matters to a container.
type Setting = conffile.Setting

// SettingKind is what a setting of a configuration file means for a container.
type SettingKind = conffile.Kind

// The kinds of settings.
const (
	Daemonize = conffile.Daemonize // the program puts itself into the background, which ends the container
	Loopback  = conffile.Loopback  // it listens on addresses that cannot be reached from outside the container
	Directory = conffile.Directory // Value is a directory that it wants to be there
)

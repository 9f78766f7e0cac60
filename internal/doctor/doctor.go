package doctor

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/doctor/internal/conffile"
	"github.com/mkrootfs/mkrootfs/internal/doctor/internal/owndata"
	"github.com/mkrootfs/mkrootfs/internal/owner"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// Doctor examines the objects of one source. It caches what it has read, so Examine can
// be called again after objects were added. It is not safe for concurrent use.
type Doctor struct {
	root     *sysroot.Root
	objects  map[*elfdeps.Object]*objectFacts
	names    map[*elfdeps.Object][]string // what namesOf returns
	literals literalCache
	packages *owndata.Packages
	starts   map[*elfdeps.Object]*starts
	programs map[string]bool // the names of the programs in PATH; nil until they are read
}

// New returns a Doctor for programs that come from source.
func New(source fs.ReadLinkFS) *Doctor {
	root := sysroot.New(source)
	return &Doctor{
		root:     root,
		objects:  map[*elfdeps.Object]*objectFacts{},
		names:    map[*elfdeps.Object][]string{},
		literals: newLiteralCache(),
		packages: owndata.NewPackages(root),
		starts:   map[*elfdeps.Object]*starts{},
	}
}

// Input is the input of an examination. Together with the source it determines the
// findings.
type Input struct {
	// Objects are all objects of the closure so far, in load order: programs,
	// libraries and plugins, and scripts. Interpreters are ignored.
	Objects []Object
	// Programs are the paths of the objects that the image is made for. The programs that
	// these start are helpers.
	Programs []string
	// Moved are the paths in the image of Programs, which may be others than in the source.
	Moved map[string]string
	// Libc is the C library of the programs.
	Libc elfdeps.Libc
	// Env returns a variable of the image's environment; nil means that it is empty.
	Env func(name string) string
	// User is the user of the image, NAME|UID[:GROUP|GID]; "" is root.
	User string
	// Accounts are further accounts that flags name.
	Accounts Accounts
	// Image is the image's tree so far; nil is an empty one.
	Image fs.ReadLinkFS
	// Configs are the configuration files that go into the image.
	Configs []Config
	// Groups selects groups.
	Groups Choice
	// Dlopen is the level at which the caller adds libraries; "" is LevelNone, with
	// which Findings.Opens is empty.
	Dlopen Level
	// Done are groups that were added after an earlier call. The findings do not
	// contain them.
	Done []string
}

// Accounts are what the flags of a user say about accounts.
type Accounts struct {
	// Added are accounts that the image gets with these numbers.
	Added []owner.Account
	// Owners are the owners of files and directories, NAME|UID[:GROUP|GID].
	Owners []string
	// Env are the variables of the image, K=V.
	Env []string
	// Command are the program and its arguments as far as flags give them.
	Command []string
}

// Config is a configuration file of the image. The accounts and modules that it names
// are added.
type Config = conffile.Config

// IsConfig reports whether name is a likely path of a configuration file.
func IsConfig(name string) bool {
	switch path.Ext(name) {
	case ".conf", ".cnf", ".cfg", ".ini":
		return true
	}
	return strings.HasPrefix(name, "/etc/")
}

// Choice selects groups.
type Choice struct {
	Auto    bool     // the groups that the objects need
	With    []string // further groups
	Without []string // groups to leave out
}

// check returns an error for an unknown group.
func (c Choice) check() error {
	for _, name := range slices.Concat(c.With, c.Without) {
		if GroupContents(name) == "" {
			return fmt.Errorf("%s: no such group", name)
		}
	}
	return nil
}

// Level selects which of the libraries that objects open with dlopen are added.
type Level string

// The levels. Each includes the ones before it.
const (
	LevelNone      Level = "none"      // no libraries
	LevelDeclared  Level = "declared"  // those that a .note.dlopen requires or recommends
	LevelSuggested Level = "suggested" // those that a .note.dlopen suggests
	LevelHinted    Level = "hinted"    // those whose names are strings of objects
)

// Levels returns all levels. Each includes the ones before it.
func Levels() []Level {
	return []Level{LevelNone, LevelDeclared, LevelSuggested, LevelHinted}
}

package doctor

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/doctor/internal/conffile"
	"github.com/mkrootfs/mkrootfs/internal/doctor/internal/owndata"
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

// Object is an object of the closure.
type Object struct {
	// Object describes the object. The pointer is the key of the cache, so later calls
	// should use the same pointer for the same file.
	*elfdeps.Object
	// In is the resolver that reads the object: that of the source or of the image.
	In *elfdeps.Resolver
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

// Examine returns what the objects, the configuration files and in.Groups need other
// than the closure. If a group adds objects, the caller adds them to in.Objects and
// calls Examine again.
//
// Examine returns an error if a file cannot be read, a limit of this package is
// exceeded, or ctx has ended. A missing file is not an error; Group.Absent has its name.
func (d *Doctor) Examine(ctx context.Context, in Input) (*Findings, error) {
	if err := in.Groups.check(); err != nil {
		return nil, err
	}
	if in.Env == nil {
		in.Env = func(string) string { return "" }
	}
	all := in.Objects
	in.Objects = slices.DeleteFunc(slices.Clone(all), func(o Object) bool {
		return o.Kind == elfdeps.Script || o.Kind == elfdeps.Interpreter
	})
	configs, err := conffile.Read(ctx, in.Image, in.Configs)
	if err != nil {
		return nil, err
	}
	found := &Findings{
		Ports: configs.Ports, Settings: configs.Settings, Modes: configs.Modes,
		Includes: configs.Includes, Warnings: configs.Warnings,
		Variables: slices.DeleteFunc(configs.Variables, func(v Setting) bool { return in.Env(v.Value) != "" }),
	}
	if found.Dirs, err = d.confDirs(in, configs.Settings); err != nil {
		return nil, err
	}
	d.findRootRefusal(in, configs.Users, found)
	findLostAccounts(in, found)
	if err := d.findOpens(ctx, in, found); err != nil {
		return nil, err
	}
	if !in.Groups.Auto && len(in.Groups.With) == 0 {
		return found, nil // the objects need not be read for groups
	}
	needs, err := d.findNeeds(ctx, in)
	if err != nil {
		return nil, err
	}
	facts, err := d.collectFacts(ctx, in, configs)
	if err != nil {
		return nil, err
	}
	basis := groupBasis{needs, facts}
	if err := d.advise(ctx, withObjects(in, all), &basis, found); err != nil {
		return nil, err
	}
	return found, d.chooseGroups(ctx, in, basis, found)
}

// advise adds the data and the helpers of the programs and scripts in in to b, and the
// advice about them to found.
func (d *Doctor) advise(ctx context.Context, in Input, b *groupBasis, found *Findings) error {
	started, err := d.findHelpers(ctx, in)
	if err != nil {
		return err
	}
	data, err := d.findData(ctx, startedObjects(in, started.list), in.Groups)
	if err != nil {
		return err
	}
	b.facts.selected, b.needs["data"] = data.selected, data.selected.need()
	if in.Groups.Auto && !slices.Contains(in.Groups.Without, "data") {
		found.Advice = append(found.Advice, data.rest.advice(existsIn(in.Image))...)
	}
	in.Programs = slices.Concat(in.Programs, data.selected.starts())
	b.facts.started, err = d.adviseHelpers(ctx, in, b.needs, found)
	return err
}

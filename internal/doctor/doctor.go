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
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// Doctor examines the objects of one source. It keeps what it has read of them,
// so that it can be asked again when there are more. A Doctor is for one
// goroutine; different ones, with resolvers of their own, are independent.
type Doctor struct {
	root     *sysroot.Root
	objects  map[*elfdeps.Object]*objectFacts
	literals literalCache
}

// New returns a Doctor for programs that come from source.
func New(source fs.ReadLinkFS) *Doctor {
	return &Doctor{
		root:     sysroot.New(source),
		objects:  map[*elfdeps.Object]*objectFacts{},
		literals: newLiteralCache(),
	}
}

// Object is an object of the closure.
type Object struct {
	// Object describes the object. What is read of it is remembered by this
	// pointer, so the same file should be the same pointer in later calls.
	*elfdeps.Object
	// In reads the object: the resolver of the source or that of the image.
	In *elfdeps.Resolver
}

// Input is all that an answer depends on.
type Input struct {
	// Objects are the whole closure so far, in load order: programs, libraries and
	// plugins. Scripts and interpreters among them are passed over.
	Objects []Object
	// Libc is the C library of the programs.
	Libc elfdeps.Libc
	// Env returns a variable of the image's environment; nil is an empty one.
	Env func(name string) string
	// User is who the image runs as, NAME|UID[:GROUP|GID], "" for root.
	User string
	// Image is the image's tree so far; nil is an empty one.
	Image fs.ReadLinkFS
	// Configs are the configuration files that go into the image.
	Configs []Config
	// Groups says which groups may go in.
	Groups Choice
	// Dlopen says which libraries that objects open themselves are looked for; ""
	// is LevelNone.
	Dlopen Level
	// Done are groups that went in after an earlier call. They are not answered
	// again.
	Done []string
}

// Config is a configuration file that goes into the image. The accounts and
// modules that it names come along.
type Config = conffile.Config

// ConfigPath returns where a configuration file goes: /etc/<stem>/<base>, the
// stem being the base without its last extension, so redis.conf goes to
// /etc/redis/redis.conf.
func ConfigPath(src string) string {
	base := path.Base(path.Clean("/" + src)) // without "..", which is no file's name
	stem := strings.TrimSuffix(base, path.Ext(base))
	if stem = strings.TrimLeft(stem, "."); stem == "" {
		stem = strings.TrimLeft(base, ".")
	}
	return path.Join("/etc", stem, base)
}

// Choice says which groups are wanted.
type Choice struct {
	Auto    bool     // those that the objects need
	With    []string // these in any case
	Without []string // these in no case
}

// check returns an error for a name that no group has.
func (c Choice) check() error {
	for _, name := range slices.Concat(c.With, c.Without) {
		if GroupContents(name) == "" {
			return fmt.Errorf("%s: no such group", name)
		}
	}
	return nil
}

// Examine returns what the objects, the configuration files and the user ask
// for beyond the closure. The answer depends on in and the source alone; when
// what it names has objects of its own, they are added to in.Objects and asked
// about in another call.
//
// Errors are those of reading the source and the image, that of a ctx that has
// ended, and one for each limit of this package. A file that is merely not there
// is named in Group.Absent.
func (d *Doctor) Examine(ctx context.Context, in Input) (*Findings, error) {
	if err := in.Groups.check(); err != nil {
		return nil, err
	}
	if in.Env == nil {
		in.Env = func(string) string { return "" }
	}
	in.Objects = slices.DeleteFunc(slices.Clone(in.Objects), func(o Object) bool {
		return o.Kind == elfdeps.Script || o.Kind == elfdeps.Interpreter
	})
	configs, err := conffile.Read(ctx, in.Image, in.Configs)
	if err != nil {
		return nil, err
	}
	found := &Findings{Ports: configs.Ports, Settings: configs.Settings, Warnings: configs.Warnings}
	if err := d.findOpens(ctx, in, found); err != nil {
		return nil, err
	}
	needs, err := d.findNeeds(ctx, in)
	if err != nil {
		return nil, err
	}
	facts, err := d.collectFacts(ctx, in, configs)
	if err != nil {
		return nil, err
	}
	return found, d.chooseGroups(ctx, in, groupBasis{needs, facts}, found)
}

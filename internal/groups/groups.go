// Package groups knows which files a group of run-time needs consists of: what
// to take from the system that the programs come from, and what to write anew.
//
// It looks only at the file system and facts that it is given, so an unpacked
// system of any architecture serves as well as this machine; directories that
// differ between systems are found beside the libraries of the closure or read
// out of them. It changes nothing and runs nothing, and what it reads and keeps
// of a system is bounded. Its caveat: the sizes do not count what the ELF files
// of a group need in their turn. Start with Make.
package groups

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// AutoLimit is the size in bytes from which on a group is too large to be added
// unasked.
const AutoLimit = 1 << 20

// Facts are what the programs and the image are like.
type Facts struct {
	// Env returns a variable of the image's environment; nil is an empty one.
	Env func(name string) string
	// Libc is "glibc" or "musl", "" for programs that are linked statically.
	Libc string
	// LibcVersion is 236 for glibc 2.36, 0 when it is not known.
	LibcVersion int
	// Static is set when every program is a Go program linked statically, which
	// has no use for what the C library looks at.
	Static bool
	// LibraryDirs are the directories that the closure's libraries lie in.
	LibraryDirs []string
	// Libraries are the paths of the closure's libraries by soname.
	Libraries map[string]string
	// Literals calls yield with the string constants of the ELF file at path until
	// yield returns false; nil when they cannot be told.
	Literals func(path string, yield func([]byte) bool) error
	// Programs are the paths of the programs in the source.
	Programs []string
	// User is who the image runs as, NAME|UID[:GROUP|GID], "" for root.
	User string
	// Users are names of further accounts that the image must know.
	Users []string
	// Configs are configuration files of the source that go into the image: those
	// of --conf, and what is copied to /etc. The accounts and modules that they
	// name come along.
	Configs []string
	// Nsswitch is the image's own nsswitch.conf, nil when it has none yet.
	Nsswitch []byte
}

// Kind says what an Addition is.
type Kind int

// The kinds of additions.
const (
	File    Kind = iota // the source's file or symlink at Path, with the links that lead to it
	Bytes               // a file with the content Data
	Dir                 // a directory
	Link                // a symlink to Target
	Library             // what the loader finds under the name Target; Path is where that is to be expected
)

// Addition is something that a group puts into the image.
type Addition struct {
	Path     string // absolute, in the image
	Kind     Kind
	Data     []byte
	Target   string
	Mode     fs.FileMode // of Bytes and Dir: permissions, and the sticky bit
	UID, GID int         // of Bytes and Dir
	Size     int64       // of a File or of Bytes; names of a file that was counted have 0
	Plugin   bool        // a shared object whose own libraries must be resolved, as dlopened by the program
	Program  bool        // an executable or script whose closure must be resolved
	Why      string      // what it is, for the account
}

// Plan is what a group adds.
type Plan struct {
	Group     string
	Additions []Addition
	Size      int64    // in bytes
	Absent    []string // what belongs to the group and is not in the source
	// Unread has an error for each configuration file that is too large to be read
	// for the names in it: what it names is not added.
	Unread []error
}

// group is a row of the table of all groups.
type group struct {
	name   string
	brings string
	make   func(*maker)
}

// all are the groups, in the order of --help.
var all = []group{
	{"passwd", "users root, nobody, nonroot and --user; their groups and homes", (*maker).users},
	{"tmp", "/tmp, /var/tmp, /run, /var/run, and what programs name in them", (*maker).temporary},
	{"nss", "nsswitch.conf and the modules that it names", (*maker).nss},
	{"netbase", "/etc/hosts, services and protocols", (*maker).netbase},
	{"ca-certs", "certificate authorities", (*maker).certificates},
	{"tzdata", "the zone that TZ names, or all of them", (*maker).zones},
	{"modules", "shared objects that the configuration files name", (*maker).modules},
	{"libgcc", "libgcc_s.so.1, for threads that end and for backtraces", (*maker).libgcc},
	{"locale", "C.UTF-8, or the locales that LANG and LC_* name", (*maker).locales},
	{"gconv", "glibc's character sets", (*maker).gconv},
	{"terminfo", "the common terminals and TERM", (*maker).terminfo},
	{"shell", "/bin/sh", (*maker).shell},
	{"openssl", "openssl.cnf and the modules that it names", (*maker).openssl},
	{"ossl-modules", "OpenSSL's providers", (*maker).providers},
	{"ossl-engines", "OpenSSL's engines", (*maker).engines},
	{"pam", "PAM's configuration and its modules", (*maker).pam},
	{"sasl", "SASL mechanisms", (*maker).sasl},
	{"krb5", "krb5.conf and Kerberos plugins", (*maker).krb5},
	{"p11-kit", "PKCS #11 modules", (*maker).p11kit},
	{"gio-modules", "GIO modules", (*maker).gio},
	{"gdk-pixbuf", "image loaders of GDK-PixBuf", (*maker).pixbuf},
	{"magic", "libmagic's database", (*maker).magic},
	{"fonts", "fontconfig's files and the fonts installed", (*maker).fonts},
}

// Names returns the names of all groups, in the order of --help.
func Names() []string {
	names := make([]string, len(all))
	for i, g := range all {
		names[i] = g.name
	}
	return names
}

// Brings says in a few words what a group consists of; "" if there is no such
// group.
func Brings(name string) string {
	if i := index(name); i >= 0 {
		return all[i].brings
	}
	return ""
}

func index(name string) int {
	return slices.IndexFunc(all, func(g group) bool { return g.name == name })
}

// Make returns what the group name adds to an image whose programs come from
// src, as f describes them. Errors are those of the file system, what is larger
// than the limits of this package, and that of a ctx that has ended: a file that
// is merely not there is named in Absent instead.
func Make(ctx context.Context, src fs.ReadLinkFS, f Facts, name string) (Plan, error) {
	i := index(name)
	if i < 0 {
		return Plan{}, fmt.Errorf("%s: no such group", name)
	}
	if f.Env == nil {
		f.Env = func(string) string { return "" }
	}
	m := &maker{
		Facts: f, ctx: ctx, root: sysroot.New(src), plan: Plan{Group: name},
		paths: map[string]bool{}, counted: map[string]bool{}, walked: map[string]bool{},
		textLeft: maxTexts, scanLeft: maxConfigs, dataLeft: maxData,
	}
	all[i].make(m)
	if ctx.Err() != nil {
		return Plan{}, ctx.Err()
	}
	slices.SortStableFunc(m.plan.Additions, func(a, b Addition) int { return cmp.Compare(a.Path, b.Path) })
	slices.Sort(m.plan.Absent)
	return m.plan, m.err
}

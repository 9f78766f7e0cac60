package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/doctor/internal/conffile"
	"github.com/mkrootfs/mkrootfs/internal/owner"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// confDirs returns the directories that the main configuration files name. They belong
// to the user of the image; without one, and for directories that programs share, they
// have the owner in the source. One that the source does not have belongs to the first
// account that the files name, since the program makes its files after it changed to this
// account. The mode is that in the source.
func (d *Doctor) confDirs(in Input, configs conffile.Contents) (list []ConfDir, err error) {
	settings := slices.DeleteFunc(slices.Clone(configs.Settings), func(s Setting) bool { return s.Kind != Directory })
	if len(settings) == 0 {
		return nil, nil
	}
	accounts := owner.Table{Source: d.root, Added: in.Accounts.Added}
	who := owner.IDs{}
	if !isRoot(in.User) {
		if who, err = accounts.ForFlag("user", in.User); err != nil {
			return nil, err
		}
	}
	named := firstAccount(accounts, configs.Users)
	for _, s := range settings {
		dir := Addition{
			Path: s.Value, Kind: Dir, Mode: 0o755, Why: fmt.Sprintf("--conf %s, line %d", s.File, s.Line),
		}
		n, err := d.root.Walk(s.Value)
		switch {
		case err == nil && n.Info.IsDir():
			dir = likeSource(dir, n)
		case err != nil && !sysroot.IsAbsent(err) && !errors.Is(err, fs.ErrPermission):
			return nil, err
		case !isCommon(s.Value):
			dir.UID, dir.GID = named.UID, named.GID
		}
		shared := isCommon(s.Value)
		if !shared && !isRoot(in.User) {
			dir.UID, dir.GID = who.UID, who.GID
		}
		list = append(list, ConfDir{dir, shared})
	}
	return list, nil
}

// firstAccount returns the ids of the first of names that is an account; those of root if
// there is none.
func firstAccount(accounts owner.Table, names []string) owner.IDs {
	for _, name := range names {
		if who, err := accounts.Lookup(name); err == nil {
			return who
		}
	}
	return owner.IDs{}
}

// SharedDirs returns the directories in which the main configuration files name files and
// in which programs usually make files, with the files and lines that name them.
func (f *Findings) SharedDirs() map[string]string {
	found := map[string]string{}
	for _, d := range f.Dirs {
		if d.Shared && (strings.HasPrefix(d.Path+"/", "/run/") || strings.HasPrefix(d.Path, "/var/")) {
			found[d.Path] = d.Why
		}
	}
	return found
}

// isCommon reports whether a directory is one of hier(7) that all programs share, or one
// below /etc or /usr, which a program should not be able to change.
func isCommon(dir string) bool {
	if slices.Contains(sharedDirs, dir) || slices.Contains(stateDirs, dir+"/") {
		return true
	}
	for _, top := range []string{"/etc/", "/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/", "/boot/", "/root/"} {
		if strings.HasPrefix(dir+"/", top) {
			return true
		}
	}
	return false
}

// sharedDirs are the directories of hier(7) that are not in stateDirs.
var sharedDirs = []string{
	"/home", "/media", "/mnt", "/opt", "/run/lock", "/srv", "/tmp", "/var", "/var/local", "/var/lock", "/var/mail",
	"/var/opt", "/var/tmp",
}

package source

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

func elsewhereSource() *Source {
	m := fstest.MapFS{}
	for _, name := range []string{
		"usr/lib/postgresql/15/bin/postgres", "usr/lib/postgresql/15/bin/pg_ctl", "usr/lib/postgresql/14/bin/pg_ctl", "usr/libexec/helper",
		"opt/app/bin/app", "usr/games/game", "usr/lib/own/own", "usr/bin/redis-server", "usr/bin/redis-cli", "usr/bin/named", "usr/bin/apache2",
	} {
		m[name] = &fstest.MapFile{Mode: 0o755}
	}
	m["usr/lib/app/bin/note"] = &fstest.MapFile{Mode: 0o644}
	m["usr/lib/postgresql/current"] = &fstest.MapFile{Data: []byte("15"), Mode: 0o777 | 1<<27} // fs.ModeSymlink
	return &Source{Root: sysroot.New(m), Dir: "/", path: UsualPath}
}

func TestElsewhere(t *testing.T) {
	for name, want := range map[string][]string{
		"postgres": {"/usr/lib/postgresql/15/bin/postgres"}, // not also through the symlink
		"pg_ctl":   {"/usr/lib/postgresql/14/bin/pg_ctl", "/usr/lib/postgresql/15/bin/pg_ctl"},
		"helper":   {"/usr/libexec/helper"}, "app": {"/opt/app/bin/app"}, "game": {"/usr/games/game"}, "own": {"/usr/lib/own/own"},
		"note": {}, "none": {}, "*": {}, "bin": {},
	} {
		if got := elsewhereSource().Elsewhere(name); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestSimilar(t *testing.T) {
	for name, want := range map[string][2]string{
		"redis": {"redis-server", "redis-cli"}, "name": {"named", "named"}, "apache": {"apache2", "apache2"},
		"redis-sever": {"", "redis-server"}, "nmaed": {"", "named"}, "mamed": {"", "named"}, "mamad": {"", ""}, "xx": {"", ""}, "": {"", ""},
	} {
		if got := elsewhereSource().Server(name); got != want[0] {
			t.Errorf("server of %q: %q, want %q", name, got, want[0])
		}
		if got := elsewhereSource().Similar(name); got != want[1] {
			t.Errorf("similar to %q: %q, want %q", name, got, want[1])
		}
	}
}

package doctor

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestRootRefusal(t *testing.T) {
	source := fstest.MapFS{"etc/passwd": {Data: []byte("postgres:x:5:5::/:\nmemcache:x:6:6::/:\nirc:x:39:39::/:\n")}}
	for _, tc := range []struct{ command, user, users, want string }{
		{"/usr/lib/postgresql/15/bin/postgres -D /d", "", "", "postgres refuses to run as root: add --user postgres"},
		{"postgres", "0:5", "", "postgres refuses to run as root: add --user postgres"},
		{"postgres", "root:5", "", "postgres refuses to run as root: add --user postgres"},
		{"postgres", "5", "", ""},
		{"postgres", "postgres", "", ""},
		{"postgres -u x", "", "x", "postgres refuses to run as root: add --user postgres"},
		{"memcached", "", "", "memcached refuses to run as root without -u: add --user memcache or -- -u memcache"},
		{"memcached -m 64", "", "memcache", ""},
		{"memcached -m 64", "", "nonesuch", "memcached refuses to run as root without -u: add --user memcache or -- -u memcache"},
		{"memcached -u memcache", "", "", ""},
		{"memcached -umemcache", "", "", ""},
		{"memcached --user=memcache", "", "", ""},
		{"mariadbd", "", "", "mariadbd refuses to run as root without --user: add --user nobody or -- --user nobody"},
		{"mariadbd --user=mysql", "", "", ""},
		{"mariadbd", "", "irc", ""},
		{"mariadbd", "", "root", "mariadbd refuses to run as root without --user: add --user nobody or -- --user nobody"},
		{"znc", "", "", "znc refuses to run as root: add --user nobody"},
		{"znc --allow-root", "", "", ""},
		{"inspircd", "", "", "inspircd refuses to run as root: add --user irc"},
		{"redis-server", "", "", ""},
		{"tini postgres", "", "", ""},
		{"", "", "", ""},
	} {
		found := &Findings{}
		in := Input{User: tc.user, Accounts: Accounts{Command: strings.Fields(tc.command)}}
		New(source).findRootRefusal(in, strings.Fields(tc.users), found)
		got := ""
		for _, a := range found.Advice {
			got += a.Text + ": " + a.Fix
			if !a.Warning {
				t.Errorf("%s: not a warning", tc.command)
			}
		}
		if got != tc.want {
			t.Errorf("%s as %q: %q, want %q", tc.command, tc.user, got, tc.want)
		}
	}
}

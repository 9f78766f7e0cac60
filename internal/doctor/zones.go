package doctor

import (
	"path"
	"regexp"
	"strings"
	"sync"
)

// zoneinfo is the first directory in which glibc, musl, Go and ICU look.
const zoneinfo = "/usr/share/zoneinfo"

// posixZone matches a TZ that contains the rules of its zone (POSIX, Environment
// Variables): CET-1CEST,M3.5.0,M10.5.0/3.
var posixZone = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([A-Za-z]{3,}|<[^>]+>)[+-]?[0-9]`)
})

// zones adds the zone that TZ names, with its symlinks, and /etc/localtime as a link to
// it, for programs that clear their environment. Without TZ it adds all zones, except
// the copies of them in other forms.
func (m *maker) zones() {
	dir := zoneinfo
	if d := m.env("TZDIR"); path.IsAbs(d) {
		dir = path.Clean(d)
	}
	tz := strings.TrimPrefix(m.env("TZ"), ":")
	if tz == "" {
		all := m.tree(dir, "time zones", func(rel string) bool {
			return rel == "posix" || rel == "right" || rel == "localtime" || rel == "posixrules"
		})
		if !all {
			m.absent(dir + " (package tzdata)")
		}
		return
	}
	name := tz
	if !path.IsAbs(tz) {
		name = path.Join(dir, tz)
	}
	switch {
	case m.file(name, "the time zone that TZ names"):
		if name != "/etc/localtime" {
			m.add(Addition{Path: "/etc/localtime", Kind: Link, Target: name, Why: "the time zone that TZ names"})
		}
	case !posixZone().MatchString(tz) && tz != "UTC" && tz != "GMT":
		m.absent("time zone " + tz)
	}
}

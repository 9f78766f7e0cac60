package doctor

import (
	"path"
	"regexp"
	"strings"
	"sync"
)

// zoneinfo is where glibc, musl, Go and ICU look first.
const zoneinfo = "/usr/share/zoneinfo"

// posixZone matches a TZ that describes its zone itself (POSIX, Environment
// Variables): CET-1CEST,M3.5.0,M10.5.0/3.
var posixZone = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([A-Za-z]{3,}|<[^>]+>)[+-]?[0-9]`)
})

// zones adds the zone that TZ names, with the links that lead to it, and makes
// it /etc/localtime, for programs that clear their environment. Without TZ all
// zones are added, without their copies in other forms.
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

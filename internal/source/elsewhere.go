package source

import (
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/nearest"
)

// usualPlaces are directories with programs that PATH often lacks: those of the
// administrator, of games, of helpers (Filesystem Hierarchy Standard 4.7), of versions of
// one program (/usr/lib/postgresql/15/bin), and of programs in directories of their own.
// "*" stands for any name, NAME for that of the program.
var usualPlaces = []string{
	"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/games", "/usr/local/games",
	"/usr/libexec", "/usr/libexec/*", "/usr/lib/NAME", "/usr/lib/*/bin", "/usr/lib/*/sbin", "/usr/lib/*/*/bin",
	"/usr/local/*/bin", "/opt/*/bin", "/opt/*/*/bin", "/opt/NAME",
}

const (
	maxPlaces  = 1 << 12 // directories that are searched for one name
	maxEntries = 1 << 14 // entries of a directory
)

// Elsewhere returns the paths of the programs of that name in directories that PATH often
// lacks. Directories that cannot be read are skipped, as in a search in PATH.
func (s *Source) Elsewhere(name string) []string {
	left := maxPlaces
	byFile := map[string]string{} // the path by the real path
	for _, pattern := range usualPlaces {
		for dir := range s.expand("/", strings.Split(strings.ReplaceAll(pattern[1:], "NAME", name), "/"), &left) {
			at := path.Join(dir, name)
			n, err := s.Root.Walk(at)
			if err != nil || !n.Info.Mode().IsRegular() || n.Info.Mode()&0o111 == 0 {
				continue
			}
			if _, ok := byFile[n.Real]; !ok || at == n.Real {
				byFile[n.Real] = at
			}
		}
	}
	out := []string{}
	for _, at := range byFile {
		out = append(out, at)
	}
	slices.Sort(out)
	return out
}

// expand returns the directories that a pattern below dir stands for. left is how many more
// may be returned.
func (s *Source) expand(dir string, pattern []string, left *int) map[string]bool {
	out := map[string]bool{}
	if len(pattern) == 0 {
		if *left--; *left >= 0 {
			out[dir] = true
		}
		return out
	}
	names := []string{pattern[0]}
	if pattern[0] == "*" {
		names = s.namesIn(dir)
	}
	for _, name := range names {
		if *left <= 0 {
			break
		}
		for found := range s.expand(path.Join(dir, name), pattern[1:], left) {
			out[found] = true
		}
	}
	return out
}

// namesIn returns the names in a directory, none if it cannot be read.
func (s *Source) namesIn(dir string) []string {
	entries, err := bounded.ReadDir(s.Root, dir, maxEntries)
	if err != nil {
		return nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

// Server returns the name of the program in PATH that is the server of that name, or its
// next version, as such programs are usually named: named for name, redis-server for redis,
// apache2 for apache. It returns "" if there is none.
func (s *Source) Server(name string) string {
	for _, suffix := range []string{"d", "-server", "2", "3"} {
		if _, err := s.searchPath(name + suffix); err == nil && len(name) > 2 {
			return name + suffix
		}
	}
	return ""
}

// Similar returns the name of the program in PATH that is most similar to name, "" if none
// is.
func (s *Source) Similar(name string) string {
	var names []string
	for dir := range strings.SplitSeq(s.path, ":") {
		for _, n := range s.namesIn(absolute(s.Dir, dir)) {
			if len(n) <= 2*len(name) {
				names = append(names, n)
			}
		}
	}
	return nearest.Among(name, names)
}

package confplan

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// search finds the paths of configuration files among the string constants of a program.
type search struct {
	program string // its base name
	exists  func(string) bool
	paths   map[string][]string // by each base name that is searched: absolute paths
	tails   map[string][]string // by base name: relative paths, which follow a directory
	dirs    []string            // directories of configuration files
}

// The limits for one program, several times what programs have.
const (
	maxPaths = 8   // paths with one base name
	maxDirs  = 200 // directories
	maxPath  = 256 // the length of a path
)

// newSearch returns a search among the strings of a program, whose base name is that of
// the first of names.
func newSearch(names []string, exists func(string) bool) *search {
	s := &search{exists: exists, paths: map[string][]string{}, tails: map[string][]string{}}
	if len(names) > 0 {
		s.program = path.Base(names[0])
	}
	return s
}

// want adds the base name of a file to those that are searched.
func (s *search) want(base string) { s.paths[base] = nil }

// add examines one string constant, and returns true.
func (s *search) add(b []byte) bool {
	if len(b) > maxPath || bytes.IndexByte(b, ' ') >= 0 {
		return true
	}
	if bytes.IndexByte(b, '%') >= 0 {
		b = bytes.ReplaceAll(bytes.TrimPrefix(b, []byte("%s/")), []byte("%s"), []byte(s.program))
	}
	base := b[bytes.LastIndexByte(b, '/')+1:]
	if _, wanted := s.paths[string(base)]; wanted { // the compiler avoids the copy
		s.addPath(string(base), string(b))
	} else if isConfigDir(b) && len(s.dirs) < maxDirs {
		s.dirs = append(s.dirs, path.Clean(string(b)))
	}
	return true
}

// addPath adds a string whose last element is base.
func (s *search) addPath(base, text string) {
	list := s.tails
	switch {
	case strings.Contains(text, "%"):
		return
	case strings.LastIndexByte(text, '/') == 0:
		text = text[1:] // the end of a longer path
	case text[0] == '/':
		list = s.paths
	}
	if text = path.Clean(text); !slices.Contains(list[base], text) && len(list[base]) < maxPaths {
		list[base] = append(list[base], text)
	}
}

// isConfigDir reports whether a string is a path where directories of configuration
// files are, such as /etc/apache2 or /usr/local/nginx.
func isConfigDir(b []byte) bool {
	for _, top := range []string{"/etc/", "/usr/local/", "/opt/"} {
		if len(b) > len(top) && string(b[:len(top)]) == top {
			return bytes.IndexByte(b, '%') < 0
		}
	}
	return false
}

// place returns the path where the program looks for a file called base, "" if its
// strings do not say. A program may hold the whole path, or a directory and the rest of
// the path (HTTPD_ROOT and SERVER_CONFIG_FILE of Apache). Of several paths the one in
// the source counts.
func (s *search) place(base string) string {
	if list := s.paths[base]; len(list) > 0 {
		i := max(0, slices.IndexFunc(list, s.exists))
		return list[i]
	}
	var own []string
	for _, dir := range s.dirs {
		for _, tail := range s.tails[base] {
			whole := path.Join(dir, tail)
			if s.exists(whole) {
				return whole
			}
			if path.Base(dir) == s.program {
				own = append(own, whole)
			}
		}
	}
	if len(own) == 1 {
		return own[0]
	}
	return ""
}

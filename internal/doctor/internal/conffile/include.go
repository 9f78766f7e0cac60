package conffile

import (
	"fmt"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/fileglob"
)

// Include is what a main file, or a file that it includes, includes and the image does
// not have.
type Include struct {
	In        string // the path in the image of the file that includes it
	File      string // that file for messages
	Line      int    // from 1
	Directive string // as in the file
	Name      string // as in the file
	Path      string // the absolute path or pattern in the image
	Optional  bool   // the program starts without it, or with an empty directory
}

// The limits of includes.
const (
	maxIncludes = 1000 // included files, and Includes
	maxDepth    = 16   // nested includes
)

// isIncludable reports whether name may be a path without variables.
func isIncludable(name string) bool {
	switch {
	case name == "", isTrue(name), isFalse(name), isNumber(name), len(name) > maxPath:
		return false
	}
	return !strings.ContainsAny(name, "$%<>{}()`|\"'")
}

// maxPath is the length of a path, PATH_MAX.
const maxPath = 4096

// include queues the files that a statement includes, or records that the image has
// none of them. A relative name starts at the directory of the file itself (dovecot,
// postgres) or of the main file (nginx, lighttpd).
func (s *fileScan) include(st statement, means meaning) {
	name := st.first()
	if !isIncludable(name) || s.file.depth == maxDepth {
		return
	}
	at := path.Clean(name)
	for _, from := range []string{s.file.Path, s.file.main} {
		if !path.IsAbs(name) {
			at = path.Join(path.Dir(from), name)
		}
		files, exists := fileglob.Find(s.image, at)
		if !exists {
			continue
		}
		if means&command == 0 {
			s.enqueue(files)
		}
		return
	}
	isDir := means&directory != 0 || strings.HasSuffix(name, "/")
	s.addIncludeDir(st, at, isDir)
	if len(s.out.Includes) < maxIncludes {
		s.out.Includes = append(s.out.Includes, Include{
			In: s.file.Path, File: s.file.shown(), Line: st.line, Directive: st.name, Name: strings.Clone(name),
			Path: at, Optional: means&optional != 0 || isDir || fileglob.IsPattern(name),
		})
	}
}

// addIncludeDir adds the directory of an include that is a directory or a pattern: many
// programs do not start if it does not exist, but it may be empty.
func (s *fileScan) addIncludeDir(st statement, at string, isDir bool) {
	if !isDir && fileglob.IsPattern(at) {
		at, isDir = path.Dir(at), true
	}
	if isDir && isPlace(at) && !fileglob.IsPattern(at) && len(s.settings) < maxSettings {
		s.settings = append(s.settings, Setting{
			Kind: Directory, File: s.file.shown(), Line: st.line, Directive: st.name, Value: at,
		})
	}
}

// enqueue adds included files to those that will be read.
func (s *fileScan) enqueue(files []string) {
	for _, f := range files {
		if s.includes++; s.includes > maxIncludes {
			s.warn(fmt.Errorf("%s: more than %d files are included; the others are not examined",
				s.file.shown(), maxIncludes))
			return
		}
		s.queue = append(s.queue, input{
			Config: Config{Path: f, Main: true}, main: s.file.main, depth: s.file.depth + 1,
		})
	}
}

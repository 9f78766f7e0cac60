// Package preload reads the content of /etc/ld.so.preload as glibc's loader does,
// with what it gets wrong. It opens no file. Start with Names.
package preload

import (
	"bytes"
	"strings"
)

// Names returns the names in the file b: between spaces, tabs, newlines and colons;
// a "#" begins a comment (§12; dl_main in rtld.c). It overwrites b.
func Names(b []byte) []string {
	blankComments(b)
	return split(string(b))
}

// blankComments writes blanks over the comments that dl_main recognises. It looks
// for each "#" from the beginning of the file, but only within as many bytes as
// follow the comment before it, so that the second comment of a file is often not
// recognised.
func blankComments(b []byte) {
	for rest := len(b); rest > 0; {
		at := bytes.IndexByte(b[:rest], '#')
		if at < 0 {
			return
		}
		for rest -= at; ; at++ {
			b[at] = ' '
			if rest--; rest <= 0 || b[at+1] == '\n' {
				break
			}
		}
	}
}

// split returns the names in a file without comments. A NUL ends the file,
// except for a name at its end.
func split(text string) []string {
	const seps = ": \t\n"
	end := strings.LastIndexAny(text, seps) + 1
	last, _, _ := strings.Cut(text[end:], "\x00")
	text, _, _ = strings.Cut(text[:end], "\x00")
	names := strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(seps, c) })
	if last != "" {
		names = append(names, last)
	}
	return names
}

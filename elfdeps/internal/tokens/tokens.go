// Package tokens expands the dynamic string tokens, like $ORIGIN, in names and
// search lists, as the loaders of glibc and of musl do.
//
// It never looks for a file. Its caveat: a result that is longer than any path is
// cut off. Start with Values.
package tokens

import (
	"path"
	"strings"
)

// Values are the values of glibc's dynamic string tokens for one object.
type Values struct {
	Origin   string // $ORIGIN
	Lib      string // $LIB
	Platform string // $PLATFORM, "" when there is none

	// Secure reports whether AT_SECURE is set; nil is for no. $ORIGIN counts then
	// only as the whole first component and, where Trusted is not nil, only below
	// one of these directories.
	Secure  func() bool
	Trusted []string
}

const (
	pathMax = 4096    // PATH_MAX
	maxList = 4 << 20 // bytes of a search list
)

// Expand replaces the tokens in s (§9; _dl_dst_substitute in dl-load.c): $NAME or
// ${NAME}, the former not followed by a letter, digit or underscore; all else
// is literal. It is not ok when a token has no value here; the loader ignores a
// string with such a token. A result that is longer than any path is cut off,
// since no file can be opened by it.
func (t *Values) Expand(s string) (out string, ok bool) {
	if strings.IndexByte(s, '$') < 0 {
		return s, true
	}
	var b strings.Builder
	origin := false
	for i := 0; i < len(s); {
		n, name := token(s[i:])
		if n == 0 {
			if b.Len() <= pathMax {
				b.WriteByte(s[i])
			}
			i++
			continue
		}
		value := t.value(name)
		if name == "ORIGIN" {
			origin = true
			if (i > 0 || i+n < len(s) && s[i+n] != '/') && t.atSecure() {
				return "", false
			}
		}
		if value == "" {
			return "", false
		}
		if b.Len() <= pathMax {
			b.WriteString(value)
		}
		i += n
	}
	if origin && t.Trusted != nil && t.atSecure() && !below(b.String(), t.Trusted) {
		return "", false
	}
	return b.String(), true
}

func (t *Values) atSecure() bool { return t.Secure != nil && t.Secure() }

func (t *Values) value(name string) string {
	switch name {
	case "ORIGIN":
		return t.Origin
	case "LIB":
		return t.Lib
	}
	return t.Platform
}

// token returns the length and the name of the token that s begins with, 0 if
// it begins with none (§9; is_dst in dl-load.c).
func token(s string) (n int, name string) {
	if s[0] != '$' {
		return 0, ""
	}
	for _, name := range []string{"ORIGIN", "PLATFORM", "LIB"} {
		if strings.HasPrefix(s[1:], "{"+name+"}") {
			return len(name) + 3, name
		}
		if rest, ok := strings.CutPrefix(s[1:], name); ok && (rest == "" || !wordByte(rest[0])) {
			return len(name) + 1, name
		}
	}
	return 0, ""
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// below reports whether the path lies in one of dirs, each with a slash at its
// end, once "." and ".." are folded (is_trusted_path_normalize).
func below(p string, dirs []string) bool {
	if !strings.HasPrefix(p, "/") {
		return false
	}
	p = path.Clean(p) + "/"
	for _, d := range dirs {
		if strings.HasPrefix(p, d) {
			return true
		}
	}
	return false
}

// ExpandMusl replaces $ORIGIN and ${ORIGIN} in the list s. It is not ok, and the
// loader ignores the list, when s has any other "$" (§11; fixup_rpath in
// dynlink.c). In a list that is longer than any real one, further tokens are
// removed.
func ExpandMusl(s, origin string) (out string, ok bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '$')
		if i < 0 {
			b.WriteString(s)
			return b.String(), true
		}
		if b.WriteString(s[:i]); b.Len() < maxList {
			b.WriteString(origin)
		}
		rest, plain := strings.CutPrefix(s[i:], "$ORIGIN")
		if !plain {
			rest, ok = strings.CutPrefix(s[i:], "${ORIGIN}")
			if !ok {
				return "", false
			}
		}
		s = rest
	}
}

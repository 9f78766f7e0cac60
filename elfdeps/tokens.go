package elfdeps

import (
	"path"
	"strings"
)

// tokens are the values of glibc's dynamic string tokens for one object.
type tokens struct {
	origin   string // $ORIGIN
	lib      string // $LIB
	platform string // $PLATFORM, "" when there is none

	// Under AT_SECURE $ORIGIN counts only as the whole first component and, in
	// the program itself, only below one of the trusted directories.
	secure  func() bool
	trusted []string
}

// expand replaces the tokens in s (§9; _dl_dst_substitute in dl-load.c): $NAME or
// ${NAME}, the former not followed by a letter, digit or underscore; all else
// is literal. It is not ok when a token has no value here; the loader drops
// what contains it. What becomes longer than any path is cut off there, as
// nothing can be opened by it.
func (t *tokens) expand(s string) (out string, ok bool) {
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
	if origin && t.trusted != nil && t.atSecure() && !below(b.String(), t.trusted) {
		return "", false
	}
	return b.String(), true
}

func (t *tokens) atSecure() bool { return t.secure != nil && t.secure() }

func (t *tokens) value(name string) string {
	switch name {
	case "ORIGIN":
		return t.origin
	case "LIB":
		return t.lib
	}
	return t.platform
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

// below tells whether the path lies in one of dirs, each with a slash at its
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

// muslExpand replaces $ORIGIN and ${ORIGIN} in the whole list s; it is not ok,
// and the list void, when there is any other "$" (§11; fixup_rpath in
// dynlink.c). What is longer than any real list keeps no more of its tokens.
func muslExpand(s, origin string) (out string, ok bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '$')
		if i < 0 {
			b.WriteString(s)
			return b.String(), true
		}
		if b.WriteString(s[:i]); b.Len() < maxElemBytes {
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

// Package quote writes text from outside, such as file names, for people and for
// shells: what a terminal would not show as it is is escaped. Start with Printable
// for messages and ShellWord for commands.
package quote

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Printable returns s with every character escaped that a terminal would not
// show as one of its own: control characters, bytes that are no UTF-8, and
// characters that are invisible or change the order of others, as the bidi
// controls and zero-width spaces. What remains is one line. The rule is that of
// strconv.IsPrint, so that %q agrees with it. A backslash of s stays single: the
// result is for reading, not for taking apart.
func Printable(s string) string {
	if !hasUnprintable(s) {
		return s
	}
	var b strings.Builder
	for rest := s; rest != ""; {
		r, n := utf8.DecodeRuneInString(rest)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, rest[0])
		case strconv.IsPrint(r):
			b.WriteString(rest[:n])
		case r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		rest = rest[n:]
	}
	return b.String()
}

// hasUnprintable reports whether Printable has anything to escape in s.
func hasUnprintable(s string) bool {
	for i := 0; i < len(s); {
		if c := s[i]; c >= ' ' && c < 0x7f {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || !strconv.IsPrint(r) {
			return true
		}
		i += n
	}
	return false
}

// ShellWord returns s as one word of a POSIX shell: as it is if it has nothing
// special, else between single quotes. A word that a terminal would not show as
// it is becomes one of the form $'…' with octal escapes (POSIX.1-2024, 2.2.4),
// which bash, zsh, ksh and busybox know; an older dash takes it for another name,
// and never for a command. The result is one printable line.
func ShellWord(s string) string {
	switch {
	case hasUnprintable(s):
		return "$'" + escaped(s) + "'"
	case s != "" && s[0] != '=' && strings.Trim(s, shellSafe) == "":
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// shellSafe are the characters that mean themselves anywhere in a word; "="
// would not at the start of one in zsh.
const shellSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-"

// escaped is s for between $' and '.
func escaped(s string) string {
	var b strings.Builder
	for rest := s; rest != ""; {
		r, n := utf8.DecodeRuneInString(rest)
		plain := strconv.IsPrint(r) && r != utf8.RuneError && !strings.ContainsRune(`'\!`, r)
		if plain {
			b.WriteString(rest[:n])
		}
		for i := 0; i < n && !plain; i++ {
			fmt.Fprintf(&b, `\%03o`, rest[i])
		}
		rest = rest[n:]
	}
	return b.String()
}

// ShellPath is ShellWord for a path that a command takes as an operand: one that
// begins with "-" would be taken for an option.
func ShellPath(p string) string {
	if strings.HasPrefix(p, "-") {
		p = "./" + p
	}
	return ShellWord(p)
}

// ShellWords returns words as a command line.
func ShellWords(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = ShellWord(w)
	}
	return strings.Join(quoted, " ")
}

// maxListed is how many elements of a long list a person is shown.
const maxListed = 8

// Some joins the first elements of a list with blanks and says how many there are
// beyond these.
func Some(list []string) string {
	if len(list) <= maxListed {
		return strings.Join(list, " ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:maxListed], " "), len(list)-maxListed)
}

// Package quote escapes file names and other input for terminals, shells and JSON.
// Start with Printable for messages and ShellWord for commands.
package quote

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Printable returns s as one line for a terminal. It escapes control characters, bytes
// that are not UTF-8, and characters that are invisible or change the order of others,
// such as zero-width spaces and bidi controls. These are the characters for which
// strconv.IsPrint is false, as for %q. A backslash is not doubled, so the result cannot
// be unquoted.
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

// hasUnprintable reports whether Printable escapes anything in s.
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

// ShellWord returns s as one word of a POSIX shell, in one printable line: unchanged if
// it has no special characters, else in single quotes. If Printable would escape
// anything, the form is $'…' with octal escapes (POSIX.1-2024, 2.2.4), which bash, zsh,
// ksh and busybox support. An older dash reads another word, but never a command.
func ShellWord(s string) string {
	switch {
	case hasUnprintable(s):
		return "$'" + escaped(s) + "'"
	case s != "" && s[0] != '=' && strings.Trim(s, shellSafe) == "":
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// shellSafe are the characters without a special meaning anywhere in a word. "=" is
// excluded, since it is special at the start of a word in zsh.
const shellSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-"

// escaped returns s for use between $' and '.
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

// ShellPath is ShellWord for a path that is an operand of a command: a path that begins
// with "-" gets the prefix "./".
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

// List returns words separated by commas, each quoted for a shell.
func List(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = ShellWord(w)
	}
	return strings.Join(quoted, ", ")
}

// maxListed is the number of elements that Some returns of a long list.
const maxListed = 8

// Some returns the first elements of a list separated by blanks, and the number of the
// others.
func Some(list []string) string {
	if len(list) <= maxListed {
		return strings.Join(list, " ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:maxListed], " "), len(list)-maxListed)
}

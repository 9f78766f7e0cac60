package quote

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// AppendJSON appends s, which may be any bytes, to b as a JSON string. A byte that is
// not part of valid UTF-8 becomes the lone surrogate \udcNN, where NN is the byte, as
// with Python's surrogateescape (PEP 383). Characters that Printable escapes are
// escaped, too.
func AppendJSON(b []byte, s string) []byte {
	b = append(b, '"')
	done := 0 // the length of the part of s that is in b
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c < ' ' || c == '"' || c == '\\' || c == 0x7f:
			b = append(append(b, s[done:i]...), '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		case c < utf8.RuneSelf:
			i++
			continue
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			switch {
			case n == 1:
				b = append(append(b, s[done:i]...), '\\', 'u', 'd', 'c', hexDigits[c>>4], hexDigits[c&15])
			case strconv.IsPrint(r):
				i += n
				continue
			default:
				b = appendEscaped(append(b, s[done:i]...), r)
			}
			i += n - 1
		}
		i++
		done = i
	}
	return append(append(b, s[done:]...), '"')
}

// appendEscaped appends \uNNNN for each UTF-16 unit of r (RFC 8259, section 7).
func appendEscaped(b []byte, r rune) []byte {
	for _, unit := range utf16.AppendRune(nil, r) {
		b = append(b, '\\', 'u', hexDigits[unit>>12], hexDigits[unit>>8&15], hexDigits[unit>>4&15], hexDigits[unit&15])
	}
	return b
}

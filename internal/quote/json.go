package quote

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// AppendJSON appends a string of any bytes to b as a JSON string. A byte that is not
// UTF-8 becomes the lone surrogate \udcNN, NN being the byte, which no UTF-8 text can
// hold: Python's surrogateescape (PEP 383). What Printable would escape is an escape of
// JSON too.
func AppendJSON(b []byte, s string) []byte {
	b = append(b, '"')
	done := 0 // how much of s is in b
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

// appendEscaped adds a character by the number of each of its UTF-16 units (RFC
// 8259, section 7).
func appendEscaped(b []byte, r rune) []byte {
	for _, unit := range utf16.AppendRune(nil, r) {
		b = append(b, '\\', 'u', hexDigits[unit>>12], hexDigits[unit>>8&15], hexDigits[unit>>4&15], hexDigits[unit&15])
	}
	return b
}

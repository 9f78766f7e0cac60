package quote

import (
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// surrogate matches an escape that may stand for a byte, with the first half of a pair
// before it if there is one.
var surrogate = regexp.MustCompile(`(\\ud[89ab]..)?\\udc(..)`)

// TestJSONTextIsReversible checks that any bytes can be restored by the rule in the
// schema.
func TestJSONTextIsReversible(t *testing.T) {
	for _, s := range []string{"", "plain", "caf\xe9", "\xff\xfe\x80", "tab\t\"quote\" \\ \x00\x7f", "ütf-8 ☃ 😀", "a\xf0\x9f\x98", "C1 \u009b bidi \u202e\u2028\ufeff tag \U000e0041"} {
		data := AppendJSON(nil, s)
		if got := string(data); Printable(got) != got {
			t.Errorf("%q is not printable: %q", s, got)
		}
		var b strings.Builder
		text, done := string(data), 1
		decode := func(part string) {
			var plain string
			if err := json.Unmarshal([]byte(`"`+part+`"`), &plain); err != nil {
				t.Fatal(err)
			}
			b.WriteString(plain)
		}
		for _, at := range surrogate.FindAllStringSubmatchIndex(text, -1) {
			if at[2] >= 0 { // the second half of a pair
				continue
			}
			decode(text[done:at[0]])
			one, err := hex.DecodeString(text[at[4]:at[5]])
			if err != nil {
				t.Fatal(err)
			}
			b.Write(one)
			done = at[1]
		}
		decode(text[done : len(text)-1])
		if b.String() != s {
			t.Errorf("%q became %s, then %q", s, data, b.String())
		}
	}
}

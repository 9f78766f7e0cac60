package show

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
)

// TestJSONTextIsReversible: bytes that are no UTF-8 come back as they were, by
// the rule that the schema states.
func TestJSONTextIsReversible(t *testing.T) {
	for _, s := range []string{"", "plain", "caf\xe9", "\xff\xfe\x80", "tab\t\"quote\" \\ \x00\x7f", "ütf-8 ☃ 😀", "a\xf0\x9f\x98"} {
		data := appendText(nil, s)
		var b strings.Builder
		for rest := string(data[1 : len(data)-1]); rest != ""; {
			if strings.HasPrefix(rest, `\udc`) {
				one, err := hex.DecodeString(rest[4:6])
				if err != nil {
					t.Fatal(err)
				}
				b.Write(one)
				rest = rest[6:]
				continue
			}
			n := strings.Index(rest, `\udc`)
			if n < 0 {
				n = len(rest)
			}
			var text string
			if err := json.Unmarshal([]byte(`"`+rest[:n]+`"`), &text); err != nil {
				t.Fatal(err)
			}
			b.WriteString(text)
			rest = rest[n:]
		}
		if b.String() != s {
			t.Errorf("%q became %s, then %q", s, data, b.String())
		}
	}
}

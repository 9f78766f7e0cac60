package pack

import "testing"

// Text from outside is a word of the shell in a hint, since users copy hints.
func TestShellList(t *testing.T) {
	if got := shellList([]string{"a", "/x$(touch PWN);\x1b"}); got != `a, $'/x$(touch PWN);\033'` {
		t.Errorf("got %s", got)
	}
}

package tokens

import (
	"strings"
	"testing"
)

func TestTokensTruncated(t *testing.T) {
	tok := &Values{Origin: "/" + strings.Repeat("d", 200)}
	got, ok := tok.Expand(strings.Repeat("$ORIGIN", 100000))
	if !ok || len(got) < pathMax || len(got) > 2*pathMax {
		t.Errorf("%d bytes, %v", len(got), ok)
	}
	list, ok := ExpandMusl(strings.Repeat("$ORIGIN:", 100000), tok.Origin)
	if !ok || len(list) > 2*maxList {
		t.Errorf("musl: %d bytes, %v", len(list), ok)
	}
}

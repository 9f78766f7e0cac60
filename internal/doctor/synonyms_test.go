package doctor

import (
	"slices"
	"strings"
	"testing"
)

// TestSynonyms checks that synonyms lead to groups, and are not groups themselves.
func TestSynonyms(t *testing.T) {
	for word, names := range synonyms {
		if GroupContents(word) != "" || word != strings.ToLower(word) {
			t.Errorf("%s is the name of a group, or not in lower case", word)
		}
		for _, name := range strings.Fields(names) {
			if GroupContents(name) == "" {
				t.Errorf("%s: no such group %s", word, name)
			}
		}
	}
	if got := GroupsFor("SSL"); !slices.Equal(got, []string{"ca-certs", "openssl"}) {
		t.Error(got)
	}
	if got := GroupsFor("nosuch"); len(got) > 0 {
		t.Error(got)
	}
}

package nearest

import (
	"slices"
	"testing"
)

func TestAmong(t *testing.T) {
	candidates := []string{"fold", "named", "mknod", "python3", "redis-benchmark", "redis-cli", "redis-server", "stream", "x", ""}
	for word, want := range map[string]string{
		"redis": "redis-cli", "redis-sever": "redis-server", "pyhton3": "python3", "nmaed": "named", "python2": "python3",
		"foo": "", "mongod": "", "master": "", "na": "", "": "", "named": "named",
	} {
		if got := Among(word, candidates); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}

func TestSort(t *testing.T) {
	words := []string{"initdb", "postmaster", "postgres", "psql"}
	if Sort("postgresql", words); !slices.Equal(words, []string{"postgres", "postmaster", "psql", "initdb"}) {
		t.Errorf("%q", words)
	}
}

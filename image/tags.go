package image

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// Familiar returns the form that `docker images` shows and that a docker archive
// contains: as the name was written, with the tag.
func Familiar(t name.Tag) string {
	s := t.String()
	if strings.HasSuffix(s, ":"+t.TagStr()) {
		return s
	}
	return s + ":" + t.TagStr()
}

// Qualified returns the full form of a name. If the name has no registry, it is the
// default one, spelled as engines show it.
func Qualified(t name.Tag) string {
	return qualifiedRepository(t.Context()) + ":" + t.TagStr()
}

// defaultRegistry is name.DefaultRegistry as engines write it, without "index."
// (distribution/reference, normalize.go).
var defaultRegistry = strings.TrimPrefix(name.DefaultRegistry, "index.")

func qualifiedRepository(r name.Repository) string {
	registry := r.RegistryStr()
	if registry == name.DefaultRegistry {
		registry = defaultRegistry
	}
	return registry + "/" + r.RepositoryStr()
}

// sortedKeys returns the keys of m in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

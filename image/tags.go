package image

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// What docker takes for a registry, a repository path and a tag, narrower than
// go-containerregistry (distribution/reference, regexp.go, domainAndPort,
// pathComponent and tag): an engine would refuse the archive after all the work.
const (
	registryGrammar = `^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[A-Fa-f0-9:]+\])(:[0-9]+)?$`

	pathGrammar = `^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`
	tagGrammar  = `^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`
)

// ParseTags returns the image names that values spell, each once:
// [REGISTRY/]NAME[:TAG], the tag being "latest" when there is none. A name with
// a digest is refused, for an image cannot be given its digest.
func ParseTags(values ...string) ([]name.Tag, error) {
	var tags []name.Tag
	for _, v := range values {
		t, err := parseTag(v)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(tags, func(o name.Tag) bool { return o.Name() == t.Name() }) {
			tags = append(tags, t)
		}
	}
	return tags, nil
}

func parseTag(v string) (name.Tag, error) {
	if v == "" {
		return name.Tag{}, fmt.Errorf("tag %q: must be [REGISTRY/]NAME[:TAG]", v)
	}
	if strings.Contains(v, "@") {
		return name.Tag{}, fmt.Errorf("tag %q: a digest cannot be chosen; give [REGISTRY/]NAME[:TAG]", v)
	}
	if strings.Contains(v, "://") {
		return name.Tag{}, fmt.Errorf("tag %q: must be [REGISTRY/]NAME[:TAG], not a URL", v)
	}
	t, err := name.NewTag(v, name.WeakValidation)
	if err != nil {
		return name.Tag{}, fmt.Errorf("tag %q: %w", v, badName(v, err))
	}
	if !regexp.MustCompile(registryGrammar).MatchString(t.RegistryStr()) {
		return name.Tag{}, fmt.Errorf("tag %q: the registry must be HOST or HOST:PORT", v)
	}
	if !regexp.MustCompile(pathGrammar).MatchString(t.RepositoryStr()) {
		return name.Tag{}, fmt.Errorf("tag %q: names are words of lower-case letters and digits, joined by one of . _ __ - and /", v)
	}
	if !regexp.MustCompile(tagGrammar).MatchString(t.TagStr()) {
		return name.Tag{}, fmt.Errorf("tag %q: after the colon, up to 128 of letters, digits, _ . - and neither . nor - first", v)
	}
	return t, nil
}

// badName says the commonest cause of a bad name in words, else gives err.
func badName(v string, err error) error {
	if v != strings.ToLower(v) && !strings.Contains(err.Error(), "tag can only") {
		return fmt.Errorf("names must be lower case")
	}
	return err
}

// Familiar returns the form that `docker images` shows and a docker archive
// names: as it was written, with the tag.
func Familiar(t name.Tag) string {
	s := t.String()
	if strings.HasSuffix(s, ":"+t.TagStr()) {
		return s
	}
	return s + ":" + t.TagStr()
}

// Qualified returns the full form, with the registry that is meant where none
// is named, under the name that engines show for it.
func Qualified(t name.Tag) string {
	return qualifiedRepository(t.Context()) + ":" + t.TagStr()
}

// defaultRegistry is name.DefaultRegistry as engines write it, without the host
// of its index (distribution/reference, normalize.go).
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

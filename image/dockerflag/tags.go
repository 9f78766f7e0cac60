package dockerflag

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// The registries, repository paths and tags that docker accepts
// (distribution/reference, regexp.go, domainAndPort, pathComponent and tag).
// go-containerregistry accepts more, which an engine would refuse only when the
// archive is loaded.
const (
	labelGrammar    = `[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?`
	registryGrammar = `^(` + labelGrammar + `(\.` + labelGrammar + `)*|\[[A-Fa-f0-9:]+\])(:[0-9]+)?$`

	wordGrammar = `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
	pathGrammar = `^` + wordGrammar + `(/` + wordGrammar + `)*$`
	tagGrammar  = `^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`
)

// ParseTags parses image names of the form [REGISTRY/]NAME[:TAG] (docker build
// --tag) and returns each once. The tag is "latest" if there is none. A name with
// a digest is an error, since the digest follows from the image.
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
		return name.Tag{}, fmt.Errorf("tag %q: a digest cannot be given; use [REGISTRY/]NAME[:TAG]", v)
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
		return name.Tag{}, fmt.Errorf(
			"tag %q: a name consists of words of lower-case letters and digits, joined by . _ __ - or /", v)
	}
	if !regexp.MustCompile(tagGrammar).MatchString(t.TagStr()) {
		return name.Tag{}, fmt.Errorf(
			"tag %q: a tag has up to 128 letters, digits, _ . - and does not begin with . or -", v)
	}
	return t, nil
}

// badName returns a plain message if the repository of v has upper-case letters,
// which is the most frequent mistake, else err.
func badName(v string, err error) error {
	repository := v
	if colon := strings.LastIndexByte(v, ':'); colon > strings.LastIndexByte(v, '/') {
		repository = v[:colon]
	}
	if repository == strings.ToLower(repository) {
		return err
	}
	if _, ok := name.NewRepository(repository, name.WeakValidation); ok == nil {
		return err // it is about the tag
	}
	return errors.New("names must be lower case")
}

package dockerflag

import (
	"fmt"
	"strings"
)

// ParseLabels parses labels of the form K=V (docker run --label). Of two values of
// one name the last is returned. A bare K is a label with an empty value.
func ParseLabels(values ...string) (map[string]string, error) {
	labels := make(map[string]string, len(values))
	for _, v := range values {
		key, value, _ := strings.Cut(v, "=")
		if key == "" || strings.TrimSpace(key) != key {
			return nil, fmt.Errorf("label %q: must be NAME=VALUE", v)
		}
		labels[key] = value
	}
	return labels, nil
}

// ParseAnnotations parses annotations of the form K=V (docker buildx build
// --annotation). Keys must not be empty (image-spec, annotations.md, "Rules").
func ParseAnnotations(values ...string) (map[string]string, error) {
	annotations := make(map[string]string, len(values))
	for _, v := range values {
		key, value, given := strings.Cut(v, "=")
		if !given || key == "" || strings.TrimSpace(key) != key {
			return nil, fmt.Errorf("annotation %q: must be NAME=VALUE", v)
		}
		annotations[key] = value
	}
	return annotations, nil
}

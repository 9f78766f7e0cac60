package image

import (
	"errors"
	"fmt"
	"path"
	"unicode/utf8"
)

// TextError says that a value of a Config is not UTF-8.
type TextError struct {
	Field string // what the value is, in words: "command", "environment", "label"
	Value string
}

// Error quotes the value so that its bytes can be told.
func (e *TextError) Error() string {
	return fmt.Sprintf("%s %q: not UTF-8, and an image configuration can hold nothing else", e.Field, e.Value)
}

// Check returns what New would refuse c for, so that it can be known before
// there is a layer.
//
// Text that is not UTF-8 is a *TextError. An image's configuration and manifest
// are JSON, which is UTF-8 (RFC 8259, section 8.1) and has no form for other
// bytes, though the kernel takes them in names and arguments. encoding/json
// would put U+FFFD in their place, and the container would start something else
// or nothing. CreatedBy and Comment are for people alone and may be anything.
func (c Config) Check() error {
	if _, err := c.Format.mediaTypes(); err != nil {
		return err
	}
	if len(c.Annotations) > 0 && c.Format == Docker {
		return errors.New("annotations need the OCI format: docker manifests have none")
	}
	if err := c.checkText(); err != nil {
		return err
	}
	for _, v := range c.Volumes {
		if !path.IsAbs(v) {
			return fmt.Errorf("volume %q: not an absolute path", v)
		}
	}
	if c.WorkingDir != "" && !path.IsAbs(c.WorkingDir) {
		return fmt.Errorf("working directory %q: not an absolute path", c.WorkingDir)
	}
	_, err := exposedPorts(c.ExposedPorts)
	return err
}

// checkText returns a *TextError for the first value that is not UTF-8.
func (c Config) checkText() error {
	for _, f := range c.texts() {
		for _, v := range f.values {
			if !utf8.ValidString(v) {
				return &TextError{Field: f.name, Value: v}
			}
		}
	}
	return nil
}

// text is a field and what it holds.
type text struct {
	name   string
	values []string
}

// texts returns all that a reader of the image goes by, in a fixed order.
func (c Config) texts() []text {
	p := c.Platform
	texts := []text{
		{"platform", append([]string{p.OS, p.Architecture, p.Variant, p.OSVersion}, p.OSFeatures...)},
		{"entrypoint", c.Entrypoint},
		{"command", c.Cmd},
		{"environment", c.Env},
		{"working directory", []string{c.WorkingDir}},
		{"user", []string{c.User}},
		{"volume", c.Volumes},
		{"label", pairs(c.Labels)},
		{"annotation", pairs(c.Annotations)},
		{"stop signal", []string{c.StopSignal}},
		{"author", []string{c.Author}},
	}
	if c.Healthcheck != nil {
		texts = append(texts, text{"health check", c.Healthcheck.Test})
	}
	return texts
}

// pairs returns m as K=V, in order.
func pairs(m map[string]string) []string {
	list := make([]string, 0, len(m))
	for _, k := range sortedKeys(m) {
		list = append(list, k+"="+m[k])
	}
	return list
}

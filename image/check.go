package image

import (
	"errors"
	"fmt"
	"path"
	"unicode/utf8"
)

// TextError reports a value of a Config that is not UTF-8.
type TextError struct {
	Field string // what the value is, in words: "command", "environment", "label"
	Value string
}

// Error returns a message with the quoted value.
func (e *TextError) Error() string {
	return fmt.Sprintf("%s %q: not UTF-8, which an image configuration requires", e.Field, e.Value)
}

// Check returns the error that New would return for c, so that a program can report
// it before it makes the layer.
//
// Text that is not UTF-8 is a *TextError. The configuration and the manifest of an
// image are JSON, which is UTF-8 (RFC 8259, section 8.1) and cannot represent other
// bytes, although the kernel allows them in names and arguments. encoding/json
// would replace them by U+FFFD, and the container would start another program or
// none. CreatedBy and Comment are not used by programs and may be any bytes.
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

// text is a field of a Config and its values.
type text struct {
	name   string
	values []string
}

// texts returns the values that must be UTF-8, in a fixed order.
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

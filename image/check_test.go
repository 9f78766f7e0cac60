package image

import (
	"bytes"
	"errors"
	"io"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

const latin1 = "caf\xe9"

func TestCheckText(t *testing.T) {
	tests := []struct {
		c     Config
		field string
		value string
	}{
		{Config{Cmd: []string{"/bin/x", latin1}}, "command", latin1},
		{Config{Entrypoint: []string{latin1}}, "entrypoint", latin1},
		{Config{Env: []string{"A=1", "B=" + latin1}}, "environment", "B=" + latin1},
		{Config{Labels: map[string]string{"a": latin1}}, "label", "a=" + latin1},
		{Config{Labels: map[string]string{latin1: "a", "b": latin1}}, "label", "b=" + latin1},
		{Config{WorkingDir: "/" + latin1}, "working directory", "/" + latin1},
		{Config{Volumes: []string{"/a", "/" + latin1}}, "volume", "/" + latin1},
		{Config{User: latin1}, "user", latin1},
		{Config{Author: latin1}, "author", latin1},
		{Config{StopSignal: latin1}, "stop signal", latin1},
		{Config{Healthcheck: &v1.HealthConfig{Test: []string{"CMD", latin1}}}, "health check", latin1},
		{Config{Annotations: map[string]string{"a": latin1}}, "annotation", "a=" + latin1},
		{Config{Platform: v1.Platform{OSFeatures: []string{latin1}}}, "platform", latin1},
	}
	info, _ := testLayer(t, "hi", Gzip)
	for _, tt := range tests {
		t.Run(tt.field, func(t *testing.T) {
			_, err := New(NewLayer(info), tt.c)
			var text *TextError
			if !errors.As(err, &text) || text.Field != tt.field || text.Value != tt.value {
				t.Errorf("New: %v", err)
			}
			if err := tt.c.Check(); !errors.As(err, &text) {
				t.Errorf("Check: %v", err)
			}
		})
	}
	err := Config{Cmd: []string{latin1}}.Check()
	wantError(t, err, `command "caf\xe9": not UTF-8, which an image configuration requires`)
}

func TestCheckAccepts(t *testing.T) {
	for _, c := range []Config{
		{},
		{Cmd: []string{"café", "\uFFFD"}, Env: []string{"A="}, WorkingDir: "/ä", Labels: map[string]string{"": ""}},
		{Comment: latin1, CreatedBy: latin1},
		{Annotations: map[string]string{"a": "b"}, Format: OCI},
		{Healthcheck: &v1.HealthConfig{Test: []string{"NONE"}}},
	} {
		if err := c.Check(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// Nothing is sent to an engine if the configuration is invalid.
func TestEngineArchiveChecks(t *testing.T) {
	var b bytes.Buffer
	_, err := EngineArchive{Config: Config{User: latin1}, Layer: func(io.Writer) (v1.Hash, error) {
		t.Error("the layer was made")
		return v1.Hash{}, nil
	}}.Write(&b)
	var text *TextError
	if !errors.As(err, &text) || b.Len() > 0 {
		t.Errorf("got %v after %d bytes", err, b.Len())
	}
}

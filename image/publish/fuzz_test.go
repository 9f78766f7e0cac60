package publish

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// checkWords checks a message.
func checkWords(t *testing.T, text string) {
	t.Helper()
	if len(text) > wordsLimit+200 || strings.ContainsAny(text, "\n\r") {
		t.Errorf("%d bytes: %q", len(text), text)
	}
}

// The files of docker with credentials and contexts.
func FuzzDockerConfig(f *testing.F) {
	for _, s := range []string{
		``, `{}`, `null`, `[]`, `{"currentContext":"work"}`,
		`{"auths":{"reg.example":{"auth":"bWU6c2VjcmV0"},"https://[::1]:5/v1/":{"identitytoken":"i"}},"credsStore":"pass","credHelpers":{"a":""}}`,
		`{"Endpoints":{"docker":{"Host":"tcp://127.0.0.1:2375","SkipTLSVerify":true}}}`,
		`{"Endpoints":{"docker":{"Host":"unix:///run/docker.sock"}}}`,
	} {
		f.Add([]byte(s))
	}
	f.Setenv("DOCKER_AUTH_CONFIG", "")
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := parseCredentials("config.json", data); err == nil {
			for _, key := range []string{"reg.example", "a", "https://index.docker.io/v1/"} {
				if s.helper(key) != "" { // fuzzing runs no programs
					continue
				}
				if _, err := s.find(t.Context(), key); err != nil {
					t.Errorf("%s: %v", key, err)
				}
			}
		}
		_, _ = parseCurrentContext(data)
		e, err := parseContext(data)
		if err != nil {
			return
		}
		if e.host == "" {
			t.Error("a context without a host")
		}
		if engine, err := e.connect(); err == nil && !strings.HasPrefix(engine.base, "http") {
			t.Errorf("%s: requests go to %s", e.host, engine.base)
		}
	})
}

// Answers of an engine.
func FuzzEngineMessages(f *testing.F) {
	for _, s := range []string{
		``, `{"stream":"Loaded image: a:1\n"}{"stream":"Loaded image ID: sha256:12\n"}`, `{"stream":"Loaded image(s): a,b"}`,
		`{"errorDetail":{"message":"no\n space"},"error":"no space"}`, `{"stream":"Load`, `[[[[`, `{"message":"invalid archive"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		names, err := readMessages(strings.NewReader(string(data)))
		if err == nil && len(names) == 0 {
			t.Error("nothing was loaded, and no error")
		}
		if err != nil {
			checkWords(t, err.Error())
		}
		for _, n := range names {
			if n == "" {
				t.Error("an image without a name")
			}
		}
		checkWords(
			t,
			failure(&http.Response{Status: "500 " + string(data), Body: io.NopCloser(strings.NewReader(string(data)))}),
		)
	})
}

// Answers of a registry.
func FuzzRegistryWords(f *testing.F) {
	f.Add(403, []byte(`{"errors":[{"code":"DENIED","message":"requested\naccess","detail":{"a":[1]}}]}`), "7")
	f.Add(429, []byte(`{"errors":null}`), "Wed, 21 Oct 2015 07:28:00 GMT")
	f.Add(502, []byte(`<html>`), "-1")
	f.Add(200, []byte(`no token in bearer response: {"a":"b"}`), "99999999999999999999")
	f.Fuzz(func(t *testing.T, status int, body []byte, after string) {
		res := &http.Response{
			StatusCode: status,
			Header:     http.Header{"Retry-After": {after}},
			Body:       io.NopCloser(strings.NewReader(string(body))),
		}
		if d := retryAfter(res.Header); d < 0 || d > maxRetryAfter {
			t.Errorf("%q: wait %v", after, d)
		}
		err := transport.CheckError(res, 999)
		if err == nil {
			return
		}
		_ = isTemporary(err)
		checkWords(t, (&PushError{Tag: "a:1", Reason: reasonOf(err), Err: err}).Error())
	})
}

package publish

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// errNoToken is the error for a token server that answers without a token.
// Package transport has an error for this, too, but the text of that one contains
// the whole answer, in which there may be other tokens.
var errNoToken = errors.New("no token in bearer response")

// isTokenRequest reports whether req asks for a token, or was redirected from one
// that does. Such a request names a scope, in the URL (distribution, spec/auth,
// token.md) or in a form (oauth.md).
func isTokenRequest(req *http.Request) bool {
	for req.Response != nil && req.Response.Request != nil {
		req = req.Response.Request
	}
	if req.Method == http.MethodPost {
		return req.Header.Get("Content-Type") == "application/x-www-form-urlencoded"
	}
	return req.Method == http.MethodGet && req.URL.Query().Has("scope")
}

// checkToken returns errNoToken if res, the answer to a token request, has no
// token. It leaves answers that are not successful or not JSON to package
// transport.
func checkToken(res *http.Response) error {
	if res.StatusCode != http.StatusOK {
		return nil
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if err := res.Body.Close(); err != nil {
		return err
	}
	res.Body = io.NopCloser(bytes.NewReader(b))
	var token transport.Token
	if json.Unmarshal(b, &token) == nil && token.Token == "" && token.AccessToken == "" {
		return errNoToken
	}
	return nil
}

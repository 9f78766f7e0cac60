package publish

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Reason sorts what a push failed of by what the reader can do about it.
type Reason string

// The reasons that are told apart.
const (
	Other        Reason = ""
	PlainHTTP    Reason = "plain http"   // the registry speaks or asks for plain HTTP: Insecure would allow it
	Untrusted    Reason = "untrusted"    // nobody vouches for its certificate: Insecure would accept it
	Unauthorized Reason = "unauthorized" // no credentials, or wrong ones
	Denied       Reason = "denied"       // the right ones, but not for this repository
	Refused      Reason = "refused"      // the host is there, but nothing listens at this port
	Unreachable  Reason = "unreachable"  // no such host, no way to it, or no answer
)

// PushError says why a registry did not take an image.
type PushError struct {
	Tag    string // in its full form
	Reason Reason
	Err    error
}

// Error gives the registry's own words, or those of the connection, in one
// line.
func (e *PushError) Error() string {
	var answer *transport.Error
	if errors.As(e.Err, &answer) {
		return e.Tag + ": " + registryMessage(answer)
	}
	return e.Tag + ": " + oneLine(innermost(e.Err))
}

// Unwrap returns the error of the connection or of the registry.
func (e *PushError) Unwrap() error { return e.Err }

// registryMessage returns what a registry answered (distribution-spec, "Error
// Codes"): code and message of each error; the detail is for machines.
func registryMessage(e *transport.Error) string {
	var parts []string
	for _, d := range e.Errors {
		code := strings.ToLower(strings.ReplaceAll(string(d.Code), "_", " "))
		parts = append(parts, strings.TrimSuffix(code+": "+d.Message, ": "))
	}
	if len(parts) > 0 {
		return oneLine(errors.New(strings.Join(parts, "; ")))
	}
	if text := http.StatusText(e.StatusCode); text != "" {
		return fmt.Sprintf("the registry answered %d %s", e.StatusCode, text)
	}
	return oneLine(e)
}

func reasonOf(err error) Reason {
	var answer *transport.Error
	if errors.As(err, &answer) {
		switch answer.StatusCode {
		case http.StatusUnauthorized:
			return Unauthorized
		case http.StatusForbidden:
			return Denied
		}
		return Other
	}
	// Of a private address HTTPS is tried and then plain HTTP, which is refused:
	// what HTTPS failed of says more, unless it was at another port.
	reason := connectionReason(innermost(err))
	var plain *plainHTTPError
	if errors.As(err, &plain) && (reason == Other || !hasPort(plain.host) && reason != Untrusted) {
		return PlainHTTP
	}
	return reason
}

// connectionReason sorts errors of the connection.
func connectionReason(err error) Reason {
	var cert *tls.CertificateVerificationError
	var dns *net.DNSError
	var netErr net.Error
	switch {
	case errors.Is(err, http.ErrSchemeMismatch):
		return PlainHTTP
	case errors.As(err, &cert):
		return Untrusted
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH),
		errors.As(err, &dns), errors.As(err, &netErr) && netErr.Timeout():
		return Unreachable
	}
	return Other
}

// hasPort reports whether a URL's host names a port.
func hasPort(host string) bool {
	_, _, err := net.SplitHostPort(host)
	return err == nil
}

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

// Reason is the kind of a failed push, by what the user can do about it.
type Reason string

// The reasons.
const (
	Other        Reason = ""
	PlainHTTP    Reason = "plain http"   // the registry uses plain HTTP, which Insecure would allow
	Untrusted    Reason = "untrusted"    // its certificate is not trusted; Insecure would accept it
	Unauthorized Reason = "unauthorized" // no credentials, or a token that is not sufficient
	Rejected     Reason = "rejected"     // a wrong user name or password
	Denied       Reason = "denied"       // the credentials are not sufficient for this repository
	Refused      Reason = "refused"      // nothing listens at this port of the host
	Unreachable  Reason = "unreachable"  // no such host, no route to it, or no answer
)

// PushError reports that a registry did not accept an image.
type PushError struct {
	Tag    string // in its full form
	Reason Reason
	Err    error
}

// Error returns in one line the tag and the message of the registry or of the connection.
func (e *PushError) Error() string {
	var answer *transport.Error
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(e.Err, &cert): // also if plain HTTP was tried and answered
		return e.Tag + ": " + oneLine(cert)
	case errors.As(e.Err, &answer) && e.Reason == Rejected:
		user, _ := basicUser(answer)
		return oneLine(fmt.Errorf("%s: the registry refused the user name or password of %s", e.Tag, user))
	case errors.As(e.Err, &answer):
		return e.Tag + ": " + registryMessage(answer)
	}
	return e.Tag + ": " + oneLine(innermost(e.Err))
}

// Unwrap returns the error of the connection or of the registry.
func (e *PushError) Unwrap() error { return e.Err }

// registryMessage returns the code and message of each error that a registry
// answered (distribution-spec, "Error Codes"), without the details.
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
	var cert *tls.CertificateVerificationError
	// For a loopback address plain HTTP is tried after HTTPS. A server of HTTPS answers it, too.
	if errors.As(err, &answer) && !errors.As(err, &cert) {
		switch answer.StatusCode {
		case http.StatusUnauthorized:
			if _, ok := basicUser(answer); ok {
				return Rejected
			}
			return Unauthorized // a token is the result of a login that succeeded
		case http.StatusForbidden:
			return Denied
		}
		return Other
	}
	// For a private address HTTPS is tried and then plain HTTP, which is
	// refused. The error of HTTPS is more useful, unless it was about another
	// port.
	reason := connectionReason(innermost(err))
	var plain *plainHTTPError
	if errors.As(err, &plain) && (reason == Other || !hasPort(plain.host) && reason != Untrusted) {
		return PlainHTTP
	}
	return reason
}

// basicUser returns the user name of the request that was answered, and reports whether
// it had a name and a password.
func basicUser(answer *transport.Error) (name string, ok bool) {
	if answer.Request == nil {
		return "", false
	}
	name, _, ok = answer.Request.BasicAuth()
	return name, ok
}

// connectionReason returns the reason for an error of the connection.
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

// hasPort reports whether the host of a URL has a port.
func hasPort(host string) bool {
	_, _, err := net.SplitHostPort(host)
	return err == nil
}

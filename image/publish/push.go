package publish

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/mkrootfs/mkrootfs/image"
)

// PushOptions are the options of Push. The zero value works.
type PushOptions struct {
	// Insecure allows plain HTTP, and HTTPS with any certificate, as docker does
	// for its insecure-registries. Without it plain HTTP is used for loopback
	// addresses of this machine alone, also after a redirect.
	Insecure bool
	// Keychain finds credentials. nil means the files of docker and podman where
	// authn.DefaultKeychain looks for them, and the credential helpers that they
	// name; the output of a helper is limited and never part of an error. A
	// program that has credentials of its own sets a Keychain.
	Keychain authn.Keychain

	link link
}

// link has the connections to registries. The zero value uses the network; tests set it.
type link struct {
	dial  dialer
	roots *x509.CertPool // nil: the system's
}

// Push uploads img under the names tags, of which there must be at least one. It
// returns REPOSITORY@DIGEST for each repository, in the order of tags. Blobs that a
// repository already has are not sent again. Temporary failures (429, 5xx, a
// connection reset) are retried twice, after the time that the registry asks for,
// at most a minute; a connection without a byte for a minute ends. The error is a
// *PushError, a *ConfigError if the credentials cannot be read, or an
// *InterruptedError if ctx has ended; with an error, Push returns the repositories
// that already have the image.
func Push(ctx context.Context, img v1.Image, tags []name.Tag, o PushOptions) ([]string, error) {
	if len(tags) == 0 {
		return nil, errors.New("push: no tag")
	}
	s, err := o.session()
	if err != nil {
		return nil, err
	}
	defer s.transport.close()
	digest, err := img.Digest()
	if err != nil {
		return nil, err
	}
	var pushed []string
	for _, t := range tags {
		ref := repository(t) + "@" + digest.String()
		send, isThere := s.pusher.Push, slices.Contains(pushed, ref)
		if isThere {
			send = s.pusher.Put // the manifest alone, under another name
		}
		if err := s.send(ctx, send, t, img); err != nil {
			return pushed, err
		}
		if !isThere {
			pushed = append(pushed, ref)
		}
		s.done = append(s.done, image.Qualified(t))
	}
	return pushed, nil
}

// session is the state that the requests of one Push share.
type session struct {
	pusher    *remote.Pusher
	keychain  authn.Keychain
	transport *registryTransport
	insecure  bool
	done      []string // tags that are there
}

func (o PushOptions) session() (*session, error) {
	s := &session{keychain: o.Keychain, transport: newRegistryTransport(o.Insecure, o.link), insecure: o.Insecure}
	if s.keychain == nil {
		s.keychain = fileKeychain{}
	}
	var err error
	s.pusher, err = remote.NewPusher(remote.WithAuthFromKeychain(s.keychain), remote.WithTransport(s.transport),
		remote.WithRetryBackoff(remote.Backoff{Steps: attempts}), remote.WithRetryPredicate(isTemporary),
		remote.WithRetryStatusCodes(temporaryStatus()...), remote.WithUserAgent("mkrootfs"))
	return s, err
}

// sender is Push or Put of a remote.Pusher.
type sender func(context.Context, name.Reference, remote.Taggable) error

// send pushes one tag and returns one of the errors of Push.
func (s *session) send(ctx context.Context, send sender, t name.Tag, img v1.Image) error {
	if s.insecure {
		var err error
		if t, err = name.NewTag(t.String(), name.WeakValidation, name.Insecure); err != nil {
			return err
		}
	}
	s.transport.sentManifest.Store(false)
	err := send(ctx, t, img)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return s.interrupted(ctx, t)
	}
	var config *ConfigError
	if errors.As(err, &config) {
		return config
	}
	return &PushError{Tag: image.Qualified(t), Reason: reasonOf(err), Err: s.inWords(ctx, t, err)}
}

// interrupted returns the error for a context that ended while t was sent.
func (s *session) interrupted(ctx context.Context, t name.Tag) error {
	e := &InterruptedError{Done: s.done, Err: context.Cause(ctx)}
	if s.transport.sentManifest.Load() {
		e.Maybe = image.Qualified(t)
	}
	return e
}

// inWords returns err, or an error with the reason. The first request is a HEAD,
// whose answer has no body and so no reason; the answer to the request that begins
// an upload has one.
func (s *session) inWords(ctx context.Context, t name.Tag, err error) error {
	var answer *transport.Error
	isHead := errors.As(err, &answer) && answer.Request != nil && answer.Request.Method == http.MethodHead
	if !isHead || isTemporary(err) {
		return err
	}
	keychain, transport := boundKeychain{ctx, s.keychain}, boundTransport{ctx, s.transport}
	if worded := remote.CheckPushPermission(t, keychain, transport); worded != nil {
		return worded
	}
	return err
}

// boundKeychain resolves under ctx, for functions of remote that take no context.
type boundKeychain struct {
	ctx   context.Context
	inner authn.Keychain
}

// Resolve returns the credentials for r.
func (k boundKeychain) Resolve(r authn.Resource) (authn.Authenticator, error) {
	return authn.Resolve(k.ctx, k.inner, r)
}

// repository returns the full name of t's repository.
func repository(t name.Tag) string {
	return strings.TrimSuffix(image.Qualified(t), ":"+t.TagStr())
}

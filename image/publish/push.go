package publish

import (
	"context"
	"crypto/tls"
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

// PushOptions are the choices of Push. The zero value works.
type PushOptions struct {
	// Insecure allows plain HTTP, and HTTPS whose certificate nobody vouches
	// for, as docker does for its insecure-registries. Registries on localhost
	// may always be spoken to in plain HTTP.
	Insecure bool
	// Keychain finds credentials; nil is authn.DefaultKeychain, which reads the
	// files of docker and podman and asks their credential helpers.
	Keychain authn.Keychain
	// Progress, when not nil, is told how much of the layers has been sent. It
	// is called by other goroutines, never two at once.
	Progress func(done, total int64)
}

// Push uploads img and names it tags, of which there must be at least one. It
// returns REPOSITORY@DIGEST for each different repository, in the order of
// tags. Blobs that a repository has already are not sent again. An error is a
// *PushError, a *ConfigError where the credentials cannot be had, or the cause
// of ctx's end.
func Push(ctx context.Context, img v1.Image, tags []name.Tag, o PushOptions) ([]string, error) {
	if len(tags) == 0 {
		return nil, errors.New("push: no tag says where to")
	}
	s, err := o.session()
	if err != nil {
		return nil, err
	}
	digest, err := img.Digest()
	if err != nil {
		return nil, err
	}
	watched, err := watch(img, o.Progress)
	if err != nil {
		return nil, err
	}
	var pushed []string
	for _, t := range tags {
		ref := repository(t) + "@" + digest.String()
		send := s.pusher.Push
		if slices.Contains(pushed, ref) {
			send = s.pusher.Put // the manifest alone, under another name
		} else {
			pushed = append(pushed, ref)
		}
		if err := s.send(ctx, send, t, watched); err != nil {
			return nil, err
		}
	}
	watched.finish()
	return pushed, nil
}

// session is what the requests of one Push share.
type session struct {
	pusher    *remote.Pusher
	keychain  authn.Keychain
	transport http.RoundTripper
	insecure  bool
}

func (o PushOptions) session() (*session, error) {
	s := &session{keychain: o.Keychain, transport: remote.DefaultTransport, insecure: o.Insecure}
	if s.keychain == nil {
		s.keychain = fileKeychain{authn.DefaultKeychain}
	}
	if t, ok := s.transport.(*http.Transport); ok && o.Insecure {
		t = t.Clone()
		t.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
		s.transport = t
	}
	var err error
	s.pusher, err = remote.NewPusher(remote.WithAuthFromKeychain(s.keychain),
		remote.WithTransport(s.transport), remote.WithUserAgent("mkrootfs"))
	return s, err
}

// sender is Push or Put of a remote.Pusher.
type sender func(context.Context, name.Reference, remote.Taggable) error

// send sends and sorts the error.
func (s *session) send(ctx context.Context, send sender, t name.Tag, img *watchedImage) error {
	if s.insecure {
		var err error
		if t, err = name.NewTag(t.String(), name.WeakValidation, name.Insecure); err != nil {
			return err
		}
	}
	err := send(ctx, t, img)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var config *ConfigError
	if errors.As(err, &config) {
		return config
	}
	return &PushError{Tag: image.Qualified(t), Reason: reasonOf(err), Err: s.inWords(t, err)}
}

// inWords returns err, or one that says why. The first request is a HEAD, whose
// answer has no body and so no reason; one that begins an upload has.
func (s *session) inWords(t name.Tag, err error) error {
	var answer *transport.Error
	if !errors.As(err, &answer) || answer.Request == nil || answer.Request.Method != http.MethodHead {
		return err
	}
	if worded := remote.CheckPushPermission(t, s.keychain, s.transport); worded != nil {
		return worded
	}
	return err
}

// repository returns the full name of t's repository.
func repository(t name.Tag) string {
	return strings.TrimSuffix(image.Qualified(t), ":"+t.TagStr())
}

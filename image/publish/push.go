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
// *PushError, or the cause of ctx's end.
func Push(ctx context.Context, img v1.Image, tags []name.Tag, o PushOptions) ([]string, error) {
	if len(tags) == 0 {
		return nil, errors.New("push: no tag says where to")
	}
	pusher, err := remote.NewPusher(o.options()...)
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
		send := pusher.Push
		if slices.Contains(pushed, ref) {
			send = pusher.Put // the manifest alone, under another name
		} else {
			pushed = append(pushed, ref)
		}
		if err := o.send(ctx, send, t, watched); err != nil {
			return nil, err
		}
	}
	watched.finish()
	return pushed, nil
}

// send calls one of the pusher's methods and sorts its error.
func (o PushOptions) send(
	ctx context.Context, send func(context.Context, name.Reference, remote.Taggable) error, t name.Tag, img *watchedImage,
) error {
	if o.Insecure {
		var err error
		if t, err = name.NewTag(t.String(), name.WeakValidation, name.Insecure); err != nil {
			return err
		}
	}
	err := send(ctx, t, img)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return classify(t, err)
}

func (o PushOptions) options() []remote.Option {
	keychain := o.Keychain
	if keychain == nil {
		keychain = authn.DefaultKeychain
	}
	options := []remote.Option{remote.WithAuthFromKeychain(keychain), remote.WithUserAgent("mkrootfs")}
	if t, ok := remote.DefaultTransport.(*http.Transport); ok && o.Insecure {
		t = t.Clone()
		t.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
		options = append(options, remote.WithTransport(t))
	}
	return options
}

// repository returns the full name of t's repository.
func repository(t name.Tag) string {
	return strings.TrimSuffix(image.Qualified(t), ":"+t.TagStr())
}

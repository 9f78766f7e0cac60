package pack

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/image/dockerflag"
	"github.com/mkrootfs/mkrootfs/internal/confplan"
	"github.com/mkrootfs/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// completeConfig returns the configuration of r, completed from files: the platform,
// the command, the ports and the numeric user.
func completeConfig(sys system, r request, c contents, start confplan.Start) (image.Config, error) {
	config := r.config
	var err error
	if config.Platform, err = platformOf(r, c.closure); err != nil {
		return config, err
	}
	config.Cmd = start.Command
	config.Env = source.WithPath(config.Env)
	if r.Image.Expose == nil {
		if config.ExposedPorts, err = dockerflag.ParsePorts(c.findings.Ports...); err != nil {
			return config, err
		}
	}
	config.User, err = userOf(sys, r.Image.User)
	return config, err
}

// userOf returns USER: numbers unchanged, and names as the numbers in the source.
func userOf(sys system, user string) (string, error) {
	if user == "" {
		return "", nil
	}
	who, err := sys.owners.ForFlag("user", user)
	if err != nil || strings.Trim(user, "0123456789:") == "" {
		return user, err
	}
	return fmt.Sprintf("%d:%d", who.UID, who.GID), nil
}

// platformOf returns the platform in the ELF header of the first program. --platform
// may add a variant, but must not contradict the header.
func platformOf(r request, closure *elfdeps.Closure) (v1.Platform, error) {
	want := r.config.Platform
	i := slices.IndexFunc(closure.Objects, func(o *elfdeps.Object) bool { return o.Kind != elfdeps.Script })
	if i < 0 {
		return want, nil
	}
	found := closure.Objects[i]
	osName, arch, variant := found.Platform()
	switch {
	case want.OS == "":
		want.OS, want.Architecture, want.Variant = osName, arch, variant
	case want.OS != osName || want.Architecture != arch:
		err := fmt.Errorf("%s: built for %s/%s, but --platform is %s", found.Path, osName, arch, r.Platform)
		return want, usererr.WithHint(err, "leave out --platform: the platform is read from the program")
	case want.Variant == "":
		want.Variant = variant
	}
	return want, nil
}

package dockerflag

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// architectures are the values of GOARCH for linux, which image configurations use
// (image-spec, config.md, "architecture"), with the variants that image-index.md,
// "Platform Variants", and containerd's platforms package define.
var architectures = map[string][]string{
	"386":      nil,
	"amd64":    {"v1", "v2", "v3", "v4"},
	"arm":      {"v5", "v6", "v7", "v8"},
	"arm64":    {"v8", "v9"},
	"loong64":  nil,
	"mips":     nil,
	"mips64":   nil,
	"mips64le": nil,
	"mipsle":   nil,
	"ppc64":    nil,
	"ppc64le":  {"power8", "power9", "power10"},
	"riscv64":  {"rva20u64", "rva22u64", "rva23u64"},
	"s390x":    nil,
}

// aliases are other names of architectures, used by uname and by distributions
// (containerd, platforms/database.go, normalizeArch).
var aliases = map[string]string{
	"x86_64":      "amd64",
	"x86-64":      "amd64",
	"i386":        "386",
	"i686":        "386",
	"aarch64":     "arm64",
	"armhf":       "arm/v7",
	"armel":       "arm/v6",
	"loongarch64": "loong64",
	"powerpc64le": "ppc64le",
	"ppc64el":     "ppc64le",
}

// ParsePlatform parses OS/ARCH or OS/ARCH/VARIANT (docker build --platform), such
// as "linux/amd64" or "linux/arm/v7". The OS must be linux, the architecture one
// that Go supports there or an alias such as aarch64, and the variant one of the
// architecture's.
func ParsePlatform(s string) (v1.Platform, error) {
	parts := strings.Split(strings.ToLower(s), "/")
	if len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "") {
		return v1.Platform{}, fmt.Errorf("platform %q: must be OS/ARCH or OS/ARCH/VARIANT, such as linux/arm64", s)
	}
	if parts[0] != "linux" {
		return v1.Platform{}, fmt.Errorf("platform %q: the OS must be linux", s)
	}
	p := v1.Platform{OS: parts[0], Architecture: parts[1]}
	if alias, ok := aliases[parts[1]]; ok {
		p.Architecture, p.Variant, _ = strings.Cut(alias, "/")
	}
	if len(parts) == 3 {
		p.Variant = parts[2]
	}
	return p, checkArchitecture(s, p)
}

// checkArchitecture returns an error if p, parsed from s, has an unknown architecture
// or variant.
func checkArchitecture(s string, p v1.Platform) error {
	variants, ok := architectures[p.Architecture]
	if !ok {
		known := strings.Join(slices.Sorted(maps.Keys(architectures)), " ")
		return fmt.Errorf("platform %q: unknown architecture (%s)", s, known)
	}
	if p.Variant == "" || slices.Contains(variants, p.Variant) {
		return nil
	}
	if len(variants) == 0 {
		return fmt.Errorf("platform %q: %s has no variants", s, p.Architecture)
	}
	return fmt.Errorf("platform %q: %s has the variants %s", s, p.Architecture, strings.Join(variants, " "))
}

package buildversion

import (
	"runtime/debug"
	"testing"
)

func TestText(t *testing.T) {
	build := func(version string, settings ...string) *debug.BuildInfo {
		info := &debug.BuildInfo{GoVersion: "go1.26", Main: debug.Module{Version: version}}
		for i := 0; i < len(settings); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: settings[i], Value: settings[i+1]})
		}
		return info
	}
	for _, tc := range []struct {
		linked string
		info   *debug.BuildInfo
		want   string
	}{
		{"v1.2.3", build("v1.2.2"), "v1.2.3"},
		{"v1.2.3-4-gabcdef0-dirty", nil, "v1.2.3-4-gabcdef0-dirty"},
		{"abcdef0", build("v0.0.0-2026-abcdef0"), "(devel) abcdef0"},
		{"", nil, "(devel) of unknown origin"},
		{"", build("v1.2.3"), "v1.2.3"},
		{"", build("v1.2.4-0.20261121-abcdef+dirty"), "v1.2.4-0.20261121-abcdef+dirty"},
		{"", build("(devel)", "vcs.revision", "0123456789abcdef", "vcs.modified", "false"), "(devel) 0123456789ab"},
		{"", build("", "vcs.revision", "0123456", "vcs.modified", "true"), "(devel) 0123456-dirty"},
		{"", build("(devel)", "GOOS", "linux"), "(devel) without version control, built by go1.26"},
	} {
		if got := Text(tc.linked, tc.info); got != tc.want {
			t.Errorf("%q, %+v: %q, want %q", tc.linked, tc.info, got, tc.want)
		}
	}
}

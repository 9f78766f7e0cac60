package flaghint

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

func flags() *pflag.FlagSet {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.SetOutput(io.Discard)
	for _, name := range []string{"conf", "lib", "tag", "load", "env", "label", "annotation", "entrypoint", "expose", "user", "health-cmd", "copy"} {
		set.String(name, "", "")
	}
	set.Int("compression-level", 0, "")
	set.BoolP("verbose", "v", false, "")
	return set
}

func TestError(t *testing.T) {
	const after = "arguments of the program go after --: mkrootfs PROGRAM -- "
	for args, want := range map[string]string{
		"-p 80":                    "unknown flag -p|use --expose PORT; docker run -p publishes it",
		"-vp80":                    "unknown flag -p|use --expose PORT; docker run -p publishes it",
		"--port 80":                "unknown flag --port|use --expose PORT; an argument of the program goes after --",
		"--publish=80:80":          "unknown flag --publish|use --expose PORT; docker run -p publishes it",
		"-x":                       "unknown flag -x|" + after + "-x",
		"--appendonly yes":         "unknown flag --appendonly|" + after + "--appendonly",
		"--dir /data":              "unknown flag --dir|" + after + "--dir",
		"--loadmodule x":           "unknown flag --loadmodule|" + after + "--loadmodule",
		"--datadir=/x":             "unknown flag --datadir|" + after + "--datadir",
		"--tga x":                  "unknown flag --tga|did you mean --tag?",
		"--config x":               "unknown flag --config|did you mean --conf?",
		"--labels x":               "unknown flag --labels|did you mean --label?",
		"--ent x":                  "unknown flag --ent|did you mean --entrypoint?",
		"--exopse 80":              "unknown flag --exopse|did you mean --expose?",
		"--name x":                 "unknown flag --name|use -t NAME:TAG for the name of the image",
		"--compression-level high": "--compression-level: strconv.ParseInt: parsing \"high\": invalid syntax|",
		"--tag":                    "flag needs an argument: --tag|see mkrootfs --help",
	} {
		set := flags()
		err := Error(set, set.Parse(strings.Fields(args)))
		usage, ok := err.(*usererr.UsageError) //nolint:errorlint // exactly this type
		if !ok || usage.Text+"|"+usage.Hint != want {
			t.Errorf("%s: %#v", args, err)
		}
	}
}

func TestAfterDash(t *testing.T) {
	for args, want := range map[string]string{
		"":                          "",
		"--conf x":                  "--conf",
		"--conf=x --copy a:/b":      "--conf --copy",
		"--conf":                    "",
		"--conf --other":            "",
		"x --expose 80 y":           "--expose",
		"-conf x":                   "",
		"--confs x":                 "",
		"--user x --env=a --tag=b":  "",
		"--verbose yes":             "",
		"--health-cmd x -- --lib y": "--health-cmd",
	} {
		if got := AfterDash(flags(), strings.Fields(args)); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s: %q", args, got)
		}
	}
}

package shebang

import (
	"slices"
	"testing"
)

func TestSplitString(t *testing.T) {
	for text, want := range map[string][]string{
		"":                   nil,
		" a  b\t":            {"a", "b"},
		`'a b' "c d"`:        {"a b", "c d"},
		`a\_b "a\_b"`:        {"a", "b", "a b"},
		`a\ b`:               {"a b"},
		`'it\'s' "\t"`:       {"it's", "\t"},
		`a # comment`:        {"a"},
		`a#b \# c`:           {"a#b", "#", "c"},
		`a \c b`:             {"a"},
		`''`:                 {""},
		`a"b c"d`:            {"ab cd"},
		"python3 -m x --y=z": {"python3", "-m", "x", "--y=z"},
	} {
		if got := splitString(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// The program that env starts, among its options.
func TestEnvProgram(t *testing.T) {
	for arg, want := range map[string]string{
		"py":                              "py",
		"py -u":                           "py -u",
		"-S py -u":                        "py",
		"-Spy":                            "py",
		"-vS py":                          "py",
		"-iS -u HOME A=b py":              "py",
		"-S -uHOME -C / py":               "py",
		"-S -iu HOME py":                  "py",
		"-S --unset HOME --chdir=/ py":    "py",
		"-S --default-signal py":          "py",
		"--split-string=A=b py":           "py",
		"-S -S'py -u' x":                  "py",
		"-S -i -vS 'B=c py'":              "py",
		"-S - A=b py":                     "py",
		"-S -i -- A=b py":                 "py",
		"-S A=b -i py":                    "-i",
		"-S PATH=/opt:/x A=b 'a b\\_c' d": "a b\\_c",
		"-S":                              "",
		"-i":                              "",
		"-S --":                           "",
	} {
		if got, _ := EnvProgram(arg); got != want {
			t.Errorf("%q: got %q, want %q", arg, got, want)
		}
	}
	if _, search := EnvProgram("-S PATH=/opt:/x A=b py"); search != "/opt:/x" {
		t.Errorf("PATH is %q", search)
	}
}

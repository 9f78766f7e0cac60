package shebang

import "strings"

// EnvProgram returns the program that env starts with the argument of a "#!" line,
// and the PATH that the argument sets: options come first, then assignments. The
// argument is a single one, which only -S splits.
func EnvProgram(arg string) (name, search string) {
	args := envOperands([]string{arg})
	if len(args) > 0 && args[0] == "-" {
		args = args[1:]
	}
	for _, a := range args {
		if strings.IndexByte(a, '=') <= 0 {
			return a, search
		}
		if value, ok := strings.CutPrefix(a, "PATH="); ok {
			search = value
		}
	}
	return "", search
}

// envOperands skips env's options, as getopt does, and splits the argument of -S
// wherever it is among them.
func envOperands(args []string) []string {
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		option, value, has := envOption(args[0])
		if args = args[1:]; option == "--" {
			return args
		}
		if option != "" && !has && len(args) > 0 {
			value, args = args[0], args[1:]
		}
		if option == "S" {
			args = append(splitString(value), args...)
		}
	}
	return args
}

// envOption returns an option of env that has a value, which is in the same argument
// or is the next one; "" for an option without a value. Letters may be combined:
// -vS, -iu.
func envOption(a string) (option, value string, has bool) {
	if strings.HasPrefix(a, "--") {
		long, value, has := strings.Cut(a, "=")
		switch long {
		case "--split-string":
			return "S", value, has
		case "--unset", "--chdir", "--argv0":
			return long, value, has
		case "--":
			return long, "", true
		}
		return "", "", false
	}
	if i := strings.IndexAny(a, "SuCa"); i > 0 {
		return a[i : i+1], a[i+1:], i+1 < len(a)
	}
	return "", "", false
}

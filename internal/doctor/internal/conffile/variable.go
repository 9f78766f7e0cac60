package conffile

import (
	"regexp"
	"strings"
	"sync"
)

// environment matches a variable of the environment in the form of Apache, haproxy and
// php-fpm. Names in lower case are variables of the file itself.
var environment = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$\{([A-Z][A-Z0-9_]*)\}`)
})

// definition matches a line that defines a variable: Define of Apache, setenv and
// presetenv of haproxy.
var definition = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\s*(?i:define|setenv|presetenv)\s+([A-Z][A-Z0-9_]*)\b`)
})

// addVariables adds the variables of the environment in a line of a main file, each once.
func (s *fileScan) addVariables(line string, number int) {
	if !s.file.Main {
		return
	}
	line = cutComment(line)
	if m := definition().FindStringSubmatch(line); m != nil {
		s.variables[m[1]] = true
	}
	if !strings.Contains(line, "${") {
		return
	}
	for _, m := range environment().FindAllStringSubmatch(line, -1) {
		if name := strings.Clone(m[1]); !s.variables[name] && len(s.variables) < maxNames {
			s.variables[name] = true
			set := Setting{Kind: Variable, File: s.file.shown(), Line: number, Value: name}
			s.out.Variables = append(s.out.Variables, set)
		}
	}
}

package confplan

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/internal/fileglob"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// Run is a program that a container starts.
type Run struct {
	Names []string // as in Program
	Path  string   // its path in the image
	Confs []Placed
	Args  []string // the user's arguments
	At    Files
	Image *sysroot.Root // the files of the image
	// Settings are the settings of configuration files that are in the image.
	Settings []doctor.Setting
}

// Start is how a container starts a program.
type Start struct {
	Command []string // the program and its arguments
	Notes   []string // an explanation for each option that nobody asked for
	Advice  []doctor.Advice
	// Stays is set if Command keeps the program in the foreground, whatever its
	// configuration file says.
	Stays bool
}

// Plan returns how a container starts r: with the configuration file, with the options
// that keep it in the foreground, and with the user's arguments after them.
func Plan(r Run) Start {
	s := Start{Command: []string{r.Path}}
	known := lookUp(r.Names)
	switch {
	case known == nil:
		s = addConf(s, known, r)
	case known.stayFirst:
		s = addConf(addStay(s, known, r), known, r)
	default:
		s = addStay(addConf(s, known, r), known, r)
	}
	if known != nil {
		s = addNeeds(addListen(s, known, r), known, r)
	}
	s.Command = append(s.Command, r.Args...)
	return s
}

// addConf adds the words that name the first configuration file, unless the program
// finds it without them or the user's arguments name it.
func addConf(s Start, known *row, r Run) Start {
	if len(r.Confs) == 0 {
		return s
	}
	c := r.Confs[0]
	named := slices.ContainsFunc(r.Args, func(arg string) bool { return strings.Contains(arg, c.Path) })
	switch {
	case known != nil && known.conf == optionLines:
		s = addLines(s, known, r)
	case known != nil && known.conf == noFile:
		s.Advice = append(s.Advice, noFileAdvice(r))
	case c.Default || named:
	case known == nil:
		s.Command = append(s.Command, c.Path)
		s.Advice = append(s.Advice, unknownAdvice(r))
	default:
		for _, word := range words(known.conf) {
			word = strings.Replace(word, "FILE", c.Path, 1)
			s.Command = append(s.Command, strings.Replace(word, "DIR", path.Dir(c.Path), 1))
		}
	}
	return s
}

// addLines adds the options that the lines of the configuration file have.
func addLines(s Start, known *row, r Run) Start {
	options, err := readOptions(r.At, r.Confs[0].Src, known.without)
	if err != nil || len(options) == 0 {
		s.Advice = append(s.Advice, noFileAdvice(r))
		return s
	}
	s.Stays = true
	s.Command = append(s.Command, options...)
	s.Notes = append(s.Notes, fmt.Sprintf("%s  its options are in CMD, since %s reads no configuration file",
		quote.ShellWord(r.Confs[0].Src), path.Base(r.Path)))
	return s
}

// addStay adds the words that keep the program in the foreground.
func addStay(s Start, known *row, r Run) Start {
	if hasAny(r.Args, append(slices.Clone(known.instead), first(known.stay)...)) {
		s.Stays = true
		return s
	}
	if known.setting != "" {
		if saysBackground(r, known.setting) {
			return s
		}
		if len(known.stay) == 0 && len(r.Confs) > 0 {
			s.Advice = append(s.Advice, settingAdvice(r, known.setting))
		}
	}
	if len(known.stay) == 0 || !isDue(known.when, r) {
		return s
	}
	s.Stays = true
	s.Command = append(s.Command, known.stay...)
	s.Notes = append(s.Notes, fmt.Sprintf("%s  %s stays in the foreground",
		quote.ShellWords(known.stay...), path.Base(r.Path)))
	return s
}

// addListen adds the advice about a setting without which the program listens only on
// the loopback address.
func addListen(s Start, known *row, r Run) Start {
	if known.listen == "" || len(r.Confs) == 0 {
		return s
	}
	for _, directive := range words(known.listenBy) {
		inFile := func(set doctor.Setting) bool { return strings.EqualFold(set.Directive, directive) }
		inArg := func(arg string) bool { return strings.Contains(arg, directive) }
		if slices.ContainsFunc(r.Settings, inFile) || slices.ContainsFunc(r.Args, inArg) {
			return s
		}
	}
	s.Advice = append(s.Advice, doctor.Advice{
		Warning: true,
		Text: fmt.Sprintf("%s: %s is reachable only from inside the container without a setting such as %q",
			r.Confs[0].Src, path.Base(r.Path), known.listen),
		Fix: "add it to the file",
	})
	return s
}

// addNeeds adds the advice about what the image lacks and no rule finds.
func addNeeds(s Start, known *row, r Run) Start {
	if known.needs == "" {
		return s
	}
	for _, pattern := range words(known.unless) {
		if found, _ := fileglob.Find(r.Image, pattern); len(found) > 0 {
			return s
		}
	}
	s.Advice = append(s.Advice, doctor.Advice{
		Warning: true, Text: path.Base(r.Path) + " needs " + known.needs, Fix: known.fix,
	})
	return s
}

// first returns the first element of list as a list.
func first(list []string) []string { return list[:min(1, len(list))] }

// hasAny reports whether args has one of words, or one that begins with the part of a word
// before its value or "*", as -obackground=YES does with -obackground=NO.
func hasAny(args, words []string) bool {
	return slices.ContainsFunc(args, func(arg string) bool {
		return slices.ContainsFunc(words, func(w string) bool {
			if name, _, hasValue := strings.Cut(w, "="); hasValue {
				return strings.HasPrefix(arg, name+"=")
			}
			prefix, isPrefix := strings.CutSuffix(w, "*")
			return arg == w || isPrefix && strings.HasPrefix(arg, prefix)
		})
	})
}

// isDue reports whether the words for the foreground are added to r.
func isDue(when occasion, r Run) bool {
	switch when {
	case background:
		return slices.ContainsFunc(r.Settings, func(s doctor.Setting) bool { return s.Kind == doctor.Daemonize })
	case withFile:
		return len(r.Confs) > 0
	case alone:
		return len(r.Args) == 0
	}
	return true
}

// saysBackground reports whether a configuration file has the directive of a setting.
func saysBackground(r Run, setting string) bool {
	directive := words(setting)[0]
	return slices.ContainsFunc(r.Settings, func(s doctor.Setting) bool {
		return strings.EqualFold(s.Directive, directive) && (s.Kind == doctor.Daemonize || s.Kind == doctor.Foreground)
	})
}

// noFileAdvice returns the advice about a program that reads no configuration file.
func noFileAdvice(r Run) doctor.Advice {
	return doctor.Advice{
		Warning: true,
		Text:    fmt.Sprintf("--conf %s: %s reads no configuration file", r.Confs[0].Src, path.Base(r.Path)),
		Fix:     "give it options with -- ARG",
	}
}

// unknownAdvice returns the advice about a program whose options are not known.
func unknownAdvice(r Run) doctor.Advice {
	c := r.Confs[0]
	return doctor.Advice{
		Degree: doctor.Certain,
		Text: fmt.Sprintf("%s gets its configuration file as its first argument, since no option is known for it",
			path.Base(r.Path)),
		Fix: fmt.Sprintf("give an option with -- %s, or another path with --conf %s:DST",
			quote.ShellWord("--config="+c.Path), quote.ShellWord(c.Src)),
	}
}

// settingAdvice returns the advice about a setting that is missing.
func settingAdvice(r Run, setting string) doctor.Advice {
	return doctor.Advice{
		Warning: true,
		Text: fmt.Sprintf("%s: %s runs in the background without the setting %q, which ends the container",
			r.Confs[0].Src, path.Base(r.Path), setting),
		Fix: "add the setting to the file",
	}
}

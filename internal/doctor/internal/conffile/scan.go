package conffile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// fileScan collects the contents of one configuration file.
type fileScan struct {
	*reader
	file     input
	modules  map[string]bool // the modules that were found
	names    []string        // the names of the modules, in the order of the file
	settings []Setting
	loopback int  // the index of the Loopback setting in settings, -1 if there is none
	open     bool // there is an address that can be reached from outside
}

// statement adds the contents of a statement. Ports and settings are added only if
// beginning is true, for the beginning of a main file.
func (s *fileScan) statement(st statement, beginning bool) error {
	s.addModules(st)
	means, st, exact := meaningOf(st)
	if means&included != 0 && s.file.Main {
		s.include(st, means)
	}
	if means == 0 || means&included != 0 || st.client {
		return nil // the settings in a section for clients are for other programs
	}
	if means&(userName|groupName) != 0 {
		user, group := accountsOf(st, means, exact)
		s.addAccount("user", user, &s.out.Users)
		s.addAccount("group", group, &s.out.Groups)
	}
	set, local := settingOf(st, means)
	s.addMode(set)
	if means&(address|port) != 0 && len(st.words) > 0 && s.file.Main {
		s.addMode(Setting{Kind: Listen, Line: st.line, Directive: st.name, Value: set.Value})
	}
	if !s.file.Main || !beginning {
		return nil
	}
	if p := portOf(st, means); p != "" && !s.ports[p] {
		s.ports[p] = true
		s.out.Ports = append(s.out.Ports, p)
	}
	return s.addSetting(set, local)
}

// sharedWord matches a word that names a shared object.
var sharedWord = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[\w./+-]+\.so\b`)
})

// addModules adds the shared objects that a statement names.
func (s *fileScan) addModules(st statement) {
	if !strings.Contains(st.text, ".so") {
		return
	}
	for rest := st.text; ; {
		at := sharedWord().FindStringIndex(rest)
		if at == nil {
			return
		}
		name := rest[at[0]:at[1]]
		rest = rest[at[1]:]
		if s.modules[name] {
			continue
		}
		if len(s.names) == maxNames {
			s.out.ModulesErr = fmt.Errorf("%s: names more than %d modules", s.file.shown(), maxNames)
			return
		}
		name = strings.Clone(name) // does not keep the line in memory
		s.modules[name] = true
		s.names = append(s.names, name)
	}
}

// addAccount adds a name to list, unless list has it.
func (s *fileScan) addAccount(kind, name string, list *[]string) {
	key := kind + " " + name
	if name == "" || s.accounts[key] {
		return
	}
	if len(s.accounts) == maxNames {
		s.out.AccountsErr = fmt.Errorf("%s: names more than %d accounts", s.file.shown(), maxNames)
		return
	}
	s.accounts[key] = true
	*list = append(*list, strings.Clone(name)) // does not keep the line in memory
}

// addMode adds a setting that says whether the program runs in the background, or where
// it listens. Further ones than maxSettings do not matter.
func (s *fileScan) addMode(set Setting) {
	isMode := set.Kind == Daemonize || set.Kind == Foreground || set.Kind == Listen
	if isMode && len(s.out.Modes) < maxSettings {
		set.File = s.file.shown()
		s.out.Modes = append(s.out.Modes, set)
	}
}

// addSetting adds a setting. There is at most one Loopback setting, for the first such
// line, and none if any line has another address.
func (s *fileScan) addSetting(set Setting, local bool) error {
	switch {
	case set.Kind == "" || set.Kind == Foreground:
		return nil
	case set.Kind == Loopback && !local:
		s.open = true
		return nil
	case set.Kind == Loopback && s.loopback >= 0:
		return nil
	case set.Kind == Loopback:
		s.loopback = len(s.settings)
	}
	if len(s.settings) == maxSettings {
		return fmt.Errorf("--conf %s: line %d: more than %d settings that affect a container",
			s.file.shown(), set.Line, maxSettings)
	}
	set.File = s.file.shown()
	s.settings = append(s.settings, set)
	return nil
}

// finish adds the contents that are known only at the end of the file.
func (s *fileScan) finish() {
	if s.loopback >= 0 && s.open {
		s.settings = slices.Delete(s.settings, s.loopback, s.loopback+1)
	}
	s.out.Settings = append(s.out.Settings, s.settings...)
	if len(s.names) > 0 {
		s.out.Modules = append(s.out.Modules, ModuleList{s.file.Path, s.names})
	}
}

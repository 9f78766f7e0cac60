package confplan

import (
	"fmt"

	"github.com/mkrootfs/mkrootfs/internal/doctor"
)

// Warning is a warning with a hint how to avoid it.
type Warning struct{ Text, Hint string }

// SettingWarnings returns warnings about settings of configuration files that fail in a
// container. stays is that of Start: the command overrides a setting to run in the
// background.
func SettingWarnings(settings []doctor.Setting, stays bool) (list []Warning) {
	for _, s := range settings {
		at := fmt.Sprintf("%s:%d: %s", s.File, s.Line, s.Directive)
		switch {
		case s.Kind == doctor.Daemonize && !stays:
			list = append(list, Warning{
				Text: at + " runs the program in the background, which ends the container",
				Hint: "run it in the foreground",
			})
		case s.Kind == doctor.Loopback:
			list = append(list, Warning{
				Text: fmt.Sprintf("%s %s is reachable only from inside the container", at, s.Value),
				Hint: "use 0.0.0.0, which is reachable through published ports",
			})
		}
	}
	return list
}

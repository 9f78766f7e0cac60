// Package flagtable has the table from which a command line, its help and its manual
// page are made: one Flag for each flag, in groups. It does not parse command lines;
// package pflag does. Start with Option.
package flagtable

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// Flag is a flag of the command line. If Value is "", it is a boolean flag, whose
// value is "true" or "false".
type Flag struct {
	Name, Short string
	Value       string // the name of the value in the manual
	Usage       string
	Set         Setter
	// Values returns the values for completion; nil completes files.
	Values func() []string
	// Optional is the value of the flag if it is given without one.
	Optional string
}

// Setter sets a variable to the value of a flag.
type Setter func(value string) error

// Group is a section of the manual.
type Group struct {
	Title string
	Flags []Flag
}

// Option returns a flag with a value. A short name may follow the name after a comma.
func Option(name, value, usage string, set Setter) Flag {
	long, short, _ := strings.Cut(name, ",")
	return Flag{Name: long, Short: short, Value: value, Usage: usage, Set: set}
}

// Toggle returns a boolean flag that sets to.
func Toggle(name, usage string, to *bool) Flag {
	return Option(name, "", usage, func(v string) (err error) {
		if *to, err = strconv.ParseBool(v); err != nil {
			err = fmt.Errorf("%q: must be true or false", v)
		}
		return err
	})
}

// Completes returns f with values for completion.
func (f Flag) Completes(values func() []string) Flag {
	f.Values = values
	return f
}

// CompletesOneOf returns f with values for completion.
func (f Flag) CompletesOneOf(values ...string) Flag {
	return f.Completes(func() []string { return values })
}

// Optionally returns f with an optional value: --flag alone means --flag=value.
func (f Flag) Optionally(value string) Flag {
	f.Optional = value
	return f
}

// AddTo adds the flags of g to a flag set.
func (g Group) AddTo(set *pflag.FlagSet) {
	for _, f := range g.Flags {
		added := set.VarPF(value{f}, f.Name, f.Short, f.Usage)
		switch {
		case f.Value == "":
			added.NoOptDefVal = "true"
		case f.Optional != "":
			added.NoOptDefVal = f.Optional
		}
	}
}

// value implements pflag.Value.
type value struct{ Flag }

func (v value) Set(s string) error { return v.Flag.Set(s) }

// String returns the default.
func (v value) String() string {
	if v.Value == "" {
		return "false"
	}
	return ""
}

// Type returns the name of the value in the manual.
func (v value) Type() string {
	if v.Value == "" {
		return "bool"
	}
	return v.Value
}

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mkrootfs/mkrootfs/internal/nearest"
	"github.com/mkrootfs/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/pack"
)

// newCommand returns the command for args. It has no subcommands, so that the name
// of a program is never taken for a verb.
func newCommand(u *ui, args []string, stdin io.Reader, stdout io.Writer) *cobra.Command {
	r := &request{talk: talk{progress: "auto"}}
	c := &cobra.Command{
		Use:               synopsis,
		Short:             "turn a program into the smallest container image that runs it",
		Args:              checkExclusive,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		ValidArgsFunction: completePrograms,
		RunE: func(c *cobra.Command, args []string) error {
			return runRequest(c, *r, args, u)
		},
	}
	c.SetArgs(append([]string{}, args...)) // nil would be the arguments of the process
	c.SetIn(stdin)
	c.SetOut(stdout)
	c.SetErr(u.w)
	c.SetFlagErrorFunc(flagError)
	addFlags(c, r)
	for _, e := range exclusive {
		c.MarkFlagsMutuallyExclusive(e.one, e.other) // shells then do not offer one after the other
	}
	return c
}

// checkExclusive returns the error for two flags that contradict each other, before
// package cobra does so in its own words.
func checkExclusive(c *cobra.Command, _ []string) error {
	for _, e := range exclusive {
		if c.Flags().Changed(e.one) && c.Flags().Changed(e.other) {
			return usage(e.text, e.hint)
		}
	}
	return nil
}

// runRequest completes what the flags say and does it.
func runRequest(c *cobra.Command, r request, args []string, u *ui) error {
	switch {
	case r.help:
		return printHelp(c.OutOrStdout())
	case r.version:
		return printVersion(c.OutOrStdout())
	case r.completion != "":
		return printCompletion(c, r.completion, c.OutOrStdout())
	}
	programs, programArgs := args, []string(nil)
	if dash := c.ArgsLenAtDash(); dash >= 0 {
		programs, programArgs = args[:dash], args[dash:]
	}
	r, err := r.complete(programs, programArgs, c.InOrStdin())
	if err != nil {
		return err
	}
	u.talk = r.talk
	return execute(c.Context(), r, c.OutOrStdout(), u)
}

// addFlags adds all flags to c, which set the values of r.
func addFlags(c *cobra.Command, r *request) {
	c.Flags().SortFlags = false
	for _, g := range flagGroups() {
		addGroup(c.Flags(), g, r)
		for _, f := range g.flags {
			if f.values != nil {
				_ = c.RegisterFlagCompletionFunc(f.name, completeValues(f.values)) // fails for unknown flags alone
			}
		}
	}
}

// flagError words what package pflag found wrong, with the nearest flag as a hint.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	const manual = "see mkrootfs --help"
	switch {
	case errors.As(err, &invalid):
		if pack.IsUsage(errors.Unwrap(err)) {
			return errors.Unwrap(err)
		}
		return usage(fmt.Sprintf("--%s: %v", invalid.GetFlag().Name, errors.Unwrap(err)), "")
	case !errors.As(err, &unknown):
		return usage(err.Error(), manual)
	case unknown.GetSpecifiedShortnames() != "":
		return usage("unknown flag -"+unknown.GetSpecifiedName(), manual)
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	name, hint := unknown.GetSpecifiedName(), manual
	if near := nearest.Of(name, names); near != "" {
		hint = "did you mean --" + near + "?"
	}
	return usage("unknown flag --"+strings.TrimPrefix(name, "--"), hint)
}

// completeValues completes the values of a flag, the last one of a list that commas
// separate.
func completeValues(values func() []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		before := typed[:strings.LastIndexByte(typed, ',')+1]
		var out []string
		for _, v := range values() {
			if strings.HasPrefix(before+v, typed) {
				out = append(out, before+v)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

// completePrograms completes the programs of PATH, and files for what has a slash.
func completePrograms(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	if strings.Contains(typed, "/") {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return source.ProgramNames(os.Getenv("PATH"), typed), cobra.ShellCompDirectiveDefault
}

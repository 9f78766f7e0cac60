package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mkrootfs/mkrootfs/internal/flaghint"
	"github.com/mkrootfs/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/pack"
)

// newCommand returns the command, whose flags set the values of r.
func newCommand(r *request) *cobra.Command {
	c := &cobra.Command{
		Use:               synopsis,
		Short:             "turn a program into the smallest container image that runs it",
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		ValidArgsFunction: completePrograms,
	}
	addFlags(c, r)
	for _, e := range exclusive {
		c.MarkFlagsMutuallyExclusive(e.one, e.other) // so that completion does not offer both
	}
	return c
}

// runCommand does what args ask for. Package cobra would take a program that is called
// __complete for a subcommand. So only what a shell asks for completion, which begins
// with --complete, is left to its dispatcher.
func runCommand(c *cobra.Command, r *request, args []string, u *ui) error {
	if len(args) > 0 && (args[0] == "--complete" || args[0] == "--completeNoDesc") {
		c.SetArgs(append([]string{"__" + args[0][2:]}, args[1:]...))
		return c.Execute()
	}
	if err := c.ParseFlags(args); err != nil {
		return flaghint.Error(c.Flags(), err)
	}
	text := textWriter{c.OutOrStdout()}
	switch {
	case r.help != "":
		return printHelp(r.help, text)
	case r.version:
		return printVersion(text)
	case r.completion != "":
		return printCompletion(c, r.completion, text)
	}
	programs, programArgs := c.Flags().Args(), []string(nil)
	if dash := c.ArgsLenAtDash(); dash >= 0 {
		programs, programArgs = programs[:dash], programs[dash:]
	}
	complete, err := r.complete(programs, programArgs, c.InOrStdin())
	if err != nil {
		return err
	}
	u.verbosity = complete.verbosity
	u.warnings(afterDash(c, programArgs))
	return execute(c.Context(), complete, c.OutOrStdout(), u)
}

// afterDash returns warnings for flags of mkrootfs among the arguments after "--".
func afterDash(c *cobra.Command, args []string) (warnings []pack.Warning) {
	for _, flag := range flaghint.AfterDash(c.Flags(), args) {
		warnings = append(warnings, pack.Warning{
			Text: flag + " after -- is an argument of the program",
			Hint: "put flags of mkrootfs before --",
		})
	}
	return warnings
}

// addFlags adds all flags to c, which set the values of r.
func addFlags(c *cobra.Command, r *request) {
	c.Flags().SortFlags = false
	for _, g := range flagGroups(r) {
		g.AddTo(c.Flags())
		for _, f := range g.Flags {
			if f.Values != nil {
				_ = c.RegisterFlagCompletionFunc(f.Name, completeValues(f.Values)) // fails only for unknown flags
			}
		}
	}
}

// completeValues returns a function that completes the value of a flag, or the last
// element of a comma-separated list.
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

// completePrograms completes names with the programs in PATH, and paths with files.
func completePrograms(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	if strings.Contains(typed, "/") {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return source.ProgramNames(os.Getenv("PATH"), typed), cobra.ShellCompDirectiveDefault
}

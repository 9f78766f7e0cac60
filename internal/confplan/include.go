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

// FileAdvice returns advice about configuration files that include what the image does
// not have, or use variables that its environment does not have.
func FileAdvice(f *doctor.Findings, confs []Placed, at Files) []doctor.Advice {
	return append(includeAdvice(f.Includes, confs, at), variableAdvice(f.Variables)...)
}

// variableAdvice returns the advice about all variables of one file as one hint.
func variableAdvice(variables []doctor.Setting) (list []doctor.Advice) {
	for len(variables) > 0 {
		first := variables[0]
		var names []string
		for len(variables) > 0 && variables[0].File == first.File {
			names = append(names, variables[0].Value)
			variables = variables[1:]
		}
		list = append(list, doctor.Advice{
			Degree: doctor.Certain,
			Text: fmt.Sprintf("%s:%d: variables that the environment of the image does not have: %s",
				first.File, first.Line, quote.Some(names)),
			Fix: "add --env NAME=VALUE",
		})
	}
	return list
}

// includeAdvice returns advice about what configuration files include and the image does
// not have, with the flags that add it. confs are the --conf files. What the program can
// do without and the source does not have either is left out; the rest of what it can do
// without is one hint for each file.
func includeAdvice(includes []doctor.Include, confs []Placed, at Files) (list []doctor.Advice) {
	later := map[string]int{} // by file: the index of its hint in list
	more := map[string]int{}  // by file: the number of includes in its hint, without the first one
	for _, i := range includes {
		flags := copyFlags(i, confs, at)
		text := fmt.Sprintf("%s:%d: %s %s", i.File, i.Line, i.Directive, i.Name)
		n, is := later[i.In]
		switch {
		case !i.Optional:
			list = append(list, doctor.Advice{Warning: true, Text: text + " is not in the image", Fix: fixOf(i, flags)})
		case len(flags) == 0:
		case !is:
			later[i.In] = len(list)
			list = append(list, doctor.Advice{
				Degree: doctor.Certain, Text: text, Fix: "add " + strings.Join(flags, " "),
			})
		default:
			more[i.In]++
			list[n].Fix = mergeFlags(list[n].Fix, flags)
		}
	}
	for file, n := range later {
		list[n].Text += andMore(more[file])
	}
	return list
}

// andMore returns the end of the text of a hint about n+1 includes.
func andMore(n int) string {
	switch n {
	case 0:
		return " is not in the image"
	case 1:
		return " and another include are not in the image"
	}
	return fmt.Sprintf(" and %d other includes are not in the image", n)
}

// mergeFlags adds those of flags to fix that it does not have.
func mergeFlags(fix string, flags []string) string {
	for _, f := range flags {
		if !strings.HasSuffix(fix, f) && !strings.Contains(fix, f+" ") {
			fix += " " + f
		}
	}
	return fix
}

// fixOf returns the imperative for an include that the program needs.
func fixOf(i doctor.Include, flags []string) string {
	if len(flags) == 0 {
		return "add --copy " + quote.ShellWord("FILE:"+i.Path) + ", or mount it"
	}
	return "add " + strings.Join(flags, " ")
}

// maxFlags is the number of single files that flags name; of more files they name the
// directories.
const maxFlags = 3

// copyFlags returns the flags that add what is included, none if it does not exist. A
// file beside the --conf file of the user is looked for first, then the path in the
// image.
func copyFlags(i doctor.Include, confs []Placed, at Files) []string {
	sources := []string{i.Path}
	n := slices.IndexFunc(confs, func(c Placed) bool { return c.Path == i.In })
	if !path.IsAbs(i.Name) && n >= 0 {
		sources = []string{path.Join(path.Dir(confs[n].Src), i.Name), i.Path}
	}
	for _, src := range sources {
		root, name := at(src)
		files, exists := fileglob.Find(root, name)
		switch {
		case !exists, i.Optional && len(files) == 0:
		case src != i.Path:
			return elsewhereFlags(src, i)
		case fileglob.IsPattern(src) && len(files) <= maxFlags:
			return flagsFor(files)
		case fileglob.IsPattern(src):
			return flagsFor(directories(root, files))
		default:
			return flagsFor([]string{src})
		}
	}
	return nil
}

// elsewhereFlags returns the flag for a file or a pattern beside the user's file, which has
// another path in the image.
func elsewhereFlags(src string, i doctor.Include) []string {
	dst := i.Path
	for fileglob.IsPattern(src) {
		src, dst = path.Dir(src), path.Dir(dst)
	}
	return []string{"--copy " + quote.ShellWord(src+":"+dst)}
}

// directories returns the directories of files and of their real paths, each once: many
// files are symlinks to another directory.
func directories(root *sysroot.Root, files []string) (dirs []string) {
	for _, f := range files {
		for _, name := range []string{f, realPath(root, f)} {
			if dir := path.Dir(name); !slices.Contains(dirs, dir) {
				dirs = append(dirs, dir)
			}
		}
	}
	return dirs
}

func realPath(root *sysroot.Root, name string) string {
	n, err := root.Walk(name)
	if err != nil {
		return name
	}
	return n.Real
}

// flagsFor returns a --copy for each path.
func flagsFor(names []string) []string {
	flags := make([]string, len(names))
	for i, name := range names {
		flags[i] = "--copy " + quote.ShellWord(name)
	}
	return flags
}

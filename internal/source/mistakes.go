package source

import (
	"bytes"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/flagvalue"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// FindAll is Find for several PROGRAM[:DEST], of which the first is the one that the
// image runs. It returns an error for each that is not found. An argument that is not a
// program but what other commands expect in its place is a usage error: a subcommand as
// the first one, a configuration file or a directory after it.
func (s *Source) FindAll(args []string) (programs []Program, errs []error) {
	for i, arg := range args {
		p, err := s.Find(arg)
		if i == 0 && err != nil {
			err = s.subcommand(arg, err)
		}
		if i > 0 && (err != nil || strings.Contains(p.Arg, "/")) {
			err = s.misplaced(arg, p, err)
		}
		programs = append(programs, p)
		if err != nil {
			errs = append(errs, err)
		}
	}
	return programs, errs
}

// subcommands are the names that similar commands have for what mkrootfs does, with what
// to run instead.
var subcommands = map[string]string{
	"build":   "mkrootfs PROGRAM",
	"create":  "mkrootfs PROGRAM",
	"pack":    "mkrootfs PROGRAM",
	"run":     "mkrootfs PROGRAM",
	"load":    "mkrootfs PROGRAM --load",
	"push":    "mkrootfs PROGRAM -t REGISTRY/NAME:TAG --push",
	"help":    "mkrootfs --help",
	"version": "mkrootfs --version",
}

// subcommand returns a usage error if name is a subcommand of similar commands, else err,
// the error of the search for a program of that name.
func (s *Source) subcommand(name string, err error) error {
	run, ok := subcommands[name]
	if n, ferr := s.Root.Walk(absolute(s.Dir, name)); !ok || ferr == nil && n.Info.Mode().IsRegular() {
		return err
	}
	return usererr.Usage(name+": no such program, and mkrootfs has no subcommands", "run "+run)
}

// misplaced returns a usage error if arg names a directory or a text file that is not
// executable, else err, the error of the search for a program of that name, which
// returned p.
func (s *Source) misplaced(arg string, p Program, err error) error {
	src, dst := SplitDest(arg)
	root, name := s.Root, p.Src
	if err != nil {
		root, name = s.File(src)
	}
	n, ferr := root.Walk(name)
	if ferr != nil {
		return err
	}
	value := arg
	if c := (flagvalue.Copy{Src: src, Dst: dst}); c.NeedsDst() {
		value = c.WithDst()
	}
	asCopy := "--copy " + quote.ShellWord(value)
	switch {
	case n.Info.IsDir():
		return usererr.Usage(src+": a directory, not a program", "add it with "+asCopy)
	case n.Info.Mode().IsRegular() && n.Info.Mode()&0o111 == 0 && isText(root, n):
		return usererr.Usage(src+": a text file, not a program",
			"add it with --conf "+quote.ShellWord(arg)+" if it is a configuration file, else with "+asCopy)
	}
	return err
}

// textSample is how much of a file isText reads, in bytes.
const textSample = 512

// isText reports whether a file begins as text does that is not a script. An ELF file has
// a NUL byte in its first 16 bytes.
func isText(root *sysroot.Root, n *sysroot.Node) bool {
	f, err := root.OpenNode(n)
	if err != nil {
		return false
	}
	defer f.Close()
	sample := make([]byte, min(textSample, n.Info.Size()))
	if _, err := f.ReadAt(sample, 0); err != nil {
		return false
	}
	return !bytes.HasPrefix(sample, []byte("#!")) && !bytes.ContainsRune(sample, 0)
}

package doctor

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/doctor/internal/spawn"
)

// relatedWords returns the programs that an ELF program names by a string constant that is
// only their name, without a directory. Most such strings are something else, an option or
// a subcommand. A name counts if its program belongs to a package that the package of o
// depends on, recommends or suggests. Of the package of o itself a name counts that begins
// with the name of o ("dpkg-deb" of dpkg), or that stands in a list of several such names.
func (d *Doctor) relatedWords(ctx context.Context, o Object, p programFinder) ([]start, error) {
	literals := func(yield func([]byte) bool) error { return d.literals.each(ctx, o, yield) }
	words, err := spawn.Words(literals, d.programNames(p))
	if err != nil || len(words) == 0 {
		return nil, err
	}
	own, err := d.packages.Owners(ctx, o.Path, o.RealPath)
	packages := slices.Concat(own[o.Path], own[o.RealPath])
	if err != nil || len(packages) == 0 {
		return nil, err
	}
	f := relation{own: packages[0], by: o, owners: map[string]string{}}
	if err := f.findOwners(ctx, d, words, p); err != nil {
		return nil, err
	}
	return f.choose(words), nil
}

// relation is how the programs that strings of by name belong to its package.
type relation struct {
	own    string
	by     Object
	owners map[string]string // the package of each program, by name; only own, related and others
	others []string          // packages that are called as one of the words and are not related
	many   bool              // own has so many programs that they are tools for different tasks
}

// maxTools is the maximum number of programs in a package whose programs start each other.
const maxTools = 40

// findOwners fills f.
func (f *relation) findOwners(ctx context.Context, d *Doctor, words []spawn.Word, p programFinder) error {
	related, err := d.packages.Related(ctx, f.own)
	if err != nil {
		return err
	}
	real := map[string]string{} // the real path of each program
	var paths, names []string
	for _, w := range words {
		names = append(names, w.Name)
		if _, n := p.find(w.Name); n != nil && n.Real != f.by.RealPath {
			real[w.Name] = n.Real
			paths = append(paths, n.Real)
		}
	}
	related = append(related, f.own)
	isRelated := func(p string) bool { return slices.Contains(related, p) }
	f.others = slices.DeleteFunc(d.packages.Installed(names), isRelated)
	owners, err := d.packages.OwnersAmong(ctx, append(related, f.others...), paths...)
	if err != nil {
		return err
	}
	for name, at := range real {
		if list := owners[at]; len(list) > 0 {
			f.owners[name] = list[0]
		}
	}
	files, err := d.packages.Files(ctx, f.own)
	tools := 0
	for _, name := range files {
		if base := path.Base(path.Dir(name)); base == "bin" || base == "sbin" {
			tools++
		}
	}
	f.many = tools > maxTools
	return err
}

// minRun is the minimum number of names that are a list of programs.
const minRun = 3

// choose returns the words that are programs which f.by starts.
func (f *relation) choose(words []spawn.Word) (list []start) {
	counts := map[string]*count{}
	for _, w := range words {
		owner := f.owners[w.Name]
		if counts[owner] == nil {
			counts[owner] = &count{}
		}
		counts[owner].add(owner, w)
	}
	for _, w := range words {
		if owner := f.owners[w.Name]; owner != "" && f.accepts(owner, w, counts[owner]) {
			list = append(list, start{name: w.Name})
		}
	}
	related := list
	for _, w := range words {
		like := func(s start) bool { return isLike(s.name, w.Name) }
		if owner := f.owners[w.Name]; owner == w.Name && slices.Contains(f.others, owner) && counts[owner].isListed() &&
			slices.ContainsFunc(related, like) {
			list = append(list, start{name: w.Name})
		}
	}
	return list
}

// count is how many words of a package there are.
type count struct {
	whole, tails int
	main         bool // a whole word is the main program of the package
}

// isListed reports whether several words are programs of the package, one as a whole.
func (c *count) isListed() bool { return c.whole > 0 && c.whole+c.tails > 1 }

func (c *count) add(pkg string, w spawn.Word) {
	if w.Tail {
		c.tails++
	} else {
		c.whole++
		c.main = c.main || isNamedAfter(pkg, w.Name)
	}
}

// accepts reports whether a word is a program that f.by starts.
func (f *relation) accepts(owner string, w spawn.Word, c *count) bool {
	switch {
	case owner == f.own:
		return !w.Tail && (strings.HasPrefix(w.Name, path.Base(f.by.Path)+"-") || !f.many && w.Run >= minRun)
	case slices.Contains(f.others, owner):
		return false // choose decides
	case isNamedAfter(owner, w.Name):
		return true
	}
	return !w.Tail && (strings.ContainsAny(w.Name, "-0123456789") || c.main && c.whole >= minRun)
}

// likeness is the number of letters that the names of similar programs have in common.
const likeness = 3

// isLike reports whether two names have adjacent letters in common, as gzip and bzip2.
func isLike(a, b string) bool {
	for i := range max(len(a)-likeness+1, 0) {
		if strings.Contains(b, a[i:i+likeness]) {
			return true
		}
	}
	return false
}

// isNamedAfter reports whether a package is named after a program: a part of the name of
// the package is the name of the program, or begins or ends with a name of three or more
// letters, as in xz-utils and openssh-client.
func isNamedAfter(pkg, program string) bool {
	pkg, _, _ = strings.Cut(pkg, ":")
	for part := range strings.SplitSeq(pkg, "-") {
		if part == program {
			return true
		}
		if len(program) >= 3 && (strings.HasPrefix(part, program) || strings.HasSuffix(part, program)) {
			return true
		}
	}
	return pkg == program
}

// maxProgramNames is the maximum number of entries of a directory in PATH.
const maxProgramNames = 1 << 15

// programNames returns the names in the directories of p. It reads them once.
func (d *Doctor) programNames(p programFinder) map[string]bool {
	if d.programs != nil {
		return d.programs
	}
	d.programs = map[string]bool{}
	for dir := range strings.SplitSeq(p.path, ":") {
		list, _ := bounded.ReadDir(p.root, dir, maxProgramNames) // a directory of PATH need not exist
		for _, e := range list {
			d.programs[e.Name()] = !e.IsDir()
		}
	}
	return d.programs
}

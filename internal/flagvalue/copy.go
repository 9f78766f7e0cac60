package flagvalue

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// Copy is a value of --copy. Parts that are not given are "".
type Copy struct {
	Src, Dst string
	Chown    string // NAME|UID[:GROUP|GID]
	Chmod    string // octal digits
}

// ParseCopy parses SRC[:DST[:MODE[:OWNER]]] or src=…,dst=…,chown=…,chmod=…. In the short
// form, DST is the part after the last ":/". So SRC may contain colons, and DST may not;
// the long form has no such limit.
func ParseCopy(text string) (Copy, error) {
	if strings.HasPrefix(text, "src=") || strings.HasPrefix(text, "dst=") {
		return parseCopyFields(text)
	}
	i := strings.LastIndex(text, ":/")
	switch {
	case text == "" || i == 0:
		return Copy{}, fmt.Errorf("%q names no file", text)
	case i < 0:
		return Copy{Src: text}, nil
	}
	parts := append(strings.SplitN(text[i+1:], ":", 3), "", "")
	c := Copy{Src: text[:i], Dst: parts[0], Chmod: parts[1], Chown: parts[2]}
	if !octal.MatchString(c.Chmod) {
		return c, fmt.Errorf("%q: the mode %q is not an octal number; the form is SRC:DST:MODE:OWNER, "+
			"and a DST with a colon needs src=SRC,dst=DST", text, c.Chmod)
	}
	return c, nil
}

// octal matches a mode, or the empty string, which keeps the modes.
var octal = regexp.MustCompile(`^[0-7]*$`)

// parseCopyFields parses the long form of ParseCopy.
func parseCopyFields(text string) (Copy, error) {
	var c Copy
	err := eachField(text, func(key, value string) error {
		field, ok := map[string]*string{"src": &c.Src, "dst": &c.Dst, "chown": &c.Chown, "chmod": &c.Chmod}[key]
		if !ok {
			return fmt.Errorf("unknown key %q; the keys are src, dst, chown and chmod", key)
		}
		*field = value
		return nil
	})
	if err == nil && c.Src == "" {
		err = fmt.Errorf("%q: src= is missing", text)
	}
	return c, err
}

// NeedsDst reports whether the place of the files in the image is not determined: the
// path of the working directory must not get into an image, since the same command in
// another directory would then make another image.
func (c Copy) NeedsDst() bool { return c.Dst == "" && !path.IsAbs(c.Src) }

// WithDst returns the value of c with a place in the image as an example.
func (c Copy) WithDst() string {
	base := path.Base(c.Src)
	if base == "." || base == ".." {
		return c.Src + ":/app"
	}
	return c.Src + ":/etc/app/" + base
}

// Check returns a usage error if c names no file or no place in the image. inSysroot is
// set if absolute paths are paths in a sysroot.
func (c Copy) Check(inSysroot bool) error {
	switch {
	case c.Src == "":
		return usererr.Usage("--copy: no file is named", "")
	case c.Dst != "" && !path.IsAbs(c.Dst):
		return usererr.Usage(fmt.Sprintf("--copy: dst=%s is not an absolute path", c.Dst), "")
	case !c.NeedsDst():
		return nil
	}
	hint := "write where it goes: --copy " + quote.ShellWord(c.WithDst())
	if !inSysroot {
		hint += ", or --copy " + belowPWD(path.Clean(c.Src)) + " for the same path as here"
	}
	return usererr.Usage("--copy "+c.Src+": a relative path does not say where the file goes in the image", hint)
}

// belowPWD returns a relative path as a word of a shell that has the absolute path.
func belowPWD(name string) string {
	if name == "." {
		return `"$PWD"`
	}
	if word := quote.ShellWord(name); word != name {
		return `"$PWD"/` + word
	}
	return `"$PWD/` + name + `"`
}

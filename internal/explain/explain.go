// Package explain words errors for people and knows the hints that cure them: the
// errors of the packages that know no flags get their hints here. It decides
// nothing. Start with Error.
package explain

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/image/publish"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// ScratchError is an error of the temporary file that holds a layer.
type ScratchError struct{ Err error }

func (e *ScratchError) Error() string { return "the temporary file of the layer: " + e.Err.Error() }
func (e *ScratchError) Unwrap() error { return e.Err }

// makeRoom is the hint for a device that is full.
const makeRoom = "make room there, or write elsewhere"

// InstallHint is the hint for a library of which nothing more is known.
const InstallHint = "install the package that has it, or say where it is: --library-path DIR"

// Error returns the text of an error and its hint, "" if none is known. Text from
// outside, such as paths, stands in the text as it is, and in the hint as a word of
// a shell, since hints are copied. Of what errors.Join has joined, each part has to
// be explained by itself.
func Error(err error) (text, hint string) {
	var wrong *usererr.UsageError
	var own *usererr.HintedError
	var missing *elfdeps.MissingError
	switch {
	case errors.As(err, &wrong):
		return wrong.Text, wrong.Hint
	case errors.As(err, &own):
		return err.Error(), own.Hint
	case errors.As(err, &missing) && strings.Contains(missing.Name, "/"):
		return MissingText(missing), "the program names this very path: install the file there"
	case errors.As(err, &missing):
		return MissingText(missing), InstallHint
	}
	if hint := contentsHint(err); hint != "" {
		return err.Error(), hint
	}
	if hint := outputHint(err); hint != "" {
		return err.Error(), hint
	}
	return PathFirst(err), systemHint(err)
}

// contentsHint is the hint for an error about what goes in.
func contentsHint(err error) string {
	var interp *elfdeps.InterpreterError
	var kind *elffile.KindError
	var format *elffile.FormatError
	var version *elfdeps.VersionError
	var conflict *rootfs.ConflictError
	var special *rootfs.SpecialFileError
	switch {
	case errors.As(err, &interp):
		return interpreterHint(interp)
	case errors.As(err, &kind):
		return "name an ELF program, a shared object or a script; --copy takes any file"
	case errors.As(err, &format):
		return "the file is damaged or was cut short: copy or build it again"
	case errors.As(err, &version):
		return "the library is older than the one that the program was built with: install the newer, or build here"
	case errors.As(err, &conflict):
		return "leave one of them out, or give one another place with :DST"
	case errors.As(err, &special):
		return "name what is to be copied more narrowly"
	}
	return ""
}

// outputHint is the hint for an error about what comes out.
func outputHint(err error) string {
	var engine *publish.NoEngineError
	var push *publish.PushError
	var scratch *ScratchError
	var text *image.TextError
	var write *image.WriteError
	var config *publish.ConfigError
	var contextErr *publish.ContextError
	switch {
	case errors.As(err, &engine):
		return "start one, or say where it is: DOCKER_HOST=unix:///PATH; without --load, an archive for docker load is written"
	case errors.As(err, &push):
		return pushHints[push.Reason]
	case errors.As(err, &text):
		return "PROGRAM:DEST gives a program another name; values have to be UTF-8"
	case errors.As(err, &config) && config.Helper != "":
		// What the helper printed may be a secret, and is not in the error.
		return "see what it says: echo REGISTRY | " + quote.ShellWord(config.Helper) + " get"
	case errors.As(err, &config):
		return "correct or remove the file; DOCKER_CONFIG and REGISTRY_AUTH_FILE name others"
	case errors.As(err, &contextErr):
		return "docker context ls lists them; DOCKER_HOST has precedence"
	case errors.As(err, &write) && errors.Is(err, fs.ErrPermission):
		return "write elsewhere with -o, or as a user who may write there"
	case errors.As(err, &scratch):
		return "TMPDIR says where temporary files go; rootfs.tar.gz as an output needs none"
	}
	return ""
}

// pushHints say what to do about a push that a registry refused.
var pushHints = map[publish.Reason]string{
	publish.PlainHTTP:    "the registry speaks plain HTTP: --insecure allows that",
	publish.Untrusted:    "--insecure accepts a certificate that nobody vouches for",
	publish.Unauthorized: "log in first: docker login, podman login or crane auth login",
	publish.Denied:       "log in as someone who may write there, or push under another name",
	publish.Refused:      "nothing listens there: start the registry, or give another port in the tag",
	publish.Unreachable:  "the tag begins with the registry: -t HOST[:PORT]/NAME:TAG",
}

// systemHint is the hint for an error of the operating system.
func systemHint(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return makeRoom
	case errors.Is(err, fs.ErrPermission):
		return "run as a user who may read it, or make it readable"
	case errors.Is(err, syscall.ELOOP):
		return "the symlinks lead in a circle: name the file itself"
	}
	return ""
}

// PathFirst returns the text of err. It drops the operation that os and io/fs put before the path.
func PathFirst(err error) string {
	at, ok := err.(*fs.PathError) //nolint:errorlint // one that is wrapped has a text of its own before it
	if !ok {
		return err.Error()
	}
	return at.Path + ": " + at.Err.Error()
}

func interpreterHint(e *elfdeps.InterpreterError) string {
	switch {
	case strings.HasSuffix(e.Interp, "\r"):
		return "the script has CRLF line ends: sed -i 's/\\r$//' " + quote.ShellPath(e.Path)
	case errors.Is(e.Err, syscall.ENOEXEC):
		return "name an interpreter behind the #!, or run the script by a program that takes it as an argument"
	case errors.Is(e.Err, elfdeps.ErrScriptChain):
		return "the kernel follows five scripts: name the last one's interpreter in the first"
	case errors.Is(e.Err, fs.ErrPermission):
		return "chmod +x " + quote.ShellPath(e.Interp)
	case errors.Is(e.Err, syscall.ELOOP):
		return "the symlinks at " + quote.ShellPath(e.Interp) + " lead in a circle: correct them, or name the program's own system with --sysroot"
	case errors.Is(e.Err, fs.ErrNotExist):
		return "install the package that has " + quote.ShellWord(e.Interp) +
			", build the program for this system, or name its own with --sysroot"
	}
	return "--sysroot DIR takes everything from a system of the program's own kind"
}

// MissingText says who needs a library and where it was looked for, each directory
// once.
func MissingText(e *elfdeps.MissingError) string {
	var places []string
	for _, t := range e.Tried {
		where := path.Dir(t.Path)
		if t.Why != "" && t.Why != syscall.ENOENT.Error() {
			where = t.Path + " (" + t.Why + ")"
		}
		if !slices.Contains(places, where) {
			places = append(places, where)
		}
	}
	if len(places) == 0 {
		return e.Error()
	}
	text := e.Error() + "; looked in " + strings.Join(places, ", ")
	if e.More > 0 {
		text += fmt.Sprintf(" and %d more", e.More)
	}
	return text
}

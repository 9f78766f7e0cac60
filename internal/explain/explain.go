// Package explain returns messages and hints for errors. Errors of packages that do
// not know the command's flags get their hints here. Start with Error.
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

func (e *ScratchError) Error() string { return "temporary file for the layer: " + e.Err.Error() }
func (e *ScratchError) Unwrap() error { return e.Err }

// makeRoom is the hint for a full device.
const makeRoom = "free space on that file system, or write to another one"

// InstallHint is the hint for a missing library whose package is unknown.
const InstallHint = "install the package that contains it, or add --library-path DIR"

// Error returns the message for err and a hint, "" if none is known. The message
// contains paths and other input unchanged; in the hint, which users copy, they are
// quoted for a shell. For a joined error, call Error for each part (usererr.Flatten).
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
		return MissingText(missing), "install the file at this path, which the program names"
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

// contentsHint returns the hint for an error about the contents of the image.
func contentsHint(err error) string {
	var interp *elfdeps.InterpreterError
	var kind *elffile.KindError
	var format *elffile.FormatError
	var version *elfdeps.VersionError
	var conflict *rootfs.ConflictError
	var below *rootfs.ParentError
	var special *rootfs.SpecialFileError
	switch {
	case errors.As(err, &interp):
		return interpreterHint(interp)
	case errors.As(err, &kind):
		return "name an ELF program, a shared object or a script; use --copy for other files"
	case errors.As(err, &format):
		return "copy or build the file again: it is damaged or truncated"
	case errors.As(err, &version):
		return "install a newer version of the library, or build the program with this one"
	case errors.As(err, &conflict) && conflict.First.Mode.IsDir() != conflict.Second.Mode.IsDir(),
		errors.As(err, &below):
		return "write DST/ to put a file into a directory, or give it another path with :DST"
	case errors.As(err, &conflict):
		return "leave one of them out, or give one of them another path with :DST"
	case errors.As(err, &special):
		return "copy only regular files, directories and symlinks"
	}
	return ""
}

// outputHint returns the hint for an error about an output.
func outputHint(err error) string {
	var engine *publish.NoEngineError
	var push *publish.PushError
	var scratch *ScratchError
	var text *image.TextError
	var write *image.WriteError
	var config *publish.ConfigError
	var contextErr *publish.ContextError
	switch {
	case errors.As(err, &engine) && errors.Is(err, fs.ErrPermission):
		return permissionHint(engine)
	case errors.As(err, &engine):
		return "start an engine, set DOCKER_HOST=unix:///PATH, or leave out --load to write an archive for docker load"
	case errors.As(err, &push):
		return pushHints[push.Reason]
	case errors.As(err, &text):
		return "use UTF-8 values; PROGRAM:DEST gives a program another name"
	case errors.As(err, &config) && config.Helper != "":
		// The error does not contain the helper's output, which may be secret.
		return "run the helper to see its error: echo REGISTRY | " + quote.ShellWord(config.Helper) + " get"
	case errors.As(err, &config):
		return "correct or remove the file, or name another one with DOCKER_CONFIG or REGISTRY_AUTH_FILE"
	case errors.As(err, &contextErr):
		return "name a context that docker context ls lists, or set DOCKER_HOST"
	case errors.As(err, &write) && errors.Is(err, fs.ErrPermission):
		return "choose another path with -o, or run as a user who can write there"
	case errors.As(err, &scratch):
		return "set TMPDIR to another directory, or add -o rootfs.tar.gz, which needs no temporary file"
	}
	return ""
}

// permissionHint returns the hint for an engine whose socket the user may not connect to.
func permissionHint(e *publish.NoEngineError) string {
	for _, t := range e.Tried {
		if t.Group != "" {
			return "add yourself to group " + t.Group + " and log in again: sudo usermod -aG " +
				quote.ShellWord(t.Group) + ` "$USER"; or run mkrootfs with sudo`
		}
	}
	return "run mkrootfs with sudo, or set DOCKER_HOST=unix:///PATH to an engine of your own"
}

// pushHints are the hints for a push that failed.
var pushHints = map[publish.Reason]string{
	publish.PlainHTTP:    "add --insecure: the registry uses plain HTTP",
	publish.Untrusted:    "add --insecure to accept an untrusted certificate",
	publish.Unauthorized: "log in first: docker login, podman login or crane auth login",
	publish.Rejected:     "log in again: docker login, podman login or crane auth login",
	publish.Denied:       "log in as a user who can push there, or push to another repository",
	publish.Refused:      "start the registry, or give another port in the tag",
	publish.Unreachable:  "check the registry in the tag: -t HOST[:PORT]/NAME:TAG",
}

// systemHint returns the hint for an error of the operating system.
func systemHint(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return makeRoom
	case errors.Is(err, fs.ErrPermission):
		return "run as a user who can read it, or change its permissions"
	case errors.Is(err, syscall.ELOOP):
		return "name the file itself: the symlinks form a loop"
	}
	return ""
}

// PathFirst returns the text of err without the operation that packages os and io/fs
// put before the path.
func PathFirst(err error) string {
	at, ok := err.(*fs.PathError) //nolint:errorlint // a wrapping error has a text of its own
	if !ok {
		return err.Error()
	}
	return at.Path + ": " + at.Err.Error()
}

func interpreterHint(e *elfdeps.InterpreterError) string {
	switch {
	case strings.HasSuffix(e.Interp, "\r"):
		return "convert the script's CRLF line endings: sed -i 's/\\r$//' " + quote.ShellPath(e.Path)
	case errors.Is(e.Err, syscall.ENOEXEC):
		return "write an interpreter after #!, or pack the interpreter and pass the script as its argument"
	case errors.Is(e.Err, elfdeps.ErrScriptChain):
		return "name the last interpreter in the first script: the kernel follows at most five"
	case errors.Is(e.Err, fs.ErrPermission):
		return "chmod +x " + quote.ShellPath(e.Interp)
	case errors.Is(e.Err, syscall.ELOOP):
		return "correct the symlinks at " + quote.ShellPath(e.Interp) +
			", which form a loop, or name the program's own system with --sysroot DIR"
	case errors.Is(e.Err, fs.ErrNotExist):
		return "install the package that contains " + quote.ShellWord(e.Interp) +
			", build the program for this system, or name its own system with --sysroot DIR"
	}
	return "name the program's own system with --sysroot DIR"
}

// MissingText returns the message for a missing library, with the object that needs it
// and the directories that were searched.
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

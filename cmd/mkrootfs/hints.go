package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/tell"
	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/image/publish"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// describe words an error and the hint that mends it; see ui.go for the rules.
func describe(err error) (text, hint string) {
	var own *tell.Hinted
	var missing *elfdeps.MissingError
	var interp *elfdeps.InterpreterError
	var kind *elffile.KindError
	var format *elffile.FormatError
	var version *elfdeps.VersionError
	var conflict *rootfs.ConflictError
	var special *rootfs.SpecialFileError
	var engine *publish.NoEngineError
	var push *publish.PushError
	var scrap *scrapError
	var text8 *image.TextError
	var write *image.WriteError
	var config *publish.ConfigError
	var contextErr *publish.ContextError
	switch {
	case errors.As(err, &own):
		return err.Error(), own.Hint
	case errors.As(err, &missing):
		return describeMissing(missing), missingHint(missing)
	case errors.As(err, &interp):
		return err.Error(), interpreterHint(interp)
	case errors.As(err, &kind):
		return err.Error(), "name an ELF program, a shared object or a script; --copy takes any file"
	case errors.As(err, &format):
		return err.Error(), "the file is damaged or was cut short: copy or build it again"
	case errors.As(err, &version):
		return err.Error(), "the library is older than the one that the program was built with: install the newer, or build here"
	case errors.As(err, &conflict):
		return err.Error(), "leave one of them out, or give one another place with :DST"
	case errors.As(err, &special):
		return err.Error(), "name what shall be copied more narrowly"
	case errors.As(err, &engine):
		return err.Error(), "start one, or say where it is: DOCKER_HOST=unix:///PATH; without --load, an archive for docker load is written"
	case errors.As(err, &push):
		return err.Error(), pushHints[push.Reason]
	case errors.As(err, &text8):
		return err.Error(), "PROGRAM:DEST gives a program another name; values have to be UTF-8"
	case errors.As(err, &config):
		return err.Error(), configHint(config)
	case errors.As(err, &contextErr):
		return err.Error(), "docker context ls lists them; DOCKER_HOST goes before any"
	case errors.As(err, &write) && errors.Is(err, fs.ErrPermission):
		return err.Error(), "write elsewhere with -o, or as a user who may write there"
	case errors.As(err, &scrap):
		return err.Error(), "TMPDIR says where temporary files go; rootfs.tar.gz as an output needs none"
	case errors.Is(err, syscall.ENOSPC):
		return err.Error(), tell.MakeRoom
	case errors.Is(err, fs.ErrPermission):
		return pathFirst(err), "run as a user who may read it, or make it readable"
	case errors.Is(err, syscall.ELOOP):
		return pathFirst(err), "the symlinks lead in a circle: name the file itself"
	}
	return pathFirst(err), ""
}

// pathFirst drops the operation that os and io/fs put before the path.
func pathFirst(err error) string {
	at, ok := err.(*fs.PathError) //nolint:errorlint // one that is wrapped has its own words before it
	if !ok {
		return err.Error()
	}
	return at.Path + ": " + at.Err.Error()
}

// scrapError is trouble with the temporary file that holds the layer.
type scrapError struct{ err error }

func (e *scrapError) Error() string { return "the temporary file of the layer: " + e.err.Error() }
func (e *scrapError) Unwrap() error { return e.err }

// pushHints say what a reader can do about a refused push.
var pushHints = map[publish.Reason]string{
	publish.PlainHTTP:    "the registry speaks plain HTTP: --insecure allows that",
	publish.Untrusted:    "--insecure accepts a certificate that nobody vouches for",
	publish.Unauthorized: "log in first: docker login, podman login or crane auth login",
	publish.Denied:       "log in as someone who may write there, or push under another name",
	publish.Refused:      "nothing listens there: start the registry, or give another port in the tag",
	publish.Unreachable:  "the tag begins with the registry: -t HOST[:PORT]/NAME:TAG",
}

// configHint says how to mend credentials. What a helper printed is not in its
// error, for it may be a secret: who wants to see it has to run it.
func configHint(e *publish.ConfigError) string {
	if e.Helper != "" {
		return "see what it says: echo REGISTRY | " + shellWord(e.Helper) + " get"
	}
	return "mend or remove the file; DOCKER_CONFIG and REGISTRY_AUTH_FILE name others"
}

func interpreterHint(e *elfdeps.InterpreterError) string {
	switch {
	case strings.HasSuffix(e.Interp, "\r"):
		return "the script has CRLF line ends: sed -i 's/\\r$//' " + tell.ShellPath(e.Path)
	case errors.Is(e.Err, syscall.ENOEXEC):
		return "name an interpreter behind the #!, or run the script by a program that takes it as an argument"
	case errors.Is(e.Err, elfdeps.ErrScriptChain):
		return "the kernel follows five scripts: name the last one's interpreter in the first"
	case errors.Is(e.Err, fs.ErrPermission):
		return "chmod +x " + tell.ShellPath(e.Interp)
	case errors.Is(e.Err, syscall.ELOOP):
		return "the symlinks at " + tell.ShellPath(e.Interp) + " lead in a circle: mend them, or name the program's own system with --sysroot"
	case errors.Is(e.Err, fs.ErrNotExist):
		return "install the package that has " + shellWord(e.Interp) + ", build the program for this system, or name its own with --sysroot"
	}
	return "--sysroot DIR takes everything from a system of the program's own kind"
}

// describeMissing says who needs the library and where it was looked for, each
// directory once.
func describeMissing(e *elfdeps.MissingError) string {
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

func missingHint(e *elfdeps.MissingError) string {
	if strings.Contains(e.Name, "/") {
		return "the program names this very path: install the file there"
	}
	return installHint
}

// installHint is for a library of which nothing more is known.
const installHint = "install the package that has it, or say where it is: --library-path DIR"

// confError words why a --conf cannot be taken.
func confError(src string, err error) error {
	if src == "" {
		return usage("--conf: the value is empty", "--conf FILE")
	}
	var at *fs.PathError
	if !errors.As(err, &at) {
		return err
	}
	err = fmt.Errorf("%s: the --conf file cannot be read: %w", src, at.Err)
	if errors.Is(at.Err, fs.ErrNotExist) {
		return withHint(err, "a relative path is taken from the working directory; SRC:DST names source and place")
	}
	if errors.Is(at.Err, syscall.EINVAL) {
		return withHint(fmt.Errorf("%s: the --conf file is no regular file", src), "write it to a file first")
	}
	if at.Op == "install" {
		return withHint(err, "--copy takes whole directories")
	}
	return err
}

// copyError words why a --copy cannot be taken.
func copyError(src string, err error) error {
	var at *fs.PathError
	if errors.As(err, &at) && errors.Is(at.Err, fs.ErrNotExist) {
		if text, lerr := os.Readlink(src); lerr == nil {
			return withHint(fmt.Errorf("%s: a symlink to %s, which does not exist", src, text), "copy its directory to keep the link, or name another file")
		}
		return withHint(fmt.Errorf("%s: no such file for --copy", src), "a relative path is taken from the working directory, an absolute one from the sysroot")
	}
	return err
}

// shellList lists words as a shell has to be given each of them.
func shellList(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = shellWord(w)
	}
	return strings.Join(quoted, ", ")
}

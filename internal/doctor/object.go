package doctor

import (
	"context"
	"errors"
	"io"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// Object is an object of the closure.
type Object struct {
	// Object describes the object. The pointer is the key of the cache, so later calls
	// should use the same pointer for the same file.
	*elfdeps.Object
	// In is the resolver that reads the object: that of the source or of the image.
	In *elfdeps.Resolver
}

// ask opens an object and returns the result of question.
func ask[T any](ctx context.Context, o Object, question func(*elffile.File) (T, error)) (answer T, err error) {
	f, err := o.In.File(ctx, o.Path)
	if err != nil {
		return answer, err
	}
	defer f.Close()
	return question(f)
}

func (o Object) imports(ctx context.Context) ([]string, error) {
	return ask(ctx, o, (*elffile.File).Imports)
}

func (o Object) linkedByGo(ctx context.Context) (bool, error) {
	return ask(ctx, o, (*elffile.File).IsGo)
}

func (o Object) literals(ctx context.Context, yield func([]byte) bool) error {
	f, err := o.In.File(ctx, o.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Literals(yield)
}

func (o Object) dlopenNotes(ctx context.Context) ([]elffile.DlopenNote, error) {
	return ask(ctx, o, (*elffile.File).DlopenNotes)
}

func (o Object) dlopenHints(ctx context.Context) ([]string, error) {
	return ask(ctx, o, (*elffile.File).DlopenHints)
}

// cannotRead reports whether err means that a file could not be read, not that it is
// malformed.
func cannotRead(err error) bool {
	var at *elfdeps.ReadError
	return errors.As(err, &at)
}

// isProgram reports whether an object is started: a program or a script.
func isProgram(o Object) bool { return o.Kind == elfdeps.Executable || o.Kind == elfdeps.Script }

// objectFacts are the cached facts about an object.
type objectFacts struct {
	evidence evidence
	// opensFiles is set if the object imports one of fileFunctions.
	opensFiles bool
	notes      *noteFacts // nil until they are read
	hints      *[]string  // nil until they are read
	opened     []string   // what openedBy returns; nil until it is called
}

// noteFacts are the valid notes of an object, and the error for malformed ones.
type noteFacts struct {
	notes []elffile.DlopenNote
	err   error
}

// readHead returns the first limit bytes of the file n of root.
func readHead(root *sysroot.Root, n *sysroot.Node, limit int64) ([]byte, error) {
	f, err := root.OpenNode(n)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

package publish

import "strings"

// InterruptedError says how far Load or Push had come when their context ended.
type InterruptedError struct {
	// Done is what certainly has the image: for Push the tags that the registry
	// has taken, in their full form.
	Done []string
	// Maybe is what was given the whole image and had not answered yet, and so
	// may have it: the engine's Host, or a tag in its full form. "" when there
	// is no such place.
	Maybe string
	Err   error // the cause of the context's end
}

// Error says what has the image and what may have it, in one line.
func (e *InterruptedError) Error() string {
	text := "interrupted"
	if len(e.Done) > 0 {
		text += "; the image is already at " + strings.Join(e.Done, ", ")
	}
	if e.Maybe != "" {
		text += "; " + e.Maybe + " was sent the whole image and may have it"
	}
	return text
}

func (e *InterruptedError) Unwrap() error { return e.Err }

package publish

import "strings"

// InterruptedError reports how far Load or Push had come when the context ended.
type InterruptedError struct {
	// Done names the places that have the image: for Push the tags that the
	// registry has accepted, in their full form.
	Done []string
	// Maybe is the place that was sent the whole image and had not answered yet,
	// and so may have it: the Host of the engine, or a tag in its full form. ""
	// if there is none.
	Maybe string
	Err   error // the cause of the context's end
}

// Error returns in one line which places have the image and which may have it.
func (e *InterruptedError) Error() string {
	text := "interrupted"
	if len(e.Done) > 0 {
		text += "; the image is already at " + strings.Join(e.Done, ", ")
	}
	if e.Maybe != "" {
		text += "; " + e.Maybe + " received the whole image and may have stored it"
	}
	return text
}

// Unwrap returns the cause of the end of the context.
func (e *InterruptedError) Unwrap() error { return e.Err }

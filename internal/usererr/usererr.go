// Package usererr has the types of errors for users: usage errors, and errors with a
// hint how to solve the problem. Start with WithHint.
package usererr

import "errors"

// UsageError is the error for values that are malformed or contradict each other.
type UsageError struct{ Text, Hint string }

func (e *UsageError) Error() string { return e.Text }

// Usage returns a *UsageError; hint may be empty.
func Usage(text, hint string) error { return &UsageError{text, hint} }

// HintedError is an error with a hint: the flag, file or command that solves it.
type HintedError struct {
	Err  error
	Hint string
}

func (e *HintedError) Error() string { return e.Err.Error() }
func (e *HintedError) Unwrap() error { return e.Err }

// WithHint returns err as a *HintedError, nil if err is nil.
func WithHint(err error, hint string) error {
	if err == nil {
		return nil
	}
	return &HintedError{err, hint}
}

// Flatten returns the parts of an error that errors.Join made, recursively; none for
// nil. An error that wraps several errors and has a text of its own is one part.
func Flatten(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // only a join at the top is a list
	if !ok || err.Error() != errors.Join(joined.Unwrap()...).Error() {
		return []error{err}
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, Flatten(e)...)
	}
	return out
}

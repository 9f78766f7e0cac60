// Package tell has the errors that say to a person what to do about them.
package tell

// UsageError is a command line that cannot be meant.
type UsageError struct{ Text, Hint string }

func (e *UsageError) Error() string { return e.Text }

// Usage returns a *UsageError; hint may be empty.
func Usage(text, hint string) error { return &UsageError{text, hint} }

// Hinted is an error with the hint that mends it: the flag, the file or the
// command to use.
type Hinted struct {
	Err  error
	Hint string
}

func (e *Hinted) Error() string { return e.Err.Error() }
func (e *Hinted) Unwrap() error { return e.Err }

// Hint returns err as a *Hinted, nil when it is nil.
func Hint(err error, hint string) error {
	if err == nil {
		return nil
	}
	return &Hinted{err, hint}
}

// MakeRoom is the hint for a device that is full.
const MakeRoom = "make room there, or write elsewhere"

package pack

import (
	"errors"

	"github.com/mkrootfs/mkrootfs/internal/dest"
	"github.com/mkrootfs/mkrootfs/internal/explain"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// Message is an error in one line, with a hint how to fix it, "" if none is known.
// Text contains paths and other input unchanged, so it must be escaped for a terminal.
// Hint contains them quoted for a shell, since users copy hints.
type Message struct{ Text, Hint string }

// Explain returns a message for each part of an error of this package, none for nil.
func Explain(err error) (list []Message) {
	for _, part := range usererr.Flatten(err) {
		text, hint := explain.Error(part)
		list = append(list, Message{text, hint})
	}
	return list
}

// IsUsage reports whether err means that values of a Spec or of Outputs are malformed
// or contradict each other.
func IsUsage(err error) bool {
	var wrong *usererr.UsageError
	return errors.As(err, &wrong)
}

// warningOf returns err as a warning.
func warningOf(err error) Warning {
	text, hint := explain.Error(err)
	return Warning{Text: text, Hint: hint}
}

// Interruption returns a message about what an interrupted run has left, "" unless err
// wraps context.Canceled.
func Interruption(err error) string { return dest.Interruption(err) }

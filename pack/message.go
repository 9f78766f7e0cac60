package pack

import (
	"errors"

	"github.com/mkrootfs/mkrootfs/internal/dest"
	"github.com/mkrootfs/mkrootfs/internal/explain"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// Message is one line about an error, and the hint that cures it, "" if none is
// known. Text from outside, such as paths, stands in Text as it is and in Hint as a
// word of a shell, since hints are copied.
type Message struct{ Text, Hint string }

// Explain returns the message for each part of an error of this package.
func Explain(err error) (list []Message) {
	for _, part := range usererr.Flatten(err) {
		text, hint := explain.Error(part)
		list = append(list, Message{text, hint})
	}
	return list
}

// IsUsage reports whether an error is about a request that contradicts itself or is
// malformed, in contrast to one that failed.
func IsUsage(err error) bool {
	var wrong *usererr.UsageError
	return errors.As(err, &wrong)
}

// warningOf returns err as a warning.
func warningOf(err error) Warning {
	text, hint := explain.Error(err)
	return Warning{Text: text, Hint: hint}
}

// Interruption says what a run that was interrupted has left, "" if err is not
// about the end of a context.
func Interruption(err error) string { return dest.Interruption(err) }

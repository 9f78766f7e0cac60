// Package flagvalue parses values of flags that have several parts. It does not look up
// any name. Its caveat: it checks the form of the parts, not whether they make sense
// together. Start with ParseCopy and ParseOutput.
package flagvalue

import (
	"encoding/csv"
	"fmt"
	"strings"
)

// eachField calls f for every key=value of a comma-separated list, a record of CSV: a
// field with a comma is quoted.
func eachField(text string, f func(key, value string) error) error {
	fields, err := csv.NewReader(strings.NewReader(text)).Read()
	if err != nil {
		return fmt.Errorf("%q is not a comma-separated list: %w", text, err)
	}
	for _, field := range fields {
		key, value, ok := strings.Cut(field, "=")
		if !ok || value == "" {
			return fmt.Errorf("%q: must be KEY=VALUE", field)
		}
		if err := f(strings.TrimSpace(key), value); err != nil {
			return err
		}
	}
	return nil
}

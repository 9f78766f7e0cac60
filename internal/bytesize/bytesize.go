// Package bytesize formats sizes for people. Start with Text.
package bytesize

import "github.com/docker/go-units"

// Text returns a number of bytes with three digits and a decimal unit, such as "225 kB".
func Text(n int64) string {
	return units.CustomSize("%.3g %s", float64(n), 1000, []string{"B", "kB", "MB", "GB", "TB", "PB", "EB"})
}

package confplan

import (
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
)

// maxOptions is the maximum size of a file of options, in bytes.
const maxOptions = 64 << 10

// readOptions returns the words of the lines of a file that begin with "-", except those
// whose first word is one of without. "#" begins a comment.
func readOptions(at Files, src string, without []string) (options []string, err error) {
	root, name := at(src)
	data, err := bounded.ReadFile(root, name, maxOptions)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) > 0 && strings.HasPrefix(fields[0], "-") && !slices.Contains(without, fields[0]) {
			options = append(options, fields...)
		}
	}
	return options, nil
}

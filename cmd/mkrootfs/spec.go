package main

import (
	"encoding/csv"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// copySpec is one --copy.
type copySpec struct {
	src, dst string
	owner    string       // "" keeps 0:0
	mode     *fs.FileMode // nil keeps the file's own
}

// parseCopy reads SRC[:DST], or src=…,dst=…,chown=…,chmod=… as comma-separated
// values, in which a value with a comma is quoted as CSV has it.
func parseCopy(spec string) (copySpec, error) {
	if !strings.HasPrefix(spec, "src=") && !strings.HasPrefix(spec, "dst=") {
		src, dst := source.SplitDest(spec)
		if src == "" {
			return copySpec{}, fmt.Errorf("%q names no file", spec)
		}
		return copySpec{src: src, dst: dst}, nil
	}
	c := copySpec{}
	err := eachField(spec, func(key, value string) error {
		switch key {
		case "src":
			c.src = value
		case "dst":
			c.dst = value
		case "chown":
			c.owner = value
		case "chmod":
			mode, err := parseMode(value)
			c.mode = &mode
			return err
		default:
			return fmt.Errorf("unknown key %q; the keys are src, dst, chown and chmod", key)
		}
		return nil
	})
	switch {
	case err != nil:
		return c, err
	case c.src == "":
		return c, fmt.Errorf("%q has no src=", spec)
	case c.dst != "" && !path.IsAbs(c.dst):
		return c, fmt.Errorf("dst=%s is not an absolute path", c.dst)
	}
	return c, nil
}

// eachField calls f for every key=value of a comma-separated list.
func eachField(spec string, f func(key, value string) error) error {
	fields, err := csv.NewReader(strings.NewReader(spec)).Read()
	if err != nil {
		return fmt.Errorf("%q is no comma-separated list: %w", spec, err)
	}
	for _, field := range fields {
		key, value, ok := strings.Cut(field, "=")
		if !ok || value == "" {
			return fmt.Errorf("%q is not of the form key=value", field)
		}
		if err := f(strings.TrimSpace(key), value); err != nil {
			return err
		}
	}
	return nil
}

// parseMode reads an octal file mode of up to four digits, set-id and sticky
// bits included, as chmod(1) has it.
func parseMode(text string) (fs.FileMode, error) {
	n, err := strconv.ParseUint(text, 8, 32)
	if err != nil || n > 0o7777 {
		return 0, fmt.Errorf("mode %q is not an octal number from 0 to 7777", text)
	}
	return rootfs.ModeOf(uint32(n)), nil
}

// mkdirSpec is one --mkdir.
type mkdirSpec struct {
	path  string
	mode  fs.FileMode
	owner string
}

// parseMkdir reads PATH[:MODE[:OWNER]]; OWNER may hold one more colon, before a
// group. A directory gets 0755 and 0:0 unless they are given.
func parseMkdir(spec string) (mkdirSpec, error) {
	parts := strings.SplitN(spec, ":", 3)
	d := mkdirSpec{path: parts[0], mode: 0o755}
	if !path.IsAbs(d.path) {
		return d, fmt.Errorf("%q is not an absolute path", d.path)
	}
	if len(parts) > 1 && parts[1] != "" {
		mode, err := parseMode(parts[1])
		if err != nil {
			return d, err
		}
		d.mode = mode
	}
	if len(parts) > 2 {
		d.owner = parts[2]
	}
	return d, nil
}

package main

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// kind is a form of output, by the name that -o type= has for it.
type kind string

// The kinds of output that exist.
const (
	kindDocker kind = "docker"  // an archive for docker load
	kindOCI    kind = "oci"     // an OCI image layout in a tar archive
	kindOCIDir kind = "oci-dir" // an OCI image layout in a directory
	kindTar    kind = "tar"     // the root file system alone
)

var kinds = []kind{kindDocker, kindOCI, kindOCIDir, kindTar}

// output is one thing to be written.
type output struct {
	kind kind
	dest string // "-" is stdout
	// uncompressed is set for a root file system whose name asks for no compression.
	uncompressed bool
}

// isImage reports whether the output holds an image rather than files alone.
func (o output) isImage() bool { return o.kind != kindTar }

// parseOutput reads the value of -o: type=…,dest=…, or a path that is judged by
// its ending. What "-" alone means depends on whether there is a tag: an image
// archive with one, the root file system without.
func parseOutput(spec string, tagged bool) (output, error) {
	o, err := parseSpec(spec, tagged)
	if isStdout(o.dest) {
		o.dest = "-"
	}
	return o, err
}

// isStdout reports whether a path is another name of standard output.
func isStdout(dest string) bool {
	switch path.Clean(dest) {
	case "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1":
		return true
	}
	return false
}

func parseSpec(spec string, tagged bool) (output, error) {
	switch {
	case isStdout(spec):
		return parseSpec("-", tagged)
	case spec == "":
		return output{}, fmt.Errorf("the value is empty")
	case spec == "-" && tagged:
		return output{kind: kindDocker, dest: "-"}, nil
	case spec == "-":
		return output{kind: kindTar, dest: "-"}, nil
	case strings.HasPrefix(spec, "type=") || strings.HasPrefix(spec, "dest="):
		return parseOutputFields(spec)
	}
	return outputByEnding(spec)
}

func parseOutputFields(spec string) (output, error) {
	var o output
	err := eachField(spec, func(key, value string) error {
		switch key {
		case "type":
			o.kind = kind(value)
		case "dest":
			o.dest = value
		default:
			return fmt.Errorf("unknown key %q; the keys are type and dest", key)
		}
		return nil
	})
	switch {
	case err != nil:
		return o, err
	case o.dest == "":
		return o, fmt.Errorf("%q has no dest=", spec)
	case o.kind == "":
		return outputByEnding(o.dest)
	case !slices.Contains(kinds, o.kind):
		return o, fmt.Errorf("unknown type %q; the types are docker, oci, oci-dir and tar", o.kind)
	case o.kind == kindOCIDir && o.dest == "-":
		return o, fmt.Errorf("a directory cannot go to stdout; use type=oci")
	}
	o.uncompressed = o.kind == kindTar && strings.HasSuffix(o.dest, ".tar")
	return o, nil
}

// outputByEnding judges a bare path; a longer ending goes before a shorter one.
func outputByEnding(dest string) (output, error) {
	base := path.Base(dest)
	for _, e := range []struct {
		ending string
		kind   kind
	}{{".oci.tar", kindOCI}, {".tar.gz", kindTar}, {".tgz", kindTar}, {".tar", kindDocker}} {
		if strings.HasSuffix(base, e.ending) && !strings.HasSuffix(dest, "/") {
			return output{kind: e.kind, dest: dest}, nil
		}
	}
	return output{}, fmt.Errorf("%s: the ending tells no type; the known ones are .tar (docker archive), .oci.tar and .tar.gz, or say type=…,dest=%s", dest, dest)
}

// defaultOutputs is what is written when nobody says: the root file system,
// and with a tag NAME:TAG the archive NAME-TAG.tar too.
func defaultOutputs(tags []string) []output {
	outs := []output{{kind: kindTar, dest: "rootfs.tar.gz"}}
	if len(tags) > 0 {
		outs = append(outs, output{kind: kindDocker, dest: archiveName(tags[0])})
	}
	return outs
}

// archiveName turns a tag into a file name: "a.example/team/redis:7" → "redis-7.tar".
func archiveName(tag string) string {
	name := path.Base(tag)
	if !strings.Contains(name, ":") {
		name += ":latest"
	}
	return strings.ReplaceAll(name, ":", "-") + ".tar"
}

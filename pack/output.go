package pack

import (
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/flagvalue"
)

// Output is one file or directory that is written.
type Output struct {
	Type Type `json:"type" yaml:"type"`
	// Dest is its path; "-" is Outputs.Stdout.
	Dest string `json:"dest" yaml:"dest"`
}

// Type is the type of an Output, as in -o type=.
type Type string

// The types of outputs.
const (
	DockerArchive Type = "docker"  // an archive for docker load
	OCIArchive    Type = "oci"     // an OCI image layout in a tar archive
	OCILayout     Type = "oci-dir" // an OCI image layout in a directory
	RootFS        Type = "tar"     // the root file system alone
)

// outputTypes describe the types. A new type is a constant and a row here, and a case of
// writeOutput.
var outputTypes = []flagvalue.OutputType{
	{Name: string(DockerArchive), Description: "a docker archive", Endings: []string{".tar"}},
	{Name: string(OCIArchive), Description: "an OCI archive", Endings: []string{".oci.tar"}},
	{Name: string(OCILayout), Description: "an OCI layout"},
	{Name: string(RootFS), Description: "the root file system", Endings: []string{".tar.gz", ".tgz"}},
}

// TypeNames returns the names of all types.
func TypeNames() (names []string) {
	for _, t := range outputTypes {
		names = append(names, t.Name)
	}
	return names
}

// IsImage reports whether the output is an image, not a mere root file system.
func (o Output) IsImage() bool { return o.Type != RootFS }

// Description returns the type in words, for messages.
func (o Output) Description() string {
	for _, t := range outputTypes {
		if Type(t.Name) == o.Type {
			return t.Description
		}
	}
	return string(o.Type)
}

// Name returns the name of the output for messages.
func (o Output) Name() string {
	if o.Dest == "-" {
		return "stdout"
	}
	return o.Dest
}

// isPlainTar reports whether the output is a root file system without compression.
func (o Output) isPlainTar() bool { return o.Type == RootFS && strings.HasSuffix(o.Dest, ".tar") }

package image

import (
	"encoding/json"
	"io"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

func TestNewConfigFile(t *testing.T) {
	info, _ := testLayer(t, "hi", Gzip)
	img, err := New(NewLayer(info), Config{
		Platform:     v1.Platform{OS: "linux", Architecture: "arm", Variant: "v7"},
		Created:      time.Date(2020, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600)),
		CreatedBy:    "mkrootfs redis-server",
		Comment:      "18 files",
		Author:       "A. N. Author",
		Entrypoint:   []string{"/bin/redis-server"},
		Cmd:          []string{"/etc/redis/redis.conf"},
		Env:          []string{"Z=1", "A=2"},
		WorkingDir:   "/data",
		User:         "redis:redis",
		ExposedPorts: []string{"6379", "53/udp"},
		Volumes:      []string{"/data"},
		Labels:       map[string]string{"a": "b"},
		StopSignal:   "SIGTERM",
		Healthcheck:  &v1.HealthConfig{Test: []string{"CMD", "/bin/redis-cli", "ping"}, Interval: time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := img.RawConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"architecture":"arm","author":"A. N. Author","created":"2020-01-02T02:04:05Z",` +
		`"history":[{"author":"A. N. Author","created":"2020-01-02T02:04:05Z","created_by":"mkrootfs redis-server","comment":"18 files"}],` +
		`"os":"linux","rootfs":{"type":"layers","diff_ids":["` + info.DiffID.String() + `"]},` +
		`"config":{"Cmd":["/etc/redis/redis.conf"],"Healthcheck":{"Test":["CMD","/bin/redis-cli","ping"],"Interval":1000000000},` +
		`"Entrypoint":["/bin/redis-server"],"Env":["Z=1","A=2"],"Labels":{"a":"b"},"User":"redis:redis","Volumes":{"/data":{}},` +
		`"WorkingDir":"/data","ExposedPorts":{"53/udp":{},"6379/tcp":{}},"StopSignal":"SIGTERM"},"variant":"v7"}`
	if string(got) != want {
		t.Errorf("configuration\n got %s\nwant %s", got, want)
	}
}

func TestNewZeroConfig(t *testing.T) {
	img := testImage(t, "hi", Config{})
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if p := file.Platform().String(); p != "linux/amd64" {
		t.Errorf("platform %s", p)
	}
	if !file.Created.Equal(time.Unix(1, 0)) || !file.History[0].Created.Equal(time.Unix(1, 0)) {
		t.Errorf("created %v, %v", file.Created, file.History[0].Created)
	}
	if !reflect.DeepEqual(file.Config, v1.Config{}) {
		t.Errorf("config %+v", file.Config)
	}
}

func TestMediaTypes(t *testing.T) {
	const oci, docker = "application/vnd.oci.image.", "application/vnd.docker."
	tests := []struct {
		format                  Format
		compression             Compression
		manifest, config, layer types.MediaType
	}{
		{"", Gzip, oci + "manifest.v1+json", oci + "config.v1+json", oci + "layer.v1.tar+gzip"},
		{OCI, Uncompressed, oci + "manifest.v1+json", oci + "config.v1+json", oci + "layer.v1.tar"},
		{
			Docker,
			Gzip,
			docker + "distribution.manifest.v2+json",
			docker + "container.image.v1+json",
			docker + "image.rootfs.diff.tar.gzip",
		},
		{
			Docker,
			Uncompressed,
			docker + "distribution.manifest.v2+json",
			docker + "container.image.v1+json",
			docker + "image.rootfs.diff.tar",
		},
	}
	for _, tt := range tests {
		t.Run(string(tt.format)+" "+string(tt.compression), func(t *testing.T) {
			info, _ := testLayer(t, "hi", tt.compression)
			img, err := New(NewLayer(info), Config{Format: tt.format})
			if err != nil {
				t.Fatal(err)
			}
			m, err := img.Manifest()
			if err != nil {
				t.Fatal(err)
			}
			mt, _ := img.MediaType()
			layers, _ := img.Layers()
			lt, _ := layers[0].MediaType()
			if m.MediaType != tt.manifest || mt != tt.manifest || m.Config.MediaType != tt.config ||
				m.Layers[0].MediaType != tt.layer || lt != tt.layer {
				t.Errorf("got %s %s %s %s %s", m.MediaType, mt, m.Config.MediaType, m.Layers[0].MediaType, lt)
			}
		})
	}
}

func TestNewErrors(t *testing.T) {
	info, _ := testLayer(t, "hi", Gzip)
	nameless := info
	nameless.Digest = v1.Hash{}
	odd := info
	odd.Compression = "lzma"
	tests := []struct {
		name  string
		layer LayerInfo
		c     Config
		want  string
	}{
		{
			"annotation in docker's format",
			info,
			Config{Format: Docker, Annotations: map[string]string{"a": "b"}},
			"annotations need the OCI format",
		},
		{"format", info, Config{Format: "tar"}, `format "tar": must be oci or docker`},
		{"volume", info, Config{Volumes: []string{"data"}}, `volume "data": not an absolute path`},
		{"workdir", info, Config{WorkingDir: "data"}, `working directory "data": not an absolute path`},
		{"port", info, Config{ExposedPorts: []string{"http"}}, `port "http"`},
		{"range of ports", info, Config{ExposedPorts: []string{"80-90"}}, `port "80-90"`},
		{"port 0", info, Config{ExposedPorts: []string{"0/udp"}}, `port "0/udp"`},
		{"protocol", info, Config{ExposedPorts: []string{"80/icmp"}}, "must be tcp, udp or sctp"},
		{"no digest", nameless, Config{}, "without digest"},
		{"compression", odd, Config{}, `compression "lzma"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(NewLayer(tt.layer), tt.c)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want …%s…", err, tt.want)
			}
		})
	}
}

// zstdLayer is a layer of another tool.
type zstdLayer struct{ v1.Layer }

func (zstdLayer) MediaType() (types.MediaType, error) { return types.OCILayerZStd, nil }

// A layer with a compression that the format has no media type for is refused by
// New, but an archive may contain one.
func TestZstdLayer(t *testing.T) {
	info, _ := testLayer(t, "hi", Gzip)
	layer := zstdLayer{NewLayer(info)}
	_, err := New(layer, Config{})
	wantError(t, err, "compressed with gzip or not at all")
	name, err := layerFile(layer)
	wantError(t, err, "")
	if name != info.Digest.Hex+".tar.zst" {
		t.Errorf("file name %s", name)
	}
}

func TestAnnotations(t *testing.T) {
	img := testImage(t, "hi", Config{Annotations: map[string]string{"org.example": "x"}})
	m, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if m.Annotations["org.example"] != "x" {
		t.Errorf("annotations %v", m.Annotations)
	}
}

func TestValidate(t *testing.T) {
	for _, f := range []Format{OCI, Docker} {
		for _, c := range []Compression{Gzip, Uncompressed} {
			info, _ := testLayer(t, "hi", c)
			img, err := New(NewLayer(info), Config{Format: f})
			if err != nil {
				t.Fatal(err)
			}
			var options []validate.Option
			if c == Uncompressed {
				options = append(options, validate.Fast) // else it unzips the layer
			}
			if err := validate.Image(img, options...); err != nil {
				t.Errorf("%s %s: %v", f, c, err)
			}
		}
	}
}

// New does not read the layer.
func TestNewReadsNothing(t *testing.T) {
	info, _ := testLayer(t, "hi", Gzip)
	info.Open = func() (io.ReadCloser, error) {
		t.Error("layer opened")
		return nil, io.EOF
	}
	img, err := New(NewLayer(info), Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := img.Digest(); err != nil {
		t.Fatal(err)
	}
}

// New copies the configuration.
func TestNewCopies(t *testing.T) {
	c := Config{Env: []string{"A=1"}, Labels: map[string]string{"a": "1"}}
	img := testImage(t, "hi", c)
	before, _ := img.Digest()
	c.Env[0], c.Labels["a"] = "A=2", "2"
	again := testImage(t, "hi", Config{Env: []string{"A=1"}, Labels: map[string]string{"a": "1"}})
	want, _ := again.Digest()
	after, _ := img.Digest()
	if before != after || after != want {
		t.Errorf("digest %v, then %v, want %v", before, after, want)
	}
}

// Manifest and configuration are valid JSON without anything about this machine.
func TestManifestJSON(t *testing.T) {
	img := testImage(t, "hi", Config{})
	raw, err := img.RawManifest()
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	if got := strings.Join(keys, " "); got != "config layers mediaType schemaVersion" {
		t.Errorf("manifest has %s", got)
	}
}

// The package does not link the network.
func TestImports(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	const registry = "github.com/google/go-containerregistry/pkg/"
	for _, dep := range strings.Fields(string(out)) {
		switch {
		case strings.HasPrefix(dep, registry+"v1/remote"), strings.HasPrefix(dep, registry+"v1/daemon"),
			strings.HasPrefix(dep, registry+"authn"), strings.HasPrefix(dep, "github.com/docker/"),
			strings.HasPrefix(dep, "github.com/mkrootfs/mkrootfs/image/"),
			dep == "net/http", dep == "crypto/tls", dep == "os/exec":
			t.Errorf("image links %s", dep)
		}
	}
}

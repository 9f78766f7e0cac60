package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// The commands of scripts for images:
//
//	config ARCHIVE          prints the image's configuration without rootfs and history
//	manifest ARCHIVE        prints the manifest of an OCI archive
//	layerof ARCHIVE FILE    fails unless FILE is, byte for byte, a file in ARCHIVE
//	bigfile FILE SIZE       makes a sparse file
//	pack DIR UMASK PROCS …  packs ./prog with redis.conf in a new directory
func init() {
	scriptCommands["config"] = cmdConfig
	scriptCommands["manifest"] = cmdManifest
	scriptCommands["layerof"] = cmdLayerOf
	scriptCommands["bigfile"] = cmdBigFile
	scriptCommands["pack"] = cmdPack
}

// files returns the contents of the files in an archive, by name.
func files(ts *testscript.TestScript, archive string) map[string][]byte {
	all := map[string][]byte{}
	ts.Check(eachEntry(ts.MkAbs(archive), func(h *tar.Header, data []byte) error {
		all[h.Name] = data
		return nil
	}))
	return all
}

// imageOf returns the manifest, which is empty for a docker archive, and the
// configuration.
func imageOf(ts *testscript.TestScript, archive string) (manifest, config []byte) {
	all := files(ts, archive)
	if index, ok := all["index.json"]; ok {
		var i struct{ Manifests []struct{ Digest string } }
		ts.Check(json.Unmarshal(index, &i))
		manifest = all["blobs/sha256/"+strings.TrimPrefix(i.Manifests[0].Digest, "sha256:")]
		var m struct{ Config struct{ Digest string } }
		ts.Check(json.Unmarshal(manifest, &m))
		return manifest, all["blobs/sha256/"+strings.TrimPrefix(m.Config.Digest, "sha256:")]
	}
	var list []struct{ Config string }
	ts.Check(json.Unmarshal(all["manifest.json"], &list))
	return nil, all[list[0].Config]
}

func cmdConfig(ts *testscript.TestScript, _ bool, args []string) {
	_, data := imageOf(ts, args[0])
	var c map[string]any
	ts.Check(json.Unmarshal(data, &c))
	delete(c, "rootfs")
	delete(c, "history")
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	ts.Check(e.Encode(c))
	fmt.Fprint(ts.Stdout(), out.String())
}

func cmdManifest(ts *testscript.TestScript, _ bool, args []string) {
	manifest, _ := imageOf(ts, args[0])
	fmt.Fprintf(ts.Stdout(), "%s\n", manifest)
}

func cmdLayerOf(ts *testscript.TestScript, _ bool, args []string) {
	want, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	for _, data := range files(ts, args[0]) {
		if bytes.Equal(data, want) {
			return
		}
	}
	ts.Fatalf("no file of %s is %s", args[0], args[1])
}

func cmdBigFile(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), nil, 0o600))
	ts.Check(os.Truncate(ts.MkAbs(args[0]), n))
}

func cmdPack(ts *testscript.TestScript, _ bool, args []string) {
	dir, umask, procs := args[0], args[1], args[2]
	ts.Check(os.MkdirAll(filepath.Join(dir, "site"), 0o755))
	ts.Check(os.WriteFile(filepath.Join(dir, "site", "page"), []byte("hello"), 0o644))
	ts.Check(ts.Chdir(dir))
	cmdELF(ts, false, []string{"prog", "static"})
	words := `umask "$1"; export GOMAXPROCS="$2"; shift 2; printf 'port 6379\n' > redis.conf; exec mkrootfs ./prog --conf redis.conf -t prog:1 "$@"`
	ts.Check(ts.Exec("sh", append([]string{"-c", words, "sh", umask, procs}, args[3:]...)...))
	ts.Check(ts.Chdir(ts.Getenv("WORK")))
}

package main

import (
	"archive/tar"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// The command engine SOCKET starts an engine that loads images, until the script ends.
func init() { scriptCommands["engine"] = cmdEngine }

func cmdEngine(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("unix", ts.MkAbs(args[0]))
	ts.Check(err)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_ping", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /images/load", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"stream":"%s\n"}`, loadedLine(r.Body))
	})
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: mux}} //nolint:gosec // for tests
	s.Start()
	ts.Defer(s.Close)
}

// loadedLine returns the line of docker for an archive (moby, image/tarexport/load.go).
func loadedLine(archive io.Reader) string {
	var list []struct {
		Config   string
		RepoTags []string
	}
	for tr := tar.NewReader(archive); ; {
		h, err := tr.Next()
		if err != nil {
			break
		}
		if h.Name == "manifest.json" {
			_ = json.NewDecoder(tr).Decode(&list)
		}
	}
	switch {
	case len(list) != 1:
		return "no manifest.json"
	case len(list[0].RepoTags) == 0:
		return "Loaded image ID: sha256:" + strings.TrimSuffix(list[0].Config, ".json")
	}
	return "Loaded image: " + list[0].RepoTags[0]
}

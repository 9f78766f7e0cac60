package main

import (
	"archive/tar"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/rogpeppe/go-internal/testscript"
)

// The commands of scripts for destinations, which run until the script ends:
//
//	engine SOCKET             an engine that loads images
//	registry VARIABLE tls     a registry on localhost, whose certificate is not trusted
//	registry VARIABLE secret  one for which the user me has the password secret
func init() {
	scriptCommands["engine"] = cmdEngine
	scriptCommands["registry"] = cmdRegistry
}

func cmdRegistry(ts *testscript.TestScript, _ bool, args []string) {
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, word, _ := r.BasicAuth(); args[1] == "secret" && (user != "me" || word != "secret") {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if args[1] == "tls" {
		s.StartTLS()
	} else {
		s.Start()
	}
	ts.Defer(s.Close)
	ts.Setenv(args[0], strings.Replace(s.Listener.Addr().String(), "127.0.0.1", "localhost", 1))
}

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

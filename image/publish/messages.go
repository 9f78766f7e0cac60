package publish

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// message is one of the JSON objects that an engine answers with, one after
// the other, once it has said 200 (moby, pkg/jsonmessage, JSONMessage).
type message struct {
	Stream      string `json:"stream"`
	Error       string `json:"error"`
	ErrorDetail struct {
		Message string `json:"message"`
	} `json:"errorDetail"`
}

// readMessages reads an answer to its end and returns what was loaded. An
// error that the engine reports on the way is the result, whatever follows it.
func readMessages(r io.Reader) ([]string, error) {
	var loaded []string
	dec := json.NewDecoder(r)
	for {
		var m message
		err := dec.Decode(&m)
		if errors.Is(err, io.EOF) {
			return loaded, nil
		}
		if err != nil {
			return loaded, fmt.Errorf("the engine's answer: %w", innermost(err))
		}
		if text := cmp.Or(m.ErrorDetail.Message, m.Error); text != "" {
			return loaded, errors.New(oneLine(errors.New(text)))
		}
		loaded = append(loaded, loadedNames(m.Stream)...)
	}
}

// loadedNames returns the images of a line "Loaded image: NAME" or "Loaded
// image ID: ID" (moby, image/tarexport/load.go); podman lists several in one.
func loadedNames(line string) []string {
	var names []string
	for l := range strings.Lines(line) {
		for _, prefix := range []string{"Loaded image: ", "Loaded image ID: ", "Loaded image(s): "} {
			if list, ok := strings.CutPrefix(strings.TrimSpace(l), prefix); ok {
				names = append(names, strings.Split(list, ",")...)
			}
		}
	}
	return names
}

// failure returns what an answer other than 200 says: the message of its JSON
// body (docker and podman), its text, or its status.
func failure(res *http.Response) string {
	b, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	var body struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(b, &body) == nil && body.Message != "" {
		return oneLine(errors.New(body.Message))
	}
	if text := strings.TrimSpace(string(b)); text != "" && len(text) < 500 {
		return res.Status + ": " + oneLine(errors.New(text))
	}
	return res.Status
}

// innermost returns err without the request that net/http names around it: a
// URL such as http://localhost/_ping means nothing to the reader.
func innermost(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		return ue.Err
	}
	return err
}

// oneLine returns the text of err with all white space folded.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

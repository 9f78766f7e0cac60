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
	"unicode/utf8"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
)

// message is one of the JSON objects in the body of a successful answer (moby,
// pkg/jsonmessage, JSONMessage).
type message struct {
	Stream      string `json:"stream"`
	Error       string `json:"error"`
	ErrorDetail struct {
		Message string `json:"message"`
	} `json:"errorDetail"`
}

// Limits for answers, in bytes. With the quiet option an engine answers with one
// line for each image; if it reports progress all the same, there is room for
// thousands of lines.
const (
	messagesLimit = 4 << 20
	failureLimit  = 64 << 10
	headerLimit   = 256 << 10
	wordsLimit    = 1000 // of it in a message
)

// limited is a reader that returns a *bounded.SizeError after left bytes.
type limited struct {
	r           io.Reader
	left, limit int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, &bounded.SizeError{Limit: l.limit}
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left+1)])
	l.left -= int64(n)
	if l.left < 0 {
		return n - 1, &bounded.SizeError{Limit: l.limit}
	}
	return n, err
}

// readMessages reads an answer to its end and returns what was loaded. It is an
// error if one of the messages is an error, if the answer has more than
// messagesLimit bytes, or if it does not name an image.
func readMessages(r io.Reader) ([]string, error) {
	loaded, err := allMessages(&limited{r, messagesLimit, messagesLimit})
	if err == nil && len(loaded) == 0 {
		err = errors.New("the engine did not report a loaded image")
	}
	return loaded, err
}

func allMessages(r io.Reader) ([]string, error) {
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

// loadedNames returns the images in a line "Loaded image: NAME" or "Loaded image
// ID: ID" (moby, image/tarexport/load.go); podman lists several in one line.
func loadedNames(line string) []string {
	var names []string
	for l := range strings.Lines(line) {
		for _, prefix := range []string{"Loaded image: ", "Loaded image ID: ", "Loaded image(s): "} {
			if list, ok := strings.CutPrefix(strings.TrimSpace(l), prefix); ok {
				names = appendNames(names, list)
			}
		}
	}
	return names
}

// appendNames appends the non-empty names of a list.
func appendNames(names []string, list string) []string {
	for n := range strings.SplitSeq(list, ",") {
		if n = strings.TrimSpace(n); n != "" {
			names = append(names, n)
		}
	}
	return names
}

// failure returns the message in the JSON body of an unsuccessful answer (docker
// and podman), else its text or status.
func failure(res *http.Response) string {
	b, _ := io.ReadAll(io.LimitReader(res.Body, failureLimit))
	var body struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(b, &body) == nil && body.Message != "" {
		return oneLine(errors.New(body.Message))
	}
	status := oneLine(errors.New(res.Status)) // its words are the server's
	if text := strings.TrimSpace(string(b)); text != "" && len(text) < 500 {
		return status + ": " + oneLine(errors.New(text))
	}
	return status
}

// innermost returns err without the URL that net/http adds: users do not know what
// http://localhost/_ping is.
func innermost(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		return ue.Err
	}
	return err
}

// oneLine returns the text of err with white space folded, limited to wordsLimit
// bytes.
func oneLine(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if len(text) <= wordsLimit {
		return text
	}
	end := wordsLimit
	for end > wordsLimit-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

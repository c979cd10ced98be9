package mlflowtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// Pair is a request to a real server and its answer.
type Pair struct {
	Name    string
	Request struct {
		Method  string
		Path    string
		Query   string
		Headers map[string]string
		Body    json.RawMessage
		Text    string // in place of Body
	}
	Response struct {
		Status          int
		Type            string // content type
		WWWAuthenticate string `json:"www_authenticate"`
		Body            json.RawMessage
		Text            string // in place of Body
	}
}

// repeated is a letter that was recorded many times.
var repeated = regexp.MustCompile(`\{\{([xa])\*(\d+)\}\}`)

// ReadPairs reads a file of recordings.
func ReadPairs(path string) ([]Pair, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	text = repeated.ReplaceAllFunc(text, func(found []byte) []byte {
		m := repeated.FindSubmatch(found)
		n, _ := strconv.Atoi(string(m[2])) // digits, by the pattern
		return bytes.Repeat(m[1], n)
	})
	var pairs []Pair
	for line := range bytes.Lines(text) {
		var p Pair
		if err := json.Unmarshal(line, &p); err != nil {
			return nil, fmt.Errorf("%s: pair %d: %w", path, len(pairs)+1, err)
		}
		pairs = append(pairs, p)
	}
	return pairs, nil
}

// Answer writes the recorded answer.
func (p Pair) Answer(w http.ResponseWriter) {
	w.Header().Set("Content-Type", p.Response.Type)
	if p.Response.WWWAuthenticate != "" {
		w.Header().Set("WWW-Authenticate", p.Response.WWWAuthenticate)
	}
	w.WriteHeader(p.Response.Status)
	_, _ = w.Write(p.Content())
}

// Content is the body of the recorded answer.
func (p Pair) Content() []byte {
	if p.Response.Body != nil {
		return p.Response.Body
	}
	return []byte(p.Response.Text)
}

// Target is the path of the request with its query as it was sent.
func (p Pair) Target() string { return strings.TrimSuffix(p.Request.Path+"?"+p.Request.Query, "?") }

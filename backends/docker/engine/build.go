package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/moby/moby/api/types/build"
	"github.com/moby/moby/api/types/jsonstream"
	"github.com/moby/moby/client"
)

// maxBuildLog is how many bytes of the end of a build's output an error quotes.
const maxBuildLog = 2000

// Build builds an image of files, which hold a Dockerfile, and returns its ID.
// It uses the engine's own builder, which needs no plugin. Errors quote the
// end of the build's output, which is foreign text.
func (c *Client) Build(ctx context.Context, tag string, files map[string]File, labels map[string]string) (string, error) {
	doing := "build image " + tag
	archive := packed(files)
	defer func() { _ = archive.Close() }()
	r, err := c.api.ImageBuild(ctx, archive, client.ImageBuildOptions{Tags: []string{tag}, Labels: labels, Remove: true, ForceRemove: true, Version: build.BuilderV1})
	if err != nil {
		return "", c.fail(ctx, doing, err)
	}
	defer func() { _ = r.Body.Close() }()
	id, err := readBuild(r.Body)
	if err != nil {
		return "", c.fail(ctx, doing, err)
	}
	return id, nil
}

// readBuild drains the output of a build, which reports a failure in the
// middle of an answer that began as a success.
func readBuild(body io.Reader) (id string, err error) {
	var log tail
	for d := json.NewDecoder(body); ; {
		var m jsonstream.Message
		err := d.Decode(&m)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		log.add(m.Stream)
		if m.Error != nil {
			return "", fmt.Errorf("%s\n%s", m.Error.Message, log.String())
		}
		var result build.Result
		if m.Aux != nil && json.Unmarshal(*m.Aux, &result) == nil && result.ID != "" {
			id = result.ID
		}
	}
	if id == "" {
		return "", fmt.Errorf("the builder tells no image\n%s", log.String())
	}
	return id, nil
}

// tail keeps the end of a text.
type tail struct{ text string }

func (t *tail) add(s string) {
	t.text += s
	if over := len(t.text) - maxBuildLog; over > 0 {
		t.text = strings.ToValidUTF8(t.text[over:], "")
	}
}

func (t *tail) String() string { return strings.TrimSpace(t.text) }

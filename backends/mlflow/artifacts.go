package mlflow

import (
	"context"
	"net/url"
	"path"
	"strings"
)

// Bounds of a listing of artefacts.
const (
	maxFiles     = 10_000
	maxListCalls = 200
)

// place is where the artefacts of a version are, as far as the server helps us
// to reach them.
type place struct {
	run, path string // under a run: listed by the server, whatever store it is in
	proxied   string // path behind the artefact proxy, "" when it is in a store of its own
	uri       string
}

// locate finds the artefacts of a version. Its source may be a logged model of
// 3.x, a run or the URI of a store.
func (s *server) locate(ctx context.Context, v Version) (place, error) {
	at := place{uri: v.Source}
	if strings.HasPrefix(v.Source, "models:/") {
		var got struct {
			URI string `json:"artifact_uri"`
		}
		err := s.get(ctx, "find the files of version "+v.Number+" of "+v.Model, "model-versions/get-download-uri",
			url.Values{"name": {v.Model}, "version": {v.Number}}, &got)
		if err != nil {
			return at, err
		}
		at.uri = got.URI
	}
	if rest, found := strings.CutPrefix(at.uri, "runs:/"); found {
		at.run, at.path, _ = strings.Cut(rest, "/")
		if run, err := s.run(ctx, at.run); err == nil {
			at.uri = strings.TrimRight(run.ArtifactURI, "/") + "/" + at.path
		}
	} else if v.RunID != "" {
		run, err := s.run(ctx, v.RunID)
		if err != nil && !IsNotFound(err) {
			return at, err
		}
		if rest, found := strings.CutPrefix(at.uri, strings.TrimRight(run.ArtifactURI, "/")+"/"); found && err == nil {
			at.run, at.path = run.ID, rest
		}
	}
	at.proxied = proxiedPath(at.uri)
	return at, nil
}

// proxiedPath is the path behind the artefact proxy, "" for a URI of another
// store. mlflow-artifacts://HOST/PATH is the same as mlflow-artifacts:/PATH.
func proxiedPath(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "mlflow-artifacts" {
		return ""
	}
	return strings.Trim(path.Clean("/"+u.Path), "/")
}

func (s *server) artifacts(ctx context.Context, v Version) ([]Artifact, error) {
	at, err := s.locate(ctx, v)
	if err != nil {
		return nil, err
	}
	doing := "list the files of version " + v.Number + " of " + v.Model
	switch {
	case at.run != "":
		return walk(doing, func(dir string) ([]wireFile, string, error) {
			var got struct {
				page
				Files []wireFile `json:"files"`
			}
			query := url.Values{"run_id": {at.run}}
			if from := path.Join(at.path, dir); from != "" {
				query.Set("path", from)
			}
			err := s.get(ctx, doing, "artifacts/list", query, &got)
			return got.Files, at.path, err
		})
	case at.proxied != "":
		return walk(doing, func(dir string) ([]wireFile, string, error) {
			var got struct {
				Files []wireFile `json:"files"`
			}
			err := s.getProxied(ctx, doing, path.Join(at.proxied, dir), &got)
			for i := range got.Files { // relative to what was asked for
				got.Files[i].Path = path.Join(dir, got.Files[i].Path)
			}
			return got.Files, "", err
		})
	}
	return nil, &Error{Doing: doing, Message: "they are in " + clean(withoutUser(at.uri)) + ", which only its own store can list"}
}

// getProxied lists a directory behind the artefact proxy.
func (s *server) getProxied(ctx context.Context, doing, dir string, into any) error {
	a, err := s.read(ctx, doing, s.url(strings.TrimRight(filePath, "/"), url.Values{"path": {dir}}))
	if err != nil {
		return err
	}
	return s.decode(doing, a, into)
}

// walk lists a tree, a directory at a call. list returns the files of a
// directory and the prefix that their paths have in common.
func walk(doing string, list func(dir string) ([]wireFile, string, error)) ([]Artifact, error) {
	var out []Artifact
	waiting := []string{""}
	for calls := 0; len(waiting) > 0; calls++ {
		dir := waiting[0]
		waiting = waiting[1:]
		files, prefix, err := list(dir)
		if err != nil {
			return out, err
		}
		for _, f := range files {
			name := strings.TrimPrefix(strings.TrimPrefix(f.Path, prefix), "/")
			if len(out) == maxFiles || calls == maxListCalls {
				return out, &Error{Doing: doing, Message: "there are too many of them to list"}
			}
			out = append(out, Artifact{Path: name, Dir: f.Dir, Bytes: f.Size})
			if f.Dir && name != dir { // else it would never end
				waiting = append(waiting, name)
			}
		}
	}
	return out, nil
}

// file reads a file of a version, of at most limit bytes.
func (s *server) file(ctx context.Context, v Version, name string, limit int64) ([]byte, error) {
	doing := "read " + name + " of version " + v.Number + " of " + v.Model
	at, err := s.locate(ctx, v)
	if err != nil {
		return nil, err
	}
	if at.proxied == "" {
		return nil, &Error{Doing: doing, Message: "it is in " + clean(withoutUser(at.uri)) + ", which only its own store can read"}
	}
	a, err := s.read(ctx, doing, s.url(filePath+path.Join(at.proxied, name), nil))
	if err != nil {
		return nil, err
	}
	if int64(len(a.body)) > limit {
		return nil, &Error{Doing: doing, Message: "it is too large to be read here"}
	}
	return a.body, nil
}

// withoutUser is a URI without what may be a secret: its user and its query.
func withoutUser(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return "a place without a valid URI"
	}
	u.User, u.RawQuery = nil, ""
	return u.String()
}

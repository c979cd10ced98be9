package mlflowtest

import (
	"io"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
)

// proxyPath is the artefact proxy.
const proxyPath = "/api/2.0/mlflow-artifacts/artifacts"

// serveFile answers the artefact proxy, and the download of MLflow's own UI.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	if s.NoUploads {
		page(w, http.StatusServiceUnavailable, "Endpoint: "+r.URL.Path+" disabled due to the mlflow server running in `--no-serve-artifacts` mode. "+
			"To enable artifacts server functionality, run `mlflow server` with `--serve-artifacts`")
		return
	}
	name := strings.Trim(strings.TrimPrefix(r.URL.Path, proxyPath), "/")
	switch {
	case r.URL.Path == "/get-artifact":
		name = s.artifactFolder(r.URL.Query().Get("run_uuid")) + "/" + r.URL.Query().Get("path")
	case name == "":
		list := s.folder(strings.Trim(r.URL.Query().Get("path"), "/"), "")
		s.answer(w, object{}.put("files", list), nil)
		return
	case r.Method == http.MethodPut:
		text, err := io.ReadAll(r.Body)
		s.files[name] = text
		s.answer(w, object{}, err)
		return
	}
	text, found := s.files[name]
	if !found {
		s.answer(w, nil, errInternal) // as the proxy of a local folder does
		return
	}
	kind := "application/octet-stream"
	if base := path.Base(name); base == "MLmodel" || strings.HasSuffix(base, ".txt") || strings.HasSuffix(base, ".yaml") {
		kind = "text/plain"
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(text)
}

// artifactFolder is where the files of a run are behind the proxy.
func (s *Server) artifactFolder(id string) string {
	for _, r := range s.runs {
		if r.id == id {
			return r.experiment + "/" + id + "/artifacts"
		}
	}
	return "absent"
}

// folder lists what is directly in a folder, with prefix before the names.
func (s *Server) folder(folder, prefix string) []object {
	sizes, folders := map[string]int{}, map[string]bool{}
	for name, text := range s.files {
		rest, inside := strings.CutPrefix(name, folder+"/")
		if !inside {
			continue
		}
		first, _, deeper := strings.Cut(rest, "/")
		folders[first] = deeper
		sizes[first] = len(text)
	}
	var list []object
	for _, name := range slices.Sorted(maps.Keys(sizes)) {
		entry := object{"path": path.Join(prefix, name), "is_dir": folders[name]}
		if !folders[name] {
			entry["file_size"] = sizes[name]
		}
		list = append(list, entry)
	}
	return list
}

func listArtifacts(s *Server, c *call) (any, error) {
	r, err := s.run(c)
	if err != nil {
		return nil, err
	}
	below, err := c.text("path")
	if err != nil {
		return nil, err
	}
	list := s.folder(path.Join(s.artifactFolder(r.id), below), below)
	return object{"root_uri": s.location(r.experiment) + "/" + r.id + "/artifacts"}.put("files", list), nil
}

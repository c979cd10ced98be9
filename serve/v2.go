package serve

import (
	"fmt"
	"net/http"
	"runtime/debug"
)

// This file and infer.go are the REST side of the Open Inference Protocol,
// version 2. The model has one input tensor, and outputs by its kind.
const (
	inputName         = "input"         // FP32 [rows, features]
	labelName         = "label"         // BYTES [rows], classifiers
	probabilitiesName = "probabilities" // FP32 [rows, classes], classifiers
	scoreName         = "score"         // FP32 [rows, targets], regressors
)

// known answers 404 for another model or version than the one served.
func (s *server) known(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name, version := r.PathValue("name"), r.PathValue("version")
		switch {
		case name != s.config.Name:
			writeError(w, http.StatusNotFound, fmt.Sprintf("unknown model %.200q: this server has %q", name, s.config.Name))
		case version != "" && version != s.config.Version:
			writeError(w, http.StatusNotFound, fmt.Sprintf("unknown version %.200q of model %q: this server has %q", version, name, s.config.Version))
		default:
			h(w, r)
		}
	}
}

func (s *server) serverMetadata(w http.ResponseWriter, _ *http.Request) {
	version := "(devel)"
	if build, ok := debug.ReadBuildInfo(); ok && build.Main.Version != "" {
		version = build.Main.Version
	}
	writeJSON(w, http.StatusOK, struct {
		Name       string   `json:"name"`
		Version    string   `json:"version"`
		Extensions []string `json:"extensions"`
	}{"pitwall", version, []string{}})
}

// healthV2 has both keys for both questions: the protocol's text prints "live"
// where it means "ready".
type healthV2 struct {
	Live  bool `json:"live"`
	Ready bool `json:"ready"`
}

func (s *server) liveV2(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, healthV2{Live: true, Ready: s.notReady() == ""})
}

func (s *server) readyV2(w http.ResponseWriter, _ *http.Request) {
	reason := s.notReady()
	writeJSON(w, readyStatus(reason), healthV2{Live: true, Ready: reason == ""})
}

func (s *server) modelReady(w http.ResponseWriter, _ *http.Request) {
	reason := s.notReady()
	writeJSON(w, readyStatus(reason), struct {
		Name  string `json:"name"`
		Ready bool   `json:"ready"`
	}{s.config.Name, reason == ""})
}

// tensorMetadata describes an input or output; -1 in the shape is any size.
type tensorMetadata struct {
	Name     string `json:"name"`
	Datatype string `json:"datatype"`
	Shape    []int  `json:"shape"`
}

func (s *server) modelMetadata(w http.ResponseWriter, _ *http.Request) {
	v := s.loaded.Load()
	if v == nil {
		writeError(w, http.StatusServiceUnavailable, "the model is loading: try again when /ready answers 200")
		return
	}
	outputs := []tensorMetadata{{scoreName, "FP32", []int{-1, -1}}}
	if len(v.info.Classes) > 0 {
		outputs = []tensorMetadata{{labelName, "BYTES", []int{-1}}, {probabilitiesName, "FP32", []int{-1, len(v.info.Classes)}}}
	}
	writeJSON(w, http.StatusOK, struct {
		Name     string           `json:"name"`
		Versions []string         `json:"versions"`
		Platform string           `json:"platform"`
		Inputs   []tensorMetadata `json:"inputs"`
		Outputs  []tensorMetadata `json:"outputs"`
	}{s.config.Name, []string{s.config.Version}, v.info.Format,
		[]tensorMetadata{{inputName, "FP32", []int{-1, v.info.Width}}}, outputs})
}

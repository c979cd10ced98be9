// Package serve answers prediction requests over HTTP for one model file: the
// program behind `pitwall serve`.
//
// # POST /predict
//
// The body is a JSON object with exactly one of two keys. A row is an array of
// numbers in the model's feature order, or an object of numbers by feature name
// (when the model file or the baseline has names); null is a missing value.
//
//	{"features": [17.99, 10.38, null]}          one row
//	{"features": {"mean radius": 17.99, …}}     one row by name
//	{"instances": [[…], {…}, …]}                a batch of rows of either form
//
// The answer has one prediction a row, in order. A classifier gives the label
// and the probability of each class, a regressor the score (or, with several
// targets, the scores). A number that JSON cannot carry is null.
//
//	{"predictions": [{"label": "1", "probabilities": {"0": 0.002, "1": 0.998}}], "model": "bc", "version": "1.0.0"}
//	{"predictions": [{"score": 151.3}], "model": "dia", "version": "2"}
//
// # Everything else
//
//   - GET /health: 200 while the process lives.
//   - GET /ready: 200 when it should get traffic; 503 while loading or draining.
//   - GET /metrics: Prometheus, protobuf with native histograms when asked for.
//   - /v2/…: the Open Inference Protocol (version 2) over REST,
//     https://github.com/kserve/open-inference-protocol.
//
// Every error body is {"error": "…"}, every answer has the header
// X-Model-Version. The package writes no files.
package serve

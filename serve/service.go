package serve

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"pitwall/serve/drift"
	"pitwall/serve/model"
)

// Predictor is what the server needs of a model; *model.Model is one.
type Predictor interface {
	Info() model.Info
	// Predict evaluates rows×Info().Width values, row by row, NaN for missing.
	// It must be safe for concurrent use.
	Predict(x []float32, rows int, out *model.Output) error
}

// service is a loaded model with what answering for it takes. It is immutable.
type service struct {
	model   Predictor
	info    model.Info
	names   []string       // feature names, Width of them, or nil
	index   map[string]int // position of a name, nil without names
	monitor *drift.Monitor // nil without a baseline
	config  *Config
	meters  *predictionMeters

	classes [][]byte // class labels as JSON strings
	tail    []byte   // end of a /predict answer
}

// newService joins the model and its baseline, and registers their metrics.
func (s *server) newService(m Predictor) (*service, error) {
	v := &service{model: m, info: m.Info(), config: &s.config}
	v.names = v.info.Features
	if s.config.BaselinePath != "" {
		if err := s.watchDrift(v); err != nil {
			return nil, fmt.Errorf("baseline %s: %w", s.config.BaselinePath, err)
		}
	}
	v.index = indexNames(v.names)
	for _, class := range v.info.Classes {
		v.classes = append(v.classes, quote(class))
	}
	v.tail = fmt.Appendf(nil, "],\"model\":%s,\"version\":%s}\n", quote(s.config.Name), quote(s.config.Version))
	v.meters = s.meters.loaded(v)
	return v, nil
}

// watchDrift gives v the monitor of the configured baseline, and the baseline's
// feature names if the model file has none.
func (s *server) watchDrift(v *service) error {
	file, err := os.Open(s.config.BaselinePath)
	if err != nil {
		return err
	}
	defer file.Close()
	base, err := drift.ReadBaseline(file)
	if err != nil {
		return err
	}
	if len(base.Features) != v.info.Width {
		return fmt.Errorf("it has %d features, the model takes %d: make one with this model's training data", len(base.Features), v.info.Width)
	}
	names := make([]string, len(base.Features))
	for i, f := range base.Features {
		names[i] = f.Name
		if v.names != nil && v.names[i] != f.Name {
			return fmt.Errorf("feature %d is %q, in the model it is %q", i, f.Name, v.names[i])
		}
	}
	v.names = names
	if base.SHA256 != v.info.SHA256 {
		// the training data may well be the same, but not what was predicted from it
		s.log.Warn("the baseline was made with another model file: no drift of the predicted score",
			"baseline_sha256", base.SHA256, "model_sha256", v.info.SHA256)
		base.Score = nil
	}
	v.monitor, err = drift.NewMonitor(base, s.config.Drift, s.config.Now())
	return err
}

// indexNames is nil without names or when two are equal, for then a name does
// not say which feature is meant.
func indexNames(names []string) map[string]int {
	index := make(map[string]int, len(names))
	for i, name := range names {
		index[name] = i
	}
	if len(names) == 0 || len(index) < len(names) {
		return nil
	}
	return index
}

// quote encodes s as a JSON string.
func quote(s string) []byte {
	q, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always encodes
	}
	return q
}

// blockRows is how many rows are evaluated between two looks at the clock.
const blockRows = 512

// predict evaluates the rows in b.x into b.labels and b.scores, and counts them.
func (v *service) predict(b *buffers, deadline time.Time) error {
	width := v.info.Width
	for first := 0; first < b.rows; first += blockRows {
		if first > 0 && v.config.Now().After(deadline) {
			return overdue(v.config.Timeout)
		}
		rows := min(blockRows, b.rows-first)
		if err := v.model.Predict(b.x[first*width:(first+rows)*width], rows, &b.block); err != nil {
			return fmt.Errorf("evaluate rows %d to %d: %w", first, first+rows-1, err)
		}
		b.columns = b.block.Columns
		b.scores = append(b.scores, b.block.Scores...)
		b.labels = append(b.labels, b.block.Labels...)
	}
	for i := range b.rows {
		b.predicted = append(b.predicted, predictedScore(len(v.info.Classes), b.scores[i*b.columns:(i+1)*b.columns]))
	}
	if v.monitor != nil {
		v.monitor.Observe(b.x, b.predicted)
	}
	v.meters.count(b)
	return nil
}

// predictedScore is the one number of a row whose distribution is watched: the
// probability of the second of two classes, of the likeliest of more, or a
// regressor's (first) value.
func predictedScore(classes int, scores []float32) float32 {
	switch classes {
	case 0, 1:
		return scores[0]
	case 2:
		return scores[len(scores)-1]
	}
	most := scores[0]
	for _, s := range scores[1:] {
		if s > most {
			most = s
		}
	}
	return most
}

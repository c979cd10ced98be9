package mlflowtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// run is a training run.
type run struct {
	id, experiment, name, status string
	deleted                      bool
	start, end                   int64
	metrics                      []metric // every value that was logged
	params, tags                 pairs
}

type metric struct {
	Key           string `json:"key"`
	Value         any    `json:"value"` // json.Number or "NaN"
	Timestamp     int64  `json:"timestamp"`
	Step          int64  `json:"step"`
	DatasetName   string `json:"dataset_name,omitempty"`
	DatasetDigest string `json:"dataset_digest,omitempty"`
	ModelID       string `json:"model_id,omitempty"`
	RunID         string `json:"run_id,omitempty"`
}

func (s *Server) runInfo(r *run) object {
	stage := "active"
	if r.deleted {
		stage = "deleted"
	}
	return object{"run_uuid": r.id, "run_id": r.id, "experiment_id": r.experiment, "run_name": r.name, "user_id": "", "status": r.status, "start_time": r.start,
		"artifact_uri": s.location(r.experiment) + "/" + r.id + "/artifacts", "lifecycle_stage": stage}.put("end_time", r.end)
}

func (s *Server) runJSON(r *run) object {
	data := object{}
	var last []metric
	for _, m := range r.metrics {
		if i := slices.IndexFunc(last, func(x metric) bool { return x.Key == m.Key }); i >= 0 {
			last[i] = m
		} else {
			last = append(last, m)
		}
	}
	if last != nil {
		data["metrics"] = last
	}
	out := object{"info": s.runInfo(r), "data": data.put("params", r.params).put("tags", r.tags), "inputs": object{}}
	if s.v3() {
		out["outputs"] = object{}
	}
	return out
}

func (s *Server) run(c *call) (*run, error) {
	id, err := c.need("run_id")
	if err != nil {
		return nil, err
	}
	for _, r := range s.runs {
		if r.id == id {
			return r, nil
		}
	}
	return nil, absent("Run with id=%s not found", id)
}

// newID makes an id of 32 hex digits.
func (s *Server) newID() string {
	s.nextID++
	return fmt.Sprintf("fa4e%028x", s.nextID)
}

func createRun(s *Server, c *call) (any, error) {
	experiment, err := c.need("experiment_id")
	if err != nil {
		return nil, err
	}
	r := &run{id: s.newID(), experiment: experiment, status: "RUNNING", tags: c.pairs("tags")}
	if r.name, err = c.text("run_name"); err == nil {
		r.start, err = c.number("start_time", 0)
	}
	if err != nil {
		return nil, err
	}
	if r.name == "" {
		r.name = "nameless-" + r.id[28:]
	}
	if r.tags.get("mlflow.runName") == "" {
		r.tags = r.tags.with("mlflow.runName", r.name)
	}
	s.runs = append(s.runs, r)
	out := s.runJSON(r)
	delete(out, "outputs")
	if !s.v3() {
		delete(out, "inputs")
	}
	return object{"run": out}, nil
}

func getRun(s *Server, c *call) (any, error) {
	r, err := s.run(c)
	if err != nil {
		return nil, err
	}
	return object{"run": s.runJSON(r)}, nil
}

func updateRun(s *Server, c *call) (any, error) {
	r, err := s.run(c)
	if err != nil {
		return nil, err
	}
	if status, err := c.text("status"); err != nil {
		return nil, err
	} else if status != "" {
		r.status = status
	}
	if r.end, err = c.number("end_time", r.end); err != nil {
		return nil, err
	}
	return object{"run_info": s.runInfo(r)}, nil
}

func deleteRun(s *Server, c *call) (any, error) {
	r, err := s.run(c)
	if err != nil {
		return nil, err
	}
	r.deleted = true
	return object{}, nil
}

func logBatch(s *Server, c *call) (any, error) {
	r, err := s.run(c)
	if err != nil {
		return nil, err
	}
	values, _ := c.body["metrics"].([]any)
	for _, v := range values {
		fields, _ := v.(map[string]any)
		one := &call{release: c.release, body: fields}
		m, err := readMetric(one)
		if err != nil {
			return nil, err
		}
		r.metrics = append(r.metrics, m)
	}
	for _, p := range c.pairs("params") {
		r.params = r.params.with(p.Key, p.Value)
	}
	for _, p := range c.pairs("tags") {
		r.tags = r.tags.with(p.Key, p.Value)
	}
	return object{}, nil
}

func readMetric(c *call) (m metric, err error) {
	if m.Key, err = c.need("key"); err != nil {
		return m, err
	}
	if m.Value, err = c.float("value"); err != nil {
		return m, err
	}
	if m.Timestamp, err = c.number("timestamp", 0); err != nil {
		return m, err
	}
	m.Step, err = c.number("step", 0)
	return m, err
}

func logMetric(s *Server, c *call) (any, error) {
	r, err := s.run(c)
	if err != nil {
		return nil, err
	}
	if c.bareNaN { // it reads back as 0 (trap 7)
		key, err := c.need("key")
		r.metrics = append(r.metrics, metric{Key: key, Value: json.Number("0.0")})
		return object{}, err
	}
	m, err := readMetric(c)
	if err != nil {
		return nil, err
	}
	id, err := c.text("model_id")
	if err == nil && id != "" && s.v3() {
		err = s.logToModel(c, id, r.id, m)
	}
	r.metrics = append(r.metrics, m)
	return object{}, err
}

// getHistory never ends on 3.11 when max_results is left out (trap 3); 2.x
// ignores it.
func getHistory(s *Server, c *call) (any, error) {
	r, err := s.run(c)
	if err != nil {
		return nil, err
	}
	key, err := c.need("metric_key")
	if err != nil {
		return nil, err
	}
	var list []metric
	for _, m := range r.metrics {
		if m.Key == key {
			list = append(list, m)
		}
	}
	next := ""
	if s.v3() {
		w, err := c.page(0, 1<<31)
		if err != nil {
			return nil, err
		}
		list, next = cut(list, w)
	}
	out := object{}.put("next_page_token", next)
	if len(list) > 0 {
		out["metrics"] = list
	}
	return out, nil
}

func searchRuns(s *Server, c *call) (any, error) {
	w, err := c.page(1000, 50_000)
	if err != nil {
		return nil, err
	}
	text, err := c.text("filter")
	if err != nil {
		return nil, err
	}
	keys := []string{"Created", "Run Name", "Run name", "artifact_uri", "created", "end_time", "run name", "run_id", "run_name", "start_time", "status", "user_id"}
	filter, err := parseFilter(text, keys...)
	if err != nil {
		return nil, err
	}
	order, err := ordering(append(c.list("order_by"), "start_time DESC"), keys, (*run).field)
	if err != nil {
		return nil, err
	}
	var found []*run
	for _, r := range s.runs {
		fits := !r.deleted && slices.Contains(c.list("experiment_ids"), r.experiment)
		if fits && !slices.ContainsFunc(filter, func(f clause) bool { return !f.holds(fmt.Sprint(r.field(f.key)), r.field(f.key) != nil) }) {
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, order)
	part, next := cut(found, w)
	var list []object
	for _, r := range part {
		list = append(list, s.runJSON(r))
	}
	return object{}.put("runs", list).put("next_page_token", next), nil
}

// field is what a filter or an order names; nil when it is not there.
func (r *run) field(key string) any {
	if name, is := strings.CutPrefix(key, "metrics."); is {
		for _, m := range slices.Backward(r.metrics) {
			if m.Key == name {
				return m.Value
			}
		}
		return nil
	}
	return map[string]any{"status": r.status, "start_time": r.start, "end_time": r.end, "run_id": r.id, "run_name": r.name}[key]
}

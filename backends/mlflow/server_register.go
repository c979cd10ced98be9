package mlflow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// Most entries of one runs/log-batch.
const (
	maxBatchMetrics = 1000
	maxBatchParams  = 100
)

func (s serverWriter) register(ctx context.Context, reg Registration, file upload) (Version, error) {
	experiment, location, err := s.experiment(ctx, reg.Experiment)
	if err != nil {
		return Version{}, err
	}
	if proxiedPath(location) == "" {
		return Version{}, &Error{Doing: "register " + reg.Model, Message: ErrNoUpload.Error(), Err: ErrNoUpload}
	}
	run, err := s.createRun(ctx, reg, experiment)
	if err != nil {
		return Version{}, err
	}
	v, err := s.fillRun(ctx, reg, run, file)
	if err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timeout)
		defer cancel()
		if failed := s.endRun(ctx, run.ID, "FAILED"); failed != nil {
			return v, fmt.Errorf("%w (run %s could not be marked as failed: %w)", err, run.ID, failed)
		}
		return v, fmt.Errorf("%w (run %s is marked as failed)", err, run.ID)
	}
	return v, nil
}

// fillRun logs, uploads, ends the run and makes the version of it.
func (s serverWriter) fillRun(ctx context.Context, reg Registration, run Run, file upload) (Version, error) {
	if err := s.log(ctx, run.ID, reg); err != nil {
		return Version{}, err
	}
	text, err := modelFileText(reg, file, run.ID, s.Now())
	if err != nil {
		return Version{}, fmt.Errorf("register %s: %w", reg.Model, err)
	}
	root := path.Join(proxiedPath(run.ArtifactURI), artifactPath)
	if err := s.put(ctx, path.Join(root, modelFile), strings.NewReader(string(text)), int64(len(text))); err != nil {
		return Version{}, err
	}
	if err := s.put(ctx, path.Join(root, file.name), file, file.size); err != nil {
		return Version{}, err
	}
	if err := s.ensureModel(ctx, reg.Model); err != nil {
		return Version{}, err
	}
	var got struct {
		Version wireVersion `json:"model_version"`
	}
	err = s.send(ctx, "make a version of "+reg.Model, http.MethodPost, "model-versions/create", struct {
		Name        string     `json:"name"`
		Source      string     `json:"source"`
		RunID       string     `json:"run_id"`
		Description string     `json:"description,omitempty"`
		Tags        []wirePair `json:"tags"`
	}{reg.Model, strings.TrimRight(run.ArtifactURI, "/") + "/" + artifactPath, run.ID, reg.Description, sortedPairs(reg.Tags)}, &got)
	if err != nil {
		return Version{}, err
	}
	return got.Version.version(), s.endRun(ctx, run.ID, "FINISHED")
}

// experiment finds an experiment by its name, or makes it, and says where its
// artefacts are.
func (s serverWriter) experiment(ctx context.Context, name string) (id, location string, err error) {
	var got struct {
		Experiment struct {
			ID       string `json:"experiment_id"`
			Location string `json:"artifact_location"`
		} `json:"experiment"`
	}
	doing, byName := "find experiment "+name, url.Values{"experiment_name": {name}}
	err = s.get(ctx, doing, "experiments/get-by-name", byName, &got)
	if IsNotFound(err) {
		err = s.send(ctx, "make experiment "+name, http.MethodPost, "experiments/create", map[string]string{"name": name}, nil)
		if err == nil {
			err = s.get(ctx, doing, "experiments/get-by-name", byName, &got)
		}
	}
	return got.Experiment.ID, got.Experiment.Location, err
}

func (s serverWriter) createRun(ctx context.Context, reg Registration, experiment string) (Run, error) {
	var got struct {
		Run wireRun `json:"run"`
	}
	err := s.send(ctx, "make a run for "+reg.Model, http.MethodPost, "runs/create", struct {
		Experiment string     `json:"experiment_id"`
		Start      int64      `json:"start_time"`
		Name       string     `json:"run_name"`
		Tags       []wirePair `json:"tags"`
	}{experiment, s.Now().UnixMilli(), reg.RunName, sortedPairs(runTags(reg))}, &got)
	return got.Run.run(), err
}

func (s serverWriter) log(ctx context.Context, run string, reg Registration) error {
	now := s.Now().UnixMilli()
	var values []wireMetric
	for _, key := range slices.Sorted(maps.Keys(reg.Metrics)) {
		values = append(values, wireMetric{Key: key, Value: float(reg.Metrics[key]), Timestamp: now})
	}
	params := sortedPairs(reg.Params)
	for len(values) > 0 || len(params) > 0 {
		m, p := min(len(values), maxBatchMetrics), min(len(params), maxBatchParams)
		err := s.send(ctx, "log the metrics of "+reg.Model, http.MethodPost, "runs/log-batch", struct {
			Run     string       `json:"run_id"`
			Metrics []wireMetric `json:"metrics"`
			Params  []wirePair   `json:"params"`
		}{run, values[:m], params[:p]}, nil)
		if err != nil {
			return err
		}
		values, params = values[m:], params[p:]
	}
	return nil
}

func (s serverWriter) endRun(ctx context.Context, run, status string) error {
	return s.send(ctx, "end run "+run, http.MethodPost, "runs/update", struct {
		Run    string `json:"run_id"`
		Status string `json:"status"`
		End    int64  `json:"end_time"`
	}{run, status, s.Now().UnixMilli()}, nil)
}

// ensureModel makes a model that does not exist. Another may make it first.
func (s serverWriter) ensureModel(ctx context.Context, name string) error {
	_, err := s.model(ctx, name)
	if !IsNotFound(err) {
		return err
	}
	err = s.send(ctx, "make model "+name, http.MethodPost, "registered-models/create", map[string]string{"name": name}, nil)
	var e *Error
	if errors.As(err, &e) && e.Code == CodeExists {
		return nil
	}
	return err
}

// uploadTimeout bounds one file; the caller's context may end it sooner.
const uploadTimeout = time.Hour

// put uploads a file through the artefact proxy.
func (s serverWriter) put(ctx context.Context, name string, from io.Reader, size int64) error {
	doing := "upload " + path.Base(name)
	ctx, cancel := context.WithTimeout(ctx, uploadTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, s.url(filePath+name, nil), io.NopCloser(from))
	if err != nil {
		return s.failure(doing, err)
	}
	r.ContentLength = size
	a, err := s.exchange(doing, r)
	switch {
	case err != nil:
		return err
	case a.status == http.StatusNotFound || a.status == http.StatusNotImplemented || a.status == http.StatusServiceUnavailable && strings.Contains(string(a.body), "artifact"):
		return &Error{Doing: doing, Status: a.status, Message: ErrNoUpload.Error(), Err: ErrNoUpload}
	case a.status >= 300:
		return s.refusal(doing, a)
	}
	return nil
}

package mlflow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// runStates are the numbers of a run's state in its meta.yaml.
var runStates = map[int64]string{1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}

// runFinished is the number of FINISHED.
const runFinished = 3

// findRun is the folder of a run.
func (d *directory) findRun(id string) (string, error) {
	missing := notFound("read run "+id, "there is no run "+id)
	if id == "" || strings.ContainsAny(id, `/\`) || strings.HasPrefix(id, ".") {
		return "", missing
	}
	experiments, err := d.folders(".")
	if err != nil {
		return "", fmt.Errorf("read run %s: %w", id, err)
	}
	for _, e := range experiments {
		if _, err := d.root.Stat(path.Join(e, id, metaFile)); e != modelsFolder && err == nil {
			return path.Join(e, id), nil
		}
	}
	return "", missing
}

func (d *directory) run(_ context.Context, id string) (Run, error) {
	at, err := d.findRun(id)
	if err != nil {
		return Run{}, err
	}
	meta, err := d.meta(at)
	if err != nil {
		return Run{}, fmt.Errorf("read run %s: %w", id, err)
	}
	r := Run{ID: id, Experiment: meta.text("experiment_id"), Name: meta.text("run_name"), User: meta.text("user_id"), Status: runStates[meta.number("status")],
		Deleted: meta.text("lifecycle_stage") == "deleted", Started: meta.time("start_time"), Ended: meta.time("end_time"), ArtifactURI: meta.text("artifact_uri")}
	r.Params, err = d.values(path.Join(at, "params"))
	if err == nil {
		r.Tags, err = d.values(path.Join(at, "tags"))
	}
	if err == nil {
		r.Metrics, err = d.lastMetrics(path.Join(at, "metrics"))
	}
	if r.Name == "" {
		r.Name = r.Tags["mlflow.runName"]
	}
	if err != nil {
		err = fmt.Errorf("read run %s: %w", id, err)
	}
	return r, err
}

func (d *directory) lastMetrics(folder string) ([]Metric, error) {
	var all []Metric
	err := d.each(folder, func(key string) error {
		list, err := d.metric(folder, key)
		all = append(all, list...)
		return err
	})
	return sortedMetrics(all), err
}

func (d *directory) metric(folder, key string) ([]Metric, error) {
	text, err := d.content(path.Join(folder, key), maxValue)
	if err != nil {
		return nil, err
	}
	return parseMetric(key, string(text))
}

// parseMetric reads a metric's file: "milliseconds value step" a line, in 3.x
// with the name and digest of a data set behind. A line that is being written
// is left out.
func parseMetric(key, text string) ([]Metric, error) {
	var list []Metric
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if !strings.HasSuffix(line, "\n") && len(words) < 3 {
			break
		}
		if len(words) == 0 {
			continue
		}
		m := Metric{Key: key}
		at, err := strconv.ParseInt(words[0], 10, 64)
		if err == nil && len(words) > 1 {
			m.Value, err = strconv.ParseFloat(words[1], 64)
		}
		if err == nil && len(words) > 2 {
			m.Step, err = strconv.ParseInt(words[2], 10, 64)
		}
		if err != nil || len(words) < 2 {
			return list, fmt.Errorf("metric %s: line %.60q is no value", key, line)
		}
		if m.Time = milliseconds(at); len(words) > 4 {
			m.Dataset, m.DatasetDigest = words[3], words[4]
		}
		list = append(list, m)
	}
	return list, nil
}

func (d *directory) history(_ context.Context, id, key string) ([]Metric, error) {
	at, err := d.findRun(id)
	if err != nil {
		return nil, err
	}
	if !filepath.IsLocal(key) {
		return nil, invalid("read the history of "+key, "this is not the name of a metric")
	}
	list, err := d.metric(path.Join(at, "metrics"), key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // as a server answers
	}
	if err != nil {
		return list, fmt.Errorf("read the history of %s: %w", key, err)
	}
	return list, nil
}

func (d *directory) loggedModel(_ context.Context, id string) (LoggedModel, error) {
	return LoggedModel{}, notFound("read logged model "+id, "logged models of MLflow 3.x are read from a server only")
}

// locate is the folder of a version's files. They are found by the run too, so
// that a directory may be moved: MLflow writes absolute paths.
func (d *directory) locate(v Version, doing string) (string, error) {
	source := v.Source
	if u, err := url.Parse(source); err == nil && u.Scheme == "file" {
		source = u.Path
	}
	if rest, found := strings.CutPrefix(source, "runs:/"); found {
		id, below, _ := strings.Cut(rest, "/")
		at, err := d.findRun(id)
		return path.Join(at, "artifacts", below), err
	}
	if rest, err := filepath.Rel(d.path, source); err == nil && filepath.IsLocal(rest) {
		return filepath.ToSlash(rest), nil
	}
	if _, below, found := strings.Cut(source, "/"+v.RunID+"/artifacts"); found && v.RunID != "" {
		if at, err := d.findRun(v.RunID); err == nil {
			return path.Join(at, "artifacts", path.Clean("/"+below)), nil
		}
	}
	return "", &Error{Doing: doing, Message: "they are in " + clean(withoutUser(v.Source)) + ", outside of the registry's directory"}
}

func (d *directory) artifacts(ctx context.Context, v Version) ([]Artifact, error) {
	doing := "list the files of version " + v.Number + " of " + v.Model
	at, err := d.locate(v, doing)
	if err != nil {
		return nil, err
	}
	var out []Artifact
	err = fs.WalkDir(d.root.FS(), at, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == at:
			return nil
		case len(out) == maxFiles:
			return errors.New("there are too many of them to list")
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		a := Artifact{Path: strings.TrimPrefix(name, at+"/"), Dir: entry.IsDir()}
		if info.Mode().IsRegular() {
			a.Bytes = info.Size()
		}
		out = append(out, a)
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return out, nil
}

func (d *directory) file(_ context.Context, v Version, name string, limit int64) ([]byte, error) {
	doing := "read " + name + " of version " + v.Number + " of " + v.Model
	at, err := d.locate(v, doing)
	if err != nil {
		return nil, err
	}
	text, err := d.content(path.Join(at, name), limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return text, nil
}

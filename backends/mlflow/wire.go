package mlflow

import (
	"slices"
	"time"
)

// The JSON of MLflow's REST API. Unknown fields are ignored and absent ones are
// empty: a server leaves out empty lists, and an empty answer is {}.

type wirePair struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

func pairs(list []wirePair) map[string]string {
	m := make(map[string]string, len(list))
	for _, p := range list {
		m[p.Key] = p.Value
	}
	return m
}

type wireModel struct {
	Name        string        `json:"name"`
	Created     int64         `json:"creation_timestamp"`
	Updated     int64         `json:"last_updated_timestamp"`
	Description string        `json:"description"`
	Latest      []wireVersion `json:"latest_versions"`
	Tags        []wirePair    `json:"tags"`
	Aliases     []struct {
		Alias   string `json:"alias"`
		Version string `json:"version"`
	} `json:"aliases"`
}

func (w wireModel) model() Model {
	m := Model{Name: w.Name, Description: w.Description, Created: milliseconds(w.Created), Updated: milliseconds(w.Updated),
		Tags: pairs(w.Tags), Aliases: make(map[string]string, len(w.Aliases))}
	for _, a := range w.Aliases {
		m.Aliases[a.Alias] = a.Version
	}
	for _, v := range w.Latest {
		m.Latest = append(m.Latest, v.version())
	}
	slices.SortFunc(m.Latest, byNumber)
	return m
}

type wireVersion struct {
	Name          string     `json:"name"`
	Version       string     `json:"version"`
	Created       int64      `json:"creation_timestamp"`
	Updated       int64      `json:"last_updated_timestamp"`
	Stage         string     `json:"current_stage"`
	Description   string     `json:"description"`
	Source        string     `json:"source"`
	RunID         string     `json:"run_id"`
	RunLink       string     `json:"run_link"`
	Status        string     `json:"status"`
	StatusMessage string     `json:"status_message"`
	Tags          []wirePair `json:"tags"`
	Aliases       []string   `json:"aliases"`
}

func (w wireVersion) version() Version {
	return Version{Model: w.Name, Number: w.Version, Description: w.Description, Created: milliseconds(w.Created), Updated: milliseconds(w.Updated),
		Stage: w.Stage, Status: w.Status, StatusMessage: w.StatusMessage, Source: w.Source, RunID: w.RunID, RunLink: w.RunLink,
		Tags: pairs(w.Tags), Aliases: slices.Sorted(slices.Values(w.Aliases))}
}

type wireMetric struct {
	Key           string `json:"key"`
	Value         float  `json:"value"`
	Timestamp     int64  `json:"timestamp"`
	Step          int64  `json:"step"`
	DatasetName   string `json:"dataset_name,omitempty"`
	DatasetDigest string `json:"dataset_digest,omitempty"`
}

func metrics(list []wireMetric) []Metric {
	out := make([]Metric, len(list))
	for i, w := range list {
		out[i] = Metric{Key: w.Key, Value: float64(w.Value), Time: milliseconds(w.Timestamp), Step: w.Step, Dataset: w.DatasetName, DatasetDigest: w.DatasetDigest}
	}
	return out
}

type wireRun struct {
	Info struct {
		RunID       string `json:"run_id"`
		Experiment  string `json:"experiment_id"`
		Name        string `json:"run_name"`
		User        string `json:"user_id"`
		Status      string `json:"status"`
		Start       int64  `json:"start_time"`
		End         int64  `json:"end_time"`
		ArtifactURI string `json:"artifact_uri"`
		Lifecycle   string `json:"lifecycle_stage"`
	} `json:"info"`
	Data struct {
		Metrics []wireMetric `json:"metrics"`
		Params  []wirePair   `json:"params"`
		Tags    []wirePair   `json:"tags"`
	} `json:"data"`
	Inputs struct {
		Datasets []struct {
			Dataset struct {
				Name   string `json:"name"`
				Digest string `json:"digest"`
				Source string `json:"source"`
			} `json:"dataset"`
		} `json:"dataset_inputs"`
	} `json:"inputs"`
}

func (w wireRun) run() Run {
	i := w.Info
	r := Run{ID: i.RunID, Experiment: i.Experiment, Name: i.Name, User: i.User, Status: i.Status, Deleted: i.Lifecycle == "deleted",
		Started: milliseconds(i.Start), Ended: milliseconds(i.End), ArtifactURI: i.ArtifactURI,
		Metrics: sortedMetrics(metrics(w.Data.Metrics)), Params: pairs(w.Data.Params), Tags: pairs(w.Data.Tags)}
	if r.User == "" {
		r.User = r.Tags["mlflow.user"]
	}
	for _, d := range w.Inputs.Datasets {
		r.Inputs = append(r.Inputs, Dataset(d.Dataset))
	}
	return r
}

type wireLogged struct {
	Info struct {
		ID          string `json:"model_id"`
		Experiment  string `json:"experiment_id"`
		Name        string `json:"name"`
		Created     int64  `json:"creation_timestamp_ms"`
		Updated     int64  `json:"last_updated_timestamp_ms"`
		ArtifactURI string `json:"artifact_uri"`
		Status      string `json:"status"`
		Type        string `json:"model_type"`
		Run         string `json:"source_run_id"`
	} `json:"info"`
	Data struct {
		Params  []wirePair   `json:"params"`
		Metrics []wireMetric `json:"metrics"`
	} `json:"data"`
}

func (w wireLogged) logged() LoggedModel {
	i := w.Info
	return LoggedModel{ID: i.ID, Experiment: i.Experiment, Name: i.Name, Type: i.Type, Status: i.Status, RunID: i.Run, ArtifactURI: i.ArtifactURI,
		Created: milliseconds(i.Created), Updated: milliseconds(i.Updated), Params: pairs(w.Data.Params), Metrics: sortedMetrics(metrics(w.Data.Metrics))}
}

type wireFile struct {
	Path string `json:"path"`
	Dir  bool   `json:"is_dir"`
	Size int64  `json:"file_size"`
}

// milliseconds is a timestamp of MLflow; 0 is none.
func milliseconds(ms int64) time.Time {
	if ms <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/docker/go-units"

	"pitwall/backends/mlflow"
	"pitwall/ui/draw"
)

// The registry in JSON and YAML. What is not known is null or absent, and named
// in unknown with its reason.

type modelOut struct {
	Name        string            `json:"name"`
	Description string            `json:"description,omitempty"`
	Created     time.Time         `json:"created,omitzero"`
	Updated     time.Time         `json:"updated,omitzero"`
	Aliases     map[string]string `json:"aliases"` // to version numbers
	Tags        map[string]string `json:"tags"`
}

func modelView(m mlflow.Model) modelOut {
	return modelOut{Name: m.Name, Description: m.Description, Created: m.Created, Updated: m.Updated, Aliases: m.Aliases, Tags: m.Tags}
}

type versionOut struct {
	Model       string            `json:"model"`
	Version     string            `json:"version"`
	Aliases     []string          `json:"aliases"`
	Serving     []string          `json:"serving,omitempty"` // variants, with --serving
	Stage       string            `json:"stage"`
	Status      string            `json:"status"`
	Description string            `json:"description,omitempty"`
	Created     time.Time         `json:"created,omitzero"`
	Source      string            `json:"source"`
	RunID       string            `json:"run_id,omitempty"`
	Tags        map[string]string `json:"tags"`
}

func versionView(v mlflow.Version) versionOut {
	return versionOut{Model: v.Model, Version: v.Number, Aliases: append([]string{}, v.Aliases...), Stage: v.Stage, Status: v.Status, Description: v.Description,
		Created: v.Created, Source: v.Source, RunID: v.RunID, Tags: v.Tags}
}

type detailOut struct {
	versionOut
	Run       *runOut           `json:"run"`
	Metrics   map[string]metric `json:"metrics"`
	Params    map[string]string `json:"params"`
	Signature *mlflow.Signature `json:"signature"`
	Files     []mlflow.Artifact `json:"files"`
	Bytes     int64             `json:"bytes"`
	Unknown   map[string]string `json:"unknown,omitempty"` // run, metrics, signature, files: why
}

// metric is a metric's value as MLflow's own API writes it: "NaN", "Infinity" and
// "-Infinity" where JSON has no number.
type metric float64

// MarshalJSON implements json.Marshaler.
func (m metric) MarshalJSON() ([]byte, error) { return mlflow.MetricJSON(float64(m)) }

type runOut struct {
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	User    string            `json:"user,omitempty"`
	Status  string            `json:"status"`
	Deleted bool              `json:"deleted"`
	Started time.Time         `json:"started,omitzero"`
	Ended   time.Time         `json:"ended,omitzero"`
	Tags    map[string]string `json:"tags"`
}

func detailView(d mlflow.Detail) detailOut {
	out := detailOut{versionOut: versionView(d.Version), Metrics: map[string]metric{}, Params: d.Params, Signature: d.Signature, Files: d.Files, Bytes: d.Bytes, Unknown: d.Unknown}
	for _, m := range d.Metrics {
		out.Metrics[m.Name()] = metric(m.Value)
	}
	if r := d.Run; r != nil {
		out.Run = &runOut{ID: r.ID, Name: r.Name, User: r.User, Status: r.Status, Deleted: r.Deleted, Started: r.Started, Ended: r.Ended, Tags: r.Tags}
	}
	return out
}

// printDetail writes what is known of a version as lines.
func (a *app) printDetail(w io.Writer, d mlflow.Detail) {
	v := d.Version
	row(w, "model", v.Model)
	row(w, "version", v.Number)
	row(w, "name", a.orMissing(v.Tags[mlflow.TagVersion]))
	row(w, "aliases", a.orMissing(strings.Join(v.Aliases, " ")))
	row(w, "stage", v.Stage)
	row(w, "status", strings.TrimSpace(v.Status+" "+v.StatusMessage))
	row(w, "created", a.ageText(v.Created)+" ago")
	row(w, "description", a.orMissing(v.Description))
	row(w, "source", v.Source)
	a.printRun(w, d)
	if why := d.Unknown[mlflow.PartMetrics]; why != "" {
		row(w, "metrics", a.glyphs().Missing+" "+why)
	}
	for _, m := range d.Metrics {
		row(w, "metric "+m.Name(), fmt.Sprintf("%.6g", m.Value))
	}
	for _, key := range slices.Sorted(maps.Keys(d.Params)) {
		row(w, "param "+key, d.Params[key])
	}
	for _, key := range slices.Sorted(maps.Keys(v.Tags)) {
		row(w, "tag "+key, v.Tags[key])
	}
	if d.Signature == nil {
		row(w, "signature", a.glyphs().Missing+" "+d.Unknown[mlflow.PartSignature])
	} else {
		row(w, "inputs", mlflow.FieldList(d.Signature.Inputs, maxFields))
		row(w, "outputs", mlflow.FieldList(d.Signature.Outputs, maxFields))
	}
	if why := d.Unknown[mlflow.PartFiles]; why != "" {
		row(w, "files", a.glyphs().Missing+" "+why)
		return
	}
	for _, f := range d.Files {
		if !f.Dir {
			row(w, "file "+f.Path, units.BytesSize(float64(f.Bytes)))
		}
	}
	row(w, "size", units.BytesSize(float64(d.Bytes)))
}

func (a *app) printRun(w io.Writer, d mlflow.Detail) {
	r := d.Run
	if r == nil {
		row(w, "run", a.glyphs().Missing+" "+d.Unknown[mlflow.PartRun])
		return
	}
	text := fmt.Sprintf("%s %s %s", r.ID, r.Name, r.Status)
	if r.User != "" {
		text += " by " + r.User
	}
	if r.Deleted {
		text += " (deleted)"
	}
	row(w, "run", text)
}

// maxFields are the fields of a signature that fit a line.
const maxFields = 6

type differenceOut struct {
	Kind  string  `json:"kind"`
	Name  string  `json:"name"`
	Left  *string `json:"left"`  // null when that version does not have it
	Right *string `json:"right"` // likewise
	Same  bool    `json:"same"`
	Delta number  `json:"delta"` // right less left of a metric, else null
}

// printComparison writes two versions side by side, and says what could not be
// compared.
func (a *app) printComparison(left, right mlflow.Detail, out format, all bool) error {
	list := mlflow.Compare(left, right)
	view := make([]differenceOut, 0, len(list))
	for _, d := range list {
		o := differenceOut{Kind: d.Kind, Name: d.Name, Same: d.Same, Delta: number(d.Delta)}
		if d.HasLeft {
			o.Left = &d.Left
		}
		if d.HasRight {
			o.Right = &d.Right
		}
		view = append(view, o)
	}
	err := out.print(a.out, view, func(w io.Writer) {
		row(w, "WHAT", "NAME", "VERSION "+left.Version.Number, "VERSION "+right.Version.Number, "CHANGE")
		for _, d := range list {
			if !d.Same || all || d.Kind == mlflow.KindMetric {
				left, right := d.Sides()
				if !d.HasLeft {
					left = a.glyphs().Missing
				}
				if !d.HasRight {
					right = a.glyphs().Missing
				}
				row(w, d.Kind, d.Name, left, right, d.Change())
			}
		}
	})
	for _, d := range []mlflow.Detail{left, right} {
		for _, part := range slices.Sorted(maps.Keys(d.Unknown)) {
			fmt.Fprintf(a.err, "pitwall: warning: version %s: its %s is not known: %s\n", draw.Sanitize(d.Version.Number), part, draw.Sanitize(d.Unknown[part]))
		}
	}
	return err
}

func (a *app) latestText(m mlflow.Model) string {
	newest, _ := m.Newest()
	return a.orMissing(newest.Number)
}

func (a *app) aliasesText(list []mlflow.Alias) string {
	parts := make([]string, len(list))
	for i, alias := range list {
		parts[i] = alias.Name + "=" + a.orMissing(alias.Version)
	}
	return strings.Join(parts, " ")
}

func mapText(m map[string]string) string {
	parts := make([]string, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, key+"="+m[key])
	}
	return strings.Join(parts, " ")
}

func (a *app) orMissing(text string) string {
	if text == "" {
		return a.glyphs().Missing
	}
	return text
}

// ageText is how long ago something was.
func (a *app) ageText(at time.Time) string {
	if at.IsZero() {
		return a.glyphs().Missing
	}
	return draw.Duration(max(a.now().Sub(at), 0))
}

package registry

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/docker/go-units"

	"pitwall/backends"
	"pitwall/backends/mlflow"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/views"
)

const (
	labelWide  = 12 // columns of the names of fields
	longest    = 26 // of the names of metrics, parameters and tags
	mostFields = 40 // of a signature
)

// aboutVersion is everything about the version under the cursor, or how it
// differs from the marked one.
func (s *Versions) aboutVersion(f ui.Frame, width int) (title string, lines []string) {
	v, ok := s.chosen()
	if !ok {
		return "", nil
	}
	if s.mark != "" && s.mark != v.Number {
		return s.comparison(f, v, width)
	}
	th := f.Theme
	p := views.Page{Theme: th, Width: max(width, 20), Label: labelWide}
	for _, finding := range s.findings(v) {
		p.Text(th.Warn, th.Glyphs.Warn+" "+finding.Text)
	}
	p.Text(th.Text, v.Description)
	s.state(f, &p, v)
	fact, known := s.facts.known[v.Number]
	switch {
	case known && fact.err != nil:
		p.Text(th.Fail, th.Glyphs.Fail+" "+fact.err.Error())
	case !known || !fact.full:
		p.Text(th.Dim, "reading its run and its files")
	}
	if known && (fact.err == nil || fact.full) {
		belongs(f, &p, fact)
	}
	p.Label = longest
	section(&p, "tags", v.Tags)
	return versionTitle(th, v), p.Lines
}

func versionTitle(th *theme.Theme, v mlflow.Version) string {
	text := "version " + draw.SanitizeLine(v.Number, 12)
	if name := v.Tags[mlflow.TagVersion]; name != "" {
		text += "  " + draw.TruncateMiddle(draw.Sanitize(name), 32, th.Glyphs.Ellipsis)
	}
	return text
}

// state is what the registry itself says of a version, and where it serves.
func (s *Versions) state(f ui.Frame, p *views.Page, v mlflow.Version) {
	word, _ := status(f.Theme, v)
	p.Field("aliases", orMissing(f.Theme, strings.Join(v.Aliases, " ")))
	switch at := s.servingAt(f.Theme, v); {
	case s.unknown != "":
		p.Field("serving at", f.Theme.Glyphs.Missing+" "+s.unknown)
	case at == "":
		p.Field("serving at", "no variant of a deployment "+s.name)
	default:
		p.Field("serving at", s.name+" "+at)
	}
	if v.Stage != "" && v.Stage != "None" {
		p.Field("stage", v.Stage+" (MLflow 2.9 deprecated stages)")
	}
	p.Field("status", strings.TrimSpace(word+" "+v.StatusMessage))
	p.Field("created", since(f, v.Created))
	p.Field("promote", promotion(v))
	p.Field("source", v.Source)
}

// promotion is the command line that makes a version the champion, "" for one
// that is it, that cannot be served, or whose name no command line should hold.
func promotion(v mlflow.Version) string {
	odd := draw.Sanitize(v.Model) != v.Model || strings.HasPrefix(v.Model, "-")
	if odd || !v.Ready() || slices.Contains(v.Aliases, mlflow.Champion) {
		return ""
	}
	return "pitwall registry promote " + backends.ShellWord(v.Model) + " " + backends.ShellWord(v.Number)
}

// belongs is the run, the metrics, the signature and the files of a version;
// what is not known is a reason.
func belongs(f ui.Frame, p *views.Page, x fact) {
	d := x.detail
	missing := func(part string) string { return f.Theme.Glyphs.Missing + " " + d.Unknown[part] }
	p.Free()
	if d.Run == nil {
		p.Field("run", missing(mlflow.PartRun))
	} else {
		run(f, p, *d.Run)
	}
	if len(d.Metrics) == 0 {
		p.Field("metrics", missing(mlflow.PartMetrics))
	}
	if d.Unknown[mlflow.PartFiles] != "" {
		p.Field("files", missing(mlflow.PartFiles))
	}
	p.Label = longest
	metrics := make(map[string]string, len(d.Metrics))
	for _, m := range d.Metrics {
		metrics[m.Name()] = fmt.Sprintf("%.6g", m.Value)
	}
	section(p, "metrics", metrics)
	section(p, "parameters", d.Params)
	p.Label = labelWide
	if x.full {
		signature(p, d, missing)
	}
	p.Label = longest
	files := make(map[string]string, len(d.Files))
	for _, file := range d.Files {
		if !file.Dir {
			files[file.Path] = units.BytesSize(float64(file.Bytes))
		}
	}
	if len(files) > 0 {
		section(p, counted(len(files), "file", "files")+", "+units.BytesSize(float64(d.Bytes)), files)
	}
	p.Label = labelWide
}

func run(f ui.Frame, p *views.Page, r mlflow.Run) {
	text := strings.TrimSpace(r.Name+" "+r.Status) + " " + r.ID
	if r.User != "" {
		text += " by " + r.User
	}
	if r.Deleted {
		text += " (deleted)"
	}
	p.Field("run", text)
	p.Field("ended", since(f, r.Ended))
	for _, data := range r.Inputs {
		p.Field("data", strings.TrimSpace(data.Name+" "+data.Digest))
	}
}

func signature(p *views.Page, d mlflow.Detail, missing func(string) string) {
	p.Free()
	p.Text(p.Theme.Title, "signature")
	if d.Signature == nil {
		p.Text(p.Theme.Dim, missing(mlflow.PartSignature))
		return
	}
	p.Field("inputs", mlflow.FieldList(d.Signature.Inputs, mostFields))
	p.Field("outputs", mlflow.FieldList(d.Signature.Outputs, mostFields))
	p.Field("parameters", mlflow.FieldList(d.Signature.Params, mostFields))
}

// section is a heading with what stands below it; nothing for nothing.
func section(p *views.Page, title string, values map[string]string) {
	if len(values) == 0 {
		return
	}
	p.Free()
	p.Text(p.Theme.Title, title)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		p.Field(name, orMissing(p.Theme, values[name]))
	}
}

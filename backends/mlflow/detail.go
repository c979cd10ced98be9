package mlflow

import (
	"context"
	"errors"
)

// Parts of a Detail that may be unknown.
const (
	PartRun       = "run"
	PartMetrics   = "metrics"
	PartSignature = "signature"
	PartFiles     = "files"
)

// Detail is a version with all that belongs to it. What could not be read is
// missing and Unknown says why: it is never 0 or empty instead.
type Detail struct {
	Version   Version
	Run       *Run
	Logged    *LoggedModel
	Metrics   []Metric          // of the run, else of the logged model
	Params    map[string]string // likewise
	Signature *Signature
	Files     []Artifact
	Bytes     int64             // of all Files
	Unknown   map[string]string // by Part: the reason
}

// Detail reads a version, its run or logged model, its signature and its files.
// It fails only when the version itself cannot be read.
func (r *Reader) Detail(ctx context.Context, name, number string) (Detail, error) {
	v, err := r.version(ctx, name, number)
	if err != nil {
		return Detail{}, err
	}
	d := r.Measured(ctx, v)
	switch signature, err := r.Signature(ctx, v); {
	case err == nil:
		d.Signature = &signature
	default:
		d.Unknown[PartSignature] = Reason(err)
	}
	if d.Files, err = r.artifacts(ctx, v); err != nil {
		d.Files, d.Unknown[PartFiles] = nil, Reason(err)
	}
	for _, f := range d.Files {
		d.Bytes += f.Bytes
	}
	return d, ctx.Err()
}

// Measured is the Detail of a version without its signature and its files: its
// run or logged model, with metrics and parameters. It takes at most two
// requests.
func (r *Reader) Measured(ctx context.Context, v Version) Detail {
	d := Detail{Version: v, Unknown: map[string]string{}}
	r.addRun(ctx, &d)
	return d
}

// addRun reads the metrics and parameters of a version: of its run, and where it
// has none, of the logged model of 3.x (trap 14).
func (r *Reader) addRun(ctx context.Context, d *Detail) {
	if d.Version.RunID == "" {
		d.Unknown[PartRun] = "no run made this version"
	} else if run, err := r.run(ctx, d.Version.RunID); err != nil {
		d.Unknown[PartRun] = Reason(err)
	} else {
		d.Run, d.Metrics, d.Params = &run, run.Metrics, run.Params
	}
	if id := d.Version.LoggedModelID(); id != "" {
		if logged, err := r.loggedModel(ctx, id); err == nil {
			d.Logged = &logged
			if len(d.Metrics) == 0 {
				d.Metrics = logged.Metrics
			}
			if len(d.Params) == 0 {
				d.Params = logged.Params
			}
		}
	}
	switch {
	case len(d.Metrics) > 0:
	case d.Run == nil && d.Logged == nil:
		d.Unknown[PartMetrics] = d.Unknown[PartRun]
	default:
		d.Unknown[PartMetrics] = "none were logged"
	}
}

// Reason is why something is unknown, in the words of its error without what
// was being done.
func Reason(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return clean(err.Error())
	}
	if e.Message == "" {
		return "refused"
	}
	return e.Message
}

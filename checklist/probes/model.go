package probes

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"pitwall/backends"
	"pitwall/checklist"
)

// modelRun: the version that is served is registered, and the run that made it
// documents metrics that are good enough.
func (a *asker) modelRun(ctx context.Context) checklist.Finding {
	if a.Registry == nil {
		return next(unknown("no model registry is configured"), "name one with --mlflow", "")
	}
	m, err := a.registered(ctx)
	if errors.Is(err, ErrNotRegistered) {
		return next(unknown("%s", err), "register the version: pitwall registry register", checklist.GoRegistry)
	}
	if err != nil {
		return unknown("%s", err)
	}
	v := verdict{source: m.From}
	switch {
	case m.Status != "" && m.Status != "READY":
		v.fail("version %s of %s is %s in the registry", m.Version, m.Model, m.Status)
	case m.RunID == "" && len(m.Metrics) == 0:
		v.fail("no run documents how version %s of %s was measured", m.Version, m.Model)
	case m.RunID != "" && m.RunStatus != "FINISHED":
		v.fail("the run of version %s is %s", m.Version, said(m.RunStatus))
	}
	if m.Validation != "" && m.Validation != "approved" {
		v.fail("its validation_status is %q", m.Validation)
	}
	a.metrics(m, &v)
	if m.Dataset == "" {
		v.warn("the run names no data set")
	} else {
		v.ok("measured on %s", m.Dataset)
	}
	return next(v.finding(), "measure it and log the metrics to its run", checklist.GoRegistry)
}

// metrics holds what the run documents against the settings.
func (a *asker) metrics(m Registered, v *verdict) {
	for _, name := range slices.Sorted(maps.Keys(a.Settings.Metrics)) {
		b := a.Settings.Metrics[name]
		x, ok := m.Metrics[name]
		switch {
		case !ok:
			v.fail("the metric %s is not documented", name)
		case backends.Missing(x):
			v.fail("%s is %g: that documents nothing", name, x)
		case b.Min != nil && x < *b.Min:
			v.fail("%s is %.4g, below %.4g", name, x, *b.Min)
		case b.Max != nil && x > *b.Max:
			v.fail("%s is %.4g, above %.4g", name, x, *b.Max)
		default:
			v.ok("%s is %.4g", name, x)
		}
	}
	if len(a.Settings.Metrics) > 0 {
		return
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(m.Metrics)) {
		if x := m.Metrics[name]; backends.Missing(x) {
			v.warn("%s is %g: that documents nothing", name, x)
		} else {
			list = append(list, fmt.Sprintf("%s %.4g", name, x))
		}
	}
	if len(list) == 0 {
		v.fail("the run documents no metric")
		return
	}
	v.ok("documented: %s", listed(list, ", "))
	v.warn("no metric has a bound: set them in the checklist's settings")
}

// modelSize: the model file is small enough, by the server's own file, else by
// what the registry holds.
func (a *asker) modelSize(ctx context.Context) checklist.Finding {
	bytes, source, why := of(ctx, a, func(v backends.VariantSetup) backends.Fact[int64] { return v.ModelBytes })
	if why != nil && a.Registry != nil {
		if m, err := a.registered(ctx); err == nil && m.Bytes >= 0 {
			bytes, source, why = m.Bytes, m.From, nil
		}
	}
	if why != nil {
		return *why
	}
	most := int64(a.Settings.ModelSize)
	f := from(say(checklist.Pass, "the model has %s, less than %s", size(float64(bytes)), size(float64(most))), source)
	f.Value, f.Threshold = fmt.Sprint(bytes), fmt.Sprintf("< %d bytes", most)
	if bytes >= most {
		f.State = checklist.Fail
		f.Text = fmt.Sprintf("the model has %s, not less than %s", size(float64(bytes)), size(float64(most)))
		return next(f, "prune or quantise it", "")
	}
	return f
}

package prometheus

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strconv"

	api "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"pitwall/backends"
)

// Alerts returns the alerts that are pending or firing: firing before pending,
// critical before warning, then by deployment, name, variant and replica. Of an
// alert that has a rule per severity only the worst that fires is returned.
func (c *Client) Alerts(ctx context.Context) ([]backends.Alert, error) {
	return shared(ctx, c, "alerts", refreshTimeout, func(ctx context.Context) ([]backends.Alert, error) {
		profile, err := c.asked(ctx, "")
		if err != nil {
			return nil, err
		}
		answer, err := c.api.Alerts(ctx)
		if err != nil {
			return nil, c.explain(err)
		}
		alerts := make([]backends.Alert, 0, len(answer.Alerts))
		for _, a := range answer.Alerts {
			if a.State != api.AlertStateInactive {
				alerts = append(alerts, profile.alert(a))
			}
		}
		slices.SortFunc(alerts, worseAlert)
		return withoutLesser(alerts), nil
	})
}

// alert translates an alert; its severity words are those in common use.
func (p Profile) alert(a api.Alert) backends.Alert {
	value, err := strconv.ParseFloat(a.Value, 64)
	if err != nil {
		value = math.NaN()
	}
	labels := make(map[string]string, len(a.Labels))
	for name, v := range a.Labels {
		labels[string(name)] = string(v)
	}
	k, pod := p.alerted(model.Metric(a.Labels))
	return backends.Alert{
		Name: labels[model.AlertNameLabel], Severity: severity(labels["severity"]), State: string(a.State),
		Deployment: k.deployment, Variant: k.variant, Replica: cmp.Or(labels["replica"], pod),
		Summary: annotation(a, "summary", "message", "description"),
		Runbook: annotation(a, "runbook", "runbook_url"),
		Since:   a.ActiveAt, Value: value, Labels: labels,
	}
}

// alerted is what an alert is about, and its pod. One of a version that is no
// variant is its deployment's.
func (p Profile) alerted(labels model.Metric) (k key, pod string) {
	if p.pods != nil {
		return p.pods.alerted(labels)
	}
	k, _ = p.key(labels)
	return k, string(labels["pod"])
}

// severity maps the words in use to those of backends.Alert. An alert without
// one is a warning.
func severity(word string) string {
	switch word {
	case "critical", "page", "error", "fatal", "emergency", "high":
		return "critical"
	case "info", "none", "informational", "notice", "low":
		return "info"
	default:
		return "warning"
	}
}

func annotation(a api.Alert, names ...model.LabelName) string {
	for _, name := range names {
		if text := a.Annotations[name]; text != "" {
			return string(text)
		}
	}
	return ""
}

func worseAlert(a, b backends.Alert) int {
	return cmp.Or(
		cmp.Compare(a.State, b.State), // "firing" < "pending"
		cmp.Compare(rank(a.Severity), rank(b.Severity)),
		cmp.Compare(a.Deployment, b.Deployment),
		cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Variant, b.Variant),
		cmp.Compare(a.Replica, b.Replica),
	)
}

func rank(severity string) int {
	return slices.Index([]string{"critical", "warning", "info"}, severity)
}

// withoutLesser drops every alert of which a worse one, equal but for the
// severity, stands before it.
func withoutLesser(alerts []backends.Alert) []backends.Alert {
	kept := alerts[:0]
	for _, a := range alerts {
		if !slices.ContainsFunc(kept, func(worse backends.Alert) bool { return sameButSeverity(worse, a) }) {
			kept = append(kept, a)
		}
	}
	return kept
}

func sameButSeverity(a, b backends.Alert) bool {
	if a.Name != b.Name || a.Deployment != b.Deployment || a.Variant != b.Variant || len(a.Labels) != len(b.Labels) {
		return false
	}
	mine, theirs := maps.Clone(a.Labels), maps.Clone(b.Labels)
	delete(mine, "severity")
	delete(theirs, "severity")
	return maps.Equal(mine, theirs)
}

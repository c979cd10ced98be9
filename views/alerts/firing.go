package alerts

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/views"
)

// ordered returns the alerts of a deployment ("" for all): firing before
// pending, critical first, then the one that began first.
func ordered(s *fleet.Snapshot, deployment string) []backends.Alert {
	alerts := slices.Clone(s.Alerts)
	if deployment != "" {
		alerts = slices.DeleteFunc(alerts, func(a backends.Alert) bool { return a.Deployment != deployment })
	}
	slices.SortStableFunc(alerts, func(a, b backends.Alert) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), a.Since.Compare(b.Since), cmp.Compare(alertID(a), alertID(b)))
	})
	return alerts
}

// rank is lower for what is worse.
func rank(a backends.Alert) int {
	severity := 2
	switch a.Severity {
	case "critical":
		severity = 0
	case "warning":
		severity = 1
	}
	if a.State == "firing" {
		return severity
	}
	return severity + 3
}

func alertID(a backends.Alert) string {
	return a.Deployment + "\x00" + a.Variant + "\x00" + a.Replica + "\x00" + a.Name + "\x00" + a.Severity
}

// severityText is "critical", or "pending" for what does not fire yet.
func severityText(a backends.Alert) string {
	if a.State != "firing" {
		return "pending"
	}
	return draw.SanitizeLine(cmp.Or(a.Severity, "firing"), 20)
}

// value writes what the rule compared, in no unit: only the summary knows it.
func value(a backends.Alert, th *theme.Theme) string {
	if backends.Missing(a.Value) {
		return th.Glyphs.Missing
	}
	return strconv.FormatFloat(a.Value, 'g', 3, 64)
}

// knowledge is whether the alerts on screen are all there are.
type knowledge struct {
	current bool
	at      time.Time // of what is known, zero never
	words   string    // why they are not current; foreign
}

// known asks the sources of alerts, which come after the backend.
func known(s *fleet.Snapshot) knowledge {
	if len(s.Sources) < 2 {
		return knowledge{words: "no Prometheus is configured"}
	}
	k := knowledge{current: true, at: s.Sources[1].At}
	for _, src := range s.Sources[1:] {
		if src.State == fleet.Live && src.Err == nil {
			continue
		}
		k.current = false
		k.words = src.Name + " is " + src.State.String()
		if src.State == fleet.Live {
			k.words = src.Name + " did not tell everything"
		}
		if src.Err != nil {
			k.words += ": " + src.Err.Error()
		}
		k.at = src.At
	}
	return k
}

// nothing says that nothing fires only when that is known.
func nothing(k knowledge, th *theme.Theme, now time.Time) []string {
	if k.current {
		return []string{"", th.OK.Paint(th.Glyphs.Check + " nothing fires and nothing is about to"),
			th.Dim.Paint("as of " + views.Age(now, k.at, th.Glyphs) + " ago")}
	}
	lines := []string{"", th.Warn.Paint(th.Glyphs.Unknown + " alerts are unknown")}
	lines = append(lines, views.Words(th, k.words))
	if !k.at.IsZero() {
		lines = append(lines, th.Dim.Paint("nothing fired "+views.Age(now, k.at, th.Glyphs)+" ago, when the last data came"))
	}
	return append(lines, th.Dim.Paint("r asks again now"))
}

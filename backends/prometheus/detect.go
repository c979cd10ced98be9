package prometheus

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Detect tells the serving system by the metric names of a scrape, or of a
// whole server: names of series or of families, in any order. It is false when
// no profile knows them.
func Detect(metricNames []string) (Profile, bool) {
	families := make([]string, len(metricNames))
	for i, name := range metricNames {
		families[i] = family(name)
	}
	for _, p := range Profiles() {
		if len(p.marks) > 0 && !slices.ContainsFunc(p.marks, func(mark string) bool { return !anyIs(families, mark) }) {
			return p, true
		}
	}
	return Profile{}, false
}

// family is the name without what the formats append to it, which depends on
// the format: OpenMetrics calls x what text calls x_total.
func family(name string) string {
	for _, suffix := range []string{"_bucket", "_count", "_sum", "_total", "_created"} {
		if base, cut := strings.CutSuffix(name, suffix); cut {
			return base
		}
	}
	return name
}

func anyIs(families []string, mark string) bool {
	if !(Selector{Metric: mark}).renamed() {
		return slices.Contains(families, mark)
	}
	return slices.ContainsFunc(families, regexp.MustCompile("^(?:"+mark+")$").MatchString)
}

// recent is how far back MetricNames looks: a server that was replaced longer
// ago is not taken for the present one.
const recent = 10 * time.Minute

// MetricNames are the names of the series that the server has lately had, for
// Detect.
func (c *Client) MetricNames(ctx context.Context) ([]string, error) {
	return shared(ctx, c, "metric names", refreshTimeout, func(ctx context.Context) ([]string, error) {
		now := c.now()
		values, warnings, _, err := c.api.LabelValues(ctx, "__name__", nil, now.Add(-recent), now)
		if err != nil {
			return nil, c.explain(err)
		}
		names := make([]string, len(values))
		for i, v := range values {
			names[i] = string(v)
		}
		return names, c.warned(warnings)
	})
}

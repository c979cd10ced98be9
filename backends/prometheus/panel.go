package prometheus

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"
)

// Panel is what one chart shows.
type Panel int

// The panels and the unit of their series.
const (
	Latency    Panel = iota // "p50", "p95", "p99" and "mean" in seconds, as far as the server has them
	Errors                  // "errors": share of the requests, 0-1
	Throughput              // "requests" per second
	Drift                   // "psi": greatest PSI over the features and the prediction
	Memory                  // "memory": resident bytes of all replicas
	CPU                     // "cpu": cores used by all replicas
	InFlight                // "in flight": requests being answered
)

// Series is one line of a chart. Points[i] is the value at Start + i·Step, NaN
// where it is missing. Start is a multiple of Step since the Unix epoch.
type Series struct {
	Variant string // "" when the system does not tell its variants apart
	Name    string // as at the constants of Panel
	Points  []float64
	Start   time.Time
	Step    time.Duration
}

// Range returns the series of one panel of a deployment, by variant and, within
// one, in the order of their names. The step is raised to a second, and to what
// keeps a series under ten thousand points; Series.Step tells. Rates are taken
// over the step, but never over less than the source's window.
func (c *Client) Range(ctx context.Context, deployment string, p Panel, from, to time.Time, step time.Duration) ([]Series, error) {
	s := align(from, to, step)
	return shared(ctx, c, fmt.Sprint("range ", deployment, p, s), rangeTimeout, func(ctx context.Context) ([]Series, error) {
		of, err := c.scope(ctx, deployment)
		if err != nil {
			return nil, err
		}
		of.window = max(of.window, s.step)
		expr, err := of.panel(p)
		if err != nil {
			return nil, err
		}
		matrix, err := c.over(ctx, expr, s)
		if matrix == nil {
			return nil, err
		}
		lines := of.profile.lines(matrix, s)
		if p == Errors {
			lines = of.profile.ratios(lines)
		}
		return lines, err
	})
}

// panel is the one query behind a panel.
func (s scope) panel(p Panel) (string, error) {
	switch p {
	case Latency:
		return s.latency(), nil
	case Errors:
		if s.profile.Errors.absent() {
			return "", nil
		}
		return union(s.requests(), s.rate(nameErrors, s.profile.Errors)), nil
	case Throughput:
		return s.requests(), nil
	case Drift:
		return s.greatestDrift(), nil
	case Memory:
		return s.sum(nameMemory, s.profile.Memory), nil
	case CPU:
		return s.rate(nameCPU, s.profile.CPU), nil
	case InFlight:
		return s.sum(nameInFlight, s.profile.InFlight), nil
	default:
		return "", fmt.Errorf("no panel %d", p)
	}
}

// lines puts a matrix onto the axis.
func (p Profile) lines(matrix model.Matrix, s span) []Series {
	lines := make([]Series, 0, len(matrix))
	for _, stream := range matrix {
		k, known := p.key(stream.Metric)
		if !known {
			continue
		}
		line := Series{
			Variant: k.variant, Name: string(stream.Metric[signalLabel]),
			Points: s.empty(), Start: s.start, Step: s.step,
		}
		s.fill(line.Points, stream)
		lines = append(lines, line)
	}
	slices.SortFunc(lines, func(a, b Series) int {
		return cmp.Or(cmp.Compare(a.Variant, b.Variant), cmp.Compare(a.Name, b.Name))
	})
	return lines
}

// ratios makes of the errors and requests of each variant its share of errors.
func (p Profile) ratios(lines []Series) []Series {
	var out []Series
	for _, requests := range lines {
		if requests.Name != nameRequests {
			continue
		}
		i := slices.IndexFunc(lines, func(l Series) bool { return l.Variant == requests.Variant && l.Name == nameErrors })
		line := requests
		line.Name, line.Points = nameErrors, slices.Clone(requests.Points)
		for at, n := range requests.Points {
			failed := math.NaN()
			if i >= 0 {
				failed = lines[i].Points[at]
			}
			line.Points[at] = ratio(p.Errors, failed, n)
		}
		out = append(out, line)
	}
	return out
}

// Recent returns the requests per second of each deployment over the last
// window, oldest first, one value every step, NaN where missing. It takes one
// query however many deployments there are.
func (c *Client) Recent(ctx context.Context, window, step time.Duration) (map[string][]float64, error) {
	now := c.now()
	span := align(now.Add(-window+step), now, step)
	return shared(ctx, c, fmt.Sprint("recent ", span), refreshTimeout, func(ctx context.Context) (map[string][]float64, error) {
		profile, err := c.asked(ctx, "")
		if err != nil {
			return nil, err
		}
		s := scope{profile: profile, window: max(c.window, step)}
		s.profile.Variant = "" // whole deployments only
		matrix, err := c.over(ctx, s.requests(), span)
		if matrix == nil {
			return nil, err
		}
		recent := make(map[string][]float64, len(matrix))
		for _, stream := range matrix {
			k, known := profile.key(stream.Metric)
			if !known || k.deployment == "" {
				continue
			}
			points := span.empty()
			span.fill(points, stream)
			recent[k.deployment] = added(recent[k.deployment], points)
		}
		return recent, err
	})
}

// added is the sum of two lines, of which one may be nil; a value that only one
// has stands as it is.
func added(a, b []float64) []float64 {
	if a == nil {
		return b
	}
	for i := range a {
		a[i] = plus(a[i], b[i])
	}
	return a
}

package prometheus

import (
	"math"
	"time"

	"github.com/prometheus/common/model"
)

// maxPoints is the number of points of a series that every server answers.
const maxPoints = 10_000

// span is a time axis: points at start, start+step, … Start is a multiple of
// step since the Unix epoch, so that a later question about an overlapping time
// asks for the same moments and a chart does not tremble.
type span struct {
	start  time.Time
	step   time.Duration
	points int
}

// align makes a span from `from` to `to`. Its step is at least a second, in
// whole seconds, and large enough for maxPoints.
func align(from, to time.Time, step time.Duration) span {
	if to.Before(from) {
		from, to = to, from
	}
	step = max(step, to.Sub(from)/maxPoints, time.Second)
	step = (step + time.Second - 1).Truncate(time.Second)
	start := floor(from, step)
	return span{start: start, step: step, points: int(floor(to, step).Sub(start)/step) + 1}
}

// floor is like Truncate, but counts from the Unix epoch as servers do.
func floor(t time.Time, step time.Duration) time.Time {
	seconds := int64(step / time.Second)
	return time.Unix(t.Unix()-t.Unix()%seconds, 0).UTC()
}

func (s span) end() time.Time { return s.start.Add(time.Duration(s.points-1) * s.step) }

// empty is a series without any value.
func (s span) empty() []float64 {
	points := make([]float64, s.points)
	for i := range points {
		points[i] = math.NaN()
	}
	return points
}

// index is the position of a moment; false when it is not on the axis.
func (s span) index(at model.Time) (int, bool) {
	i := int((at.Time().Sub(s.start) + s.step/2) / s.step)
	return i, i >= 0 && i < s.points && !at.Time().Before(s.start.Add(-s.step/2))
}

// fill puts the values of a stream onto the axis.
func (s span) fill(points []float64, stream *model.SampleStream) {
	for _, pair := range stream.Values {
		if i, on := s.index(pair.Timestamp); on {
			points[i] = finite(pair.Value)
		}
	}
}

package prometheus

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"golang.org/x/sync/errgroup"
)

// Interval is what was counted between two moments. The figures are exact
// differences of the counters, corrected for restarts and not extrapolated.
type Interval struct {
	From, To time.Time
	N        map[string]float64 // requests by variant
	Errors   map[string]float64 // of these, answered 5xx; nil where the server counts none: then they are unknown, not 0
}

// Counts returns how many requests and errors each variant of a deployment got
// in every step since a time, oldest first. What happened while no scrape
// succeeded counts in the interval of the scrape that saw it first. Requests
// from before the first scrape are not counted at all.
func (c *Client) Counts(ctx context.Context, deployment string, since time.Time, step time.Duration) ([]Interval, error) {
	s := align(since, c.now(), step)
	return shared(ctx, c, fmt.Sprint("counts ", deployment, s), rangeTimeout, func(ctx context.Context) ([]Interval, error) {
		profile, err := c.asked(ctx, deployment)
		if err != nil {
			return nil, err
		}
		all := scope{profile: profile, deployment: deployment}
		var requests, failures model.Matrix
		group, ctx := errgroup.WithContext(ctx)
		group.Go(func() (err error) {
			requests, err = c.over(ctx, all.allRequests(all.present), s)
			return err
		})
		group.Go(func() (err error) {
			if c.profile.Errors.absent() {
				return nil
			}
			failures, err = c.over(ctx, all.present(c.profile.Errors), s)
			return err
		})
		// An incomplete answer would give wrong verdicts, so it is an error here.
		if err := group.Wait(); err != nil {
			return nil, err
		}
		return profile.intervals(s, requests, failures), nil
	})
}

func (p Profile) intervals(s span, requests, failures model.Matrix) []Interval {
	intervals := make([]Interval, max(0, s.points-1))
	for i := range intervals {
		from := s.start.Add(time.Duration(i) * s.step)
		intervals[i] = Interval{From: from, To: from.Add(s.step), N: map[string]float64{}}
		if !p.Errors.absent() {
			intervals[i].Errors = map[string]float64{}
		}
	}
	seen := s.scraped(requests)
	p.addUp(s, requests, seen, func(i int, variant string, n float64) { intervals[i].N[variant] += n })
	p.addUp(s, failures, seen, func(i int, variant string, n float64) { intervals[i].Errors[variant] += n })
	return intervals
}

// addUp hands out what the counters of each variant grew by in each interval.
func (p Profile) addUp(s span, counters model.Matrix, seen []bool, add func(interval int, variant string, n float64)) {
	for _, stream := range counters {
		k, known := p.key(stream.Metric)
		if !known {
			continue
		}
		for i, n := range s.increases(stream, seen) {
			add(i, k.variant, n)
		}
	}
}

// scraped tells at which points the deployment was scraped at all.
func (s span) scraped(requests model.Matrix) []bool {
	seen := make([]bool, s.points)
	for _, stream := range requests {
		for _, pair := range stream.Values {
			if i, on := s.index(pair.Timestamp); on {
				seen[i] = true
			}
		}
	}
	return seen
}

// increases is how much a counter grew in each interval. A counter that fell
// was restarted and has grown from zero. One that appears after the deployment
// was scraped without it was born in between and has grown from zero as well;
// of one that was there from the first scrape on, the earlier part is unknown.
func (s span) increases(stream *model.SampleStream, seen []bool) []float64 {
	grown := make([]float64, max(0, s.points-1))
	last, known := 0.0, false
	for _, pair := range stream.Values {
		i, on := s.index(pair.Timestamp)
		value := float64(pair.Value)
		if !on || value != value {
			continue
		}
		switch {
		case i == 0:
		case known && value >= last:
			grown[i-1] += value - last
		case known || slices.Contains(seen[:i], true):
			grown[i-1] += value
		}
		last, known = value, true
	}
	return grown
}

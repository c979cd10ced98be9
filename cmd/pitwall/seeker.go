package main

import (
	"context"

	"pitwall/backends/prometheus"
)

// seeker finds out whose metric names a server has, and what tells the
// deployments apart there.
type seeker struct {
	source sourceFinder
	named  prometheus.Profile // where nothing is known, a guess
	known  bool               // the configuration names it
	pods   prometheus.Workloads
	byPod  *bool // nil: the series decide
	labels prometheus.PodLabels
}

// seeker is for a server as the configuration describes it.
func (p profileConfig) seeker(source sourceFinder, pods prometheus.Workloads) (*seeker, error) {
	named, known, err := p.profile()
	if err != nil {
		return nil, err
	}
	s := &seeker{source: source, named: named, known: known, pods: pods, byPod: p.ByPod,
		labels: prometheus.PodLabels{Namespace: p.NamespaceLabel, Pod: p.PodLabel}}
	if known && s.wanted() { // refused now instead of at the first question
		_, err = named.ByPod(pods, usualLabels)
	}
	return s, err
}

// usualLabels are those of pods until a series tells.
var usualLabels = prometheus.PodLabels{Namespace: "namespace", Pod: "pod"}

// wanted reports whether the configuration asks for pods where there are some.
func (s *seeker) wanted() bool { return s.pods != nil && s.byPod != nil && *s.byPod }

// possible reports whether the series may be told by pod.
func (s *seeker) possible(p prometheus.Profile) bool {
	return s.wanted() || s.pods != nil && s.byPod == nil && p.PodsTell()
}

// find is a clientFinder.
func (s *seeker) find(ctx context.Context, guess *prometheus.Client) (*prometheus.Client, bool, error) {
	source, err := s.source(ctx)
	if err != nil {
		return nil, false, err
	}
	if guess == nil {
		if guess, err = prometheus.New(source, s.named); err != nil {
			return nil, false, err
		}
	}
	profile, decided := s.named, s.known
	if !decided {
		names, err := guess.MetricNames(ctx)
		if err != nil {
			return nil, false, err
		}
		found, ok := prometheus.Detect(names)
		if !ok {
			return guess, false, nil
		}
		profile = found
		if found.Name != s.named.Name {
			if guess, err = prometheus.New(source, found); err != nil {
				return nil, false, err
			}
		}
	}
	if !s.possible(profile) {
		return guess, true, nil
	}
	return s.findPods(ctx, source, guess, profile)
}

// findPods decides whether the series are told by pod. It is not decided while
// there are none.
func (s *seeker) findPods(ctx context.Context, source prometheus.Source, guess *prometheus.Client, profile prometheus.Profile) (*prometheus.Client, bool, error) {
	labels, decided := s.labels, true
	if labels == (prometheus.PodLabels{}) {
		names, err := guess.Labels(ctx)
		if err != nil {
			return nil, false, err
		}
		found, told := prometheus.PodLabelsAmong(names)
		switch {
		case s.wanted() && !told:
			found, decided = usualLabels, false
		case !s.wanted() && (!told || profile.TargetsTell(names)):
			return guess, len(names) > 0, nil
		}
		labels = found
	}
	// A cluster that was never seen is waited for here, where there is more time
	// than in a query.
	if _, err := s.pods.Workloads(ctx); err != nil {
		return nil, false, err
	}
	byPod, err := profile.ByPod(s.pods, labels)
	if err != nil {
		return nil, false, err
	}
	c, err := prometheus.New(source, byPod)
	return c, decided, err
}

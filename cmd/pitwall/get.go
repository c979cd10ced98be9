package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/views"
)

func (a *app) getCommand() *cobra.Command {
	var out format
	var since time.Duration
	c := &cobra.Command{
		Use:        "get deployments|revisions|versions|alerts|events [NAME]",
		SuggestFor: []string{"ls", "list", "ps", "status"},
		Short:      "Print deployments, revisions, versions, alerts or events",
		Example:    "  pitwall get deployments\n  pitwall get deployments model-api -o json\n  pitwall get revisions model-api",
		Args:       between(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			name := ""
			if len(args) == 2 {
				name = args[1]
			}
			return a.get(c.Context(), args[0], name, since, out)
		},
	}
	formatFlag(c, &out)
	c.Flags().DurationVar(&since, "since", time.Hour, "events: how far back")
	return c
}

func (a *app) get(ctx context.Context, kind, name string, since time.Duration, out format) error {
	s, err := a.attach(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	switch kind {
	case "deployments", "deployment":
		return a.getDeployments(ctx, s, name, out)
	case "revisions", "revision":
		return a.getRevisions(ctx, s, name, out)
	case "versions", "version":
		return a.getVersions(ctx, s, name, out)
	case "alerts", "alert":
		return a.getAlerts(ctx, s, name, out)
	case "events", "event":
		return a.getEvents(ctx, s, name, since, out)
	}
	return misuse{fmt.Errorf("get %q: choose deployments, revisions, versions, alerts or events", kind)}
}

// deploymentOut is a deployment in JSON and YAML; the README documents it.
type deploymentOut struct {
	Name        string            `json:"name"`
	Backend     string            `json:"backend"`
	Environment string            `json:"environment"`
	State       backends.State    `json:"state"`
	Reason      string            `json:"reason,omitempty"`
	Address     string            `json:"address"`
	Variants    []variantOut      `json:"variants"`
	Signals     signalsOut        `json:"signals"`
	Alerts      []backends.Alert  `json:"alerts"`
	Rollout     *backends.Rollout `json:"rollout,omitempty"`
}

type variantOut struct {
	Name             string     `json:"name"`
	Version          string     `json:"version"`
	Image            string     `json:"image"`
	Digest           string     `json:"digest"`
	Revision         int        `json:"revision"`
	Replicas         int        `json:"replicas"`
	Ready            int        `json:"ready"`
	WeightConfigured number     `json:"weight_configured"` // percent
	WeightObserved   number     `json:"weight_observed"`   // percent of the requests over the metrics' window
	Signals          signalsOut `json:"signals"`
}

// signalsOut are signals in JSON: null where missing.
type signalsOut struct {
	RPS         number `json:"rps"`
	ErrorRatio  number `json:"error_ratio"`  // 0-1
	RejectRatio number `json:"reject_ratio"` // 0-1
	P50         number `json:"p50_s"`
	P95         number `json:"p95_s"`
	P99         number `json:"p99_s"`
	Mean        number `json:"mean_s"` // where the serving system has no quantiles, only this
	DriftPSIMax number `json:"drift_psi_max"`
	DriftRows   number `json:"drift_rows"`
	Age         number `json:"age_s"`
}

func (a *app) getDeployments(ctx context.Context, s *session, name string, out format) error {
	snap, err := s.read(ctx)
	if err != nil {
		return err
	}
	rows := snap.Rows
	if name != "" {
		row, err := find(snap, name)
		if err != nil {
			return s.unlisted(name, err)
		}
		rows = []fleet.Row{row}
	}
	if text := s.hidden().String(); name == "" && text != "" {
		fmt.Fprintf(a.err, "pitwall: %s\n", draw.Sanitize(text))
	}
	list := make([]deploymentOut, 0, len(rows))
	for _, r := range rows {
		list = append(list, deploymentView(r, a.now()))
	}
	return out.print(a.out, list, func(w io.Writer) {
		mean := views.AllMeanOnly(rows)
		title := "P95"
		if mean {
			title = "MEAN"
		}
		row(w, "NAME", "STATE", "VARIANTS", "READY", "SPLIT", "OBSERVED", "REQ/S", title, "ERRORS", "DRIFT", "ALERTS", "REASON")
		for _, r := range rows {
			deploymentLine(w, r, mean, a.glyphs())
		}
	})
}

// hidden is what the backend sees and does not list.
func (s *session) hidden() backends.Hidden {
	if h, is := s.reader.(backends.Hider); is {
		return h.Hidden()
	}
	return backends.Hidden{}
}

// unlisted adds to the error about a name that there is something of it, which is
// not listed.
func (s *session) unlisted(name string, err error) error {
	if h := s.hidden(); h.Has(name) {
		return fmt.Errorf("%w; there is a workload %q, which is not shown: %s. %s", err, name, h.Why, h.Next)
	}
	return err
}

// find picks one deployment of a snapshot.
func find(snap *fleet.Snapshot, name string) (fleet.Row, error) {
	if r, found := snap.Row(name); found {
		return r, nil
	}
	have := make([]string, 0, len(snap.Rows))
	for _, r := range snap.Rows {
		have = append(have, r.Deployment.Name)
	}
	return fleet.Row{}, &backends.NotFoundError{Kind: "deployment", Name: name, Have: have}
}

func deploymentView(r fleet.Row, now time.Time) deploymentOut {
	d := r.Deployment
	v := deploymentOut{Name: d.Name, Backend: d.Backend, Environment: d.Environment, State: r.State, Reason: r.Reason,
		Address: d.Address, Signals: signalsView(r.Signal(""), now), Alerts: append([]backends.Alert{}, r.Alerts...), Rollout: d.Rollout}
	for _, x := range d.Variants {
		v.Variants = append(v.Variants, variantOut{
			Name: x.Name, Version: x.Version, Image: x.Image, Digest: x.Digest, Revision: x.Revision,
			Replicas: x.Desired, Ready: x.Ready, WeightConfigured: number(x.Weight),
			WeightObserved: number(observed(r, x.Name)), Signals: signalsView(r.Signal(x.Name), now),
		})
	}
	return v
}

func signalsView(s backends.Signals, now time.Time) signalsOut {
	age := math.NaN()
	if !s.At.IsZero() {
		age = max(now.Sub(s.At).Seconds(), 0)
	}
	return signalsOut{RPS: number(s.RPS), ErrorRatio: number(s.ErrorRatio), RejectRatio: number(s.RejectRatio), P50: number(s.P50), P95: number(s.P95), P99: number(s.P99), Mean: number(s.Mean),
		DriftPSIMax: number(s.DriftPSI), DriftRows: number(s.DriftRows), Age: number(age)}
}

// observed is the share of the requests that a variant really got, in percent;
// NaN when it is not known.
func observed(r fleet.Row, variant string) float64 {
	if share, known := r.Observed[variant]; known {
		return share
	}
	return math.NaN()
}

func deploymentLine(w io.Writer, r fleet.Row, mean bool, g *theme.Glyphs) {
	var variants, ready, split, seen []string
	for _, v := range r.Deployment.Variants {
		variants = append(variants, v.Name+" "+v.Version)
		ready = append(ready, fmt.Sprintf("%d/%d", v.Ready, v.Desired))
		split = append(split, backends.FormatWeight(v.Weight))
		seen = append(seen, shareText(observed(r, v.Name), g))
	}
	s := r.Signal("")
	latency, _ := views.Latency(s, mean)
	drift := g.Missing
	if !backends.Missing(s.DriftPSI) {
		drift = fmt.Sprintf("%.2f %s", s.DriftPSI, s.Feature)
	}
	row(w, r.Deployment.Name, r.State.String(), strings.Join(variants, ", "), strings.Join(ready, " "), strings.Join(split, "/"),
		strings.Join(seen, "/"), draw.Rate(s.RPS, g), draw.Latency(latency, g), draw.Percent(s.ErrorRatio, g), drift, strconv.Itoa(len(r.Alerts)), reasonText(r))
}

// reasonText is why a deployment is not well, and that a rollout is held when
// something worse is the reason: users stay on two versions until somebody
// lets it go on.
func reasonText(r fleet.Row) string {
	ro := r.Deployment.Rollout
	if ro == nil || !ro.Paused || ro.Message != "" && strings.Contains(r.Reason, ro.Message) || strings.Contains(r.Reason, " is held") {
		return r.Reason
	}
	held := strings.TrimSpace(fmt.Sprintf("the %s of %s", ro.Operation, ro.Variant)) + fmt.Sprintf(" is held after %d of %d replicas", ro.Done, ro.Total)
	if ro.Variant == "" {
		held = fmt.Sprintf("the %s is held", ro.Operation)
	}
	if r.Reason == "" {
		return held
	}
	return r.Reason + "; " + held
}

// shareText writes a share in percent with one decimal.
func shareText(percent float64, g *theme.Glyphs) string {
	if backends.Missing(percent) {
		return g.Missing
	}
	return strconv.FormatFloat(percent, 'f', 1, 64)
}

// glyphs are the signs for missing values and units.
func (a *app) glyphs() *theme.Glyphs {
	if a.global.ascii {
		return theme.ASCII()
	}
	return theme.Unicode()
}

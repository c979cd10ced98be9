package fleet

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"pitwall/backends"
)

// inputs is the newest that each source said. Every value in it is replaced as
// a whole and never changed, so that snapshots may point into it.
type inputs struct {
	deployments []backends.Deployment // in name order
	listedAt    time.Time
	observed    map[string]backends.Split // by deployment

	signals   map[string]map[string]backends.Signals
	signalsAt time.Time

	alerts       []backends.Alert
	alertsByName map[string][]backends.Alert // by deployment

	spark   map[string][]float64
	sparkAt time.Time

	turn uint64 // grows with every reading
}

// take stores a listing.
func (f *Fleet) take(deployments []backends.Deployment, at time.Time) {
	byName := func(a, b backends.Deployment) int { return strings.Compare(a.Name, b.Name) }
	if !slices.IsSortedFunc(deployments, byName) {
		deployments = slices.SortedStableFunc(slices.Values(deployments), byName)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.inputs.turn++
	f.inputs.deployments, f.inputs.listedAt = deployments, at
	f.inputs.observed = f.counts.add(at, deployments)
}

// measure reads signals, alerts and sometimes the sparkline at once. The
// reading is good when the signals came; what failed besides is its error, and
// leaves the last data of its kind in place.
func (f *Fleet) measure(ctx context.Context) (bool, error) {
	var (
		signals                        map[string]map[string]backends.Signals
		alerts                         []backends.Alert
		spark                          map[string][]float64
		signalsErr, alertsErr, lineErr error
		reads                          sync.WaitGroup
	)
	now := f.options.Now()
	reads.Go(func() { signals, signalsErr = f.options.Metrics.Signals(ctx) })
	reads.Go(func() { alerts, alertsErr = f.options.Metrics.Alerts(ctx) })
	drawn := f.sparkIsDue(now)
	if drawn {
		reads.Go(func() { spark, lineErr = f.options.Metrics.Recent(ctx, SparkWindow, SparkStep) })
	}
	reads.Wait()

	good := signalsErr == nil || signals != nil
	f.mu.Lock()
	defer f.mu.Unlock()
	f.inputs.turn++
	if good {
		f.inputs.signals, f.inputs.signalsAt = signals, now
	}
	if alertsErr == nil {
		f.inputs.alerts, f.inputs.alertsByName = alerts, byDeployment(alerts)
	}
	if drawn && lineErr == nil {
		f.inputs.spark, f.inputs.sparkAt = spark, now
	}
	if !good {
		return false, signalsErr
	}
	return true, errors.Join(signalsErr, alertsErr, lineErr)
}

// sparkIsDue spares the server the sparkline while it cannot have a new point.
func (f *Fleet) sparkIsDue(now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return now.Truncate(SparkStep).After(f.inputs.sparkAt.Truncate(SparkStep)) || f.inputs.spark == nil
}

func byDeployment(alerts []backends.Alert) map[string][]backends.Alert {
	by := map[string][]backends.Alert{}
	for _, a := range alerts {
		if a.Deployment != "" {
			by[a.Deployment] = append(by[a.Deployment], a)
		}
	}
	return by
}

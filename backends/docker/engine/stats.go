package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"
)

// Usage is what a container uses and may use. What is not known, and a limit
// that does not exist, is NaN.
type Usage struct {
	CPU         float64 // cores, on average since the last time that it was asked for; NaN the first time
	CPULimit    float64 // cores
	Memory      float64 // bytes, without the file cache that could be dropped
	MemoryLimit float64 // bytes
}

// sampleAge is how long a sample is good to compare the next one with.
const sampleAge = 5 * time.Minute

// sample is the CPU time of a container at a time, both by the engine's clock.
type sample struct {
	at  time.Time
	cpu time.Duration
}

// samples are the last samples, by container ID. The zero value is ready.
type samples struct {
	mu   sync.Mutex
	last map[string]sample
}

// Stats measures running containers, by the given IDs. Those that do not run,
// or do not exist, are left out. It takes a few milliseconds a container.
func (c *Client) Stats(ctx context.Context, ids []string) (map[string]Usage, error) {
	var mu sync.Mutex
	found := make(map[string]Usage, len(ids))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for _, id := range ids {
		g.Go(func() error {
			u, ok, err := c.measure(ctx, id)
			if err != nil || !ok {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			found[id] = u
			return nil
		})
	}
	return found, g.Wait()
}

func (c *Client) measure(ctx context.Context, id string) (u Usage, running bool, err error) {
	doing := "measure container " + id
	r, err := c.api.ContainerStats(ctx, id, client.ContainerStatsOptions{})
	if errdefs.IsNotFound(err) {
		return u, false, nil
	}
	if err != nil {
		return u, false, c.fail(ctx, doing, err)
	}
	defer func() { _ = r.Body.Close() }()
	var s container.StatsResponse
	if err := json.NewDecoder(r.Body).Decode(&s); err != nil {
		return u, false, c.fail(ctx, doing, fmt.Errorf("read the answer: %w", err))
	}
	if s.Read.Year() <= 1 {
		return u, false, nil // it does not run
	}
	limits, err := c.limits(ctx, id)
	if errdefs.IsNotFound(err) {
		return u, false, nil
	}
	if err != nil {
		return u, false, c.fail(ctx, doing, err)
	}
	cpu := c.usage.cores(id, sample{s.Read, time.Duration(s.CPUStats.CPUUsage.TotalUsage)})
	return Usage{CPU: cpu, CPULimit: orNaN(limits.CPULimit), Memory: memory(s.MemoryStats), MemoryLimit: orNaN(float64(limits.MemoryLimit))}, true, nil
}

// limits is the container as a list last showed it, else inspected: a limit
// seldom changes, and an event tells when it did.
func (c *Client) limits(ctx context.Context, id string) (Container, error) {
	if known, ok := c.cache.last(id); ok {
		return known, nil
	}
	r, err := c.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return Container{}, err
	}
	return decode(r.Container), nil
}

// cores compares a sample with the last one, which it replaces. It is NaN
// without one, and after a restart, when the CPU time begins anew.
func (s *samples) cores(id string, now sample) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		s.last = make(map[string]sample)
	}
	for other, old := range s.last {
		if now.at.Sub(old.at) > sampleAge {
			delete(s.last, other)
		}
	}
	old, ok := s.last[id]
	s.last[id] = now
	took := now.at.Sub(old.at)
	if !ok || took <= 0 || now.cpu < old.cpu {
		return math.NaN()
	}
	return float64(now.cpu-old.cpu) / float64(took)
}

// memory is what the docker command shows: without the inactive file cache,
// which cgroup 1 and 2 name differently.
func memory(m container.MemoryStats) float64 {
	for _, name := range []string{"total_inactive_file", "inactive_file"} {
		if cache, ok := m.Stats[name]; ok {
			if cache >= m.Usage {
				break
			}
			return float64(m.Usage - cache)
		}
	}
	return float64(m.Usage)
}

func orNaN(v float64) float64 {
	if v <= 0 {
		return math.NaN()
	}
	return v
}

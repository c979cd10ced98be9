package monitor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"
)

// Named is a set of processes that share a DNS name: each address of the name
// is one target. On a Docker network an alias has the address of every running
// container that carries it.
type Named struct {
	Job    string            `yaml:"job" json:"job"`       // JobServe, JobGateway or JobPitwall
	Name   string            `yaml:"name" json:"name"`     // DNS name, or an address
	Port   uint16            `yaml:"port" json:"port"`     // of /metrics
	Labels map[string]string `yaml:"labels" json:"labels"` // added to every series; replica is found out
}

// ReadNamed reads a list of Named as YAML or JSON from a file.
// Errors: sentences that name the entry which cannot be used.
func ReadNamed(path string) ([]Named, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the targets: %w", err)
	}
	return ParseNamed(text)
}

// ParseNamed is ReadNamed for the text itself.
func ParseNamed(text []byte) ([]Named, error) {
	d := yaml.NewDecoder(strings.NewReader(string(text))) // JSON is YAML too
	d.KnownFields(true)
	var names []Named
	if err := d.Decode(&names); err != nil {
		return nil, fmt.Errorf("read the targets: want a list of {job, name, port, labels}: %w", err)
	}
	for i, n := range names {
		switch {
		case !slices.Contains([]string{JobServe, JobGateway, JobPitwall}, n.Job):
			return nil, fmt.Errorf("read the targets: entry %d has job %q: use %s, %s or %s", i+1, n.Job, JobServe, JobGateway, JobPitwall)
		case n.Name == "" || n.Port == 0:
			return nil, fmt.Errorf("read the targets: entry %d needs a name and a port", i+1)
		}
	}
	return names, nil
}

// FormatNamed is the text that ParseNamed reads.
func FormatNamed(names []Named) ([]byte, error) { return json.MarshalIndent(names, "", "  ") }

// Resolver looks names and addresses up; *net.Resolver is one.
type Resolver interface {
	LookupHost(ctx context.Context, name string) ([]string, error)
	LookupAddr(ctx context.Context, address string) ([]string, error)
}

// Follow looks the names up at once and again after each interval, and keeps the targets to what they stand for, until ctx ends. A name
// without an address has no target. When the lookup itself fails the targets
// stay as they were.
func (m *Monitor) Follow(ctx context.Context, names []Named, every time.Duration, r Resolver) {
	var told []Target
	known := make([][]Target, len(names)) // by name: what it stood for last
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		m.resolveAll(ctx, names, r, known)
		targets := slices.Concat(known...)
		if ctx.Err() == nil && !reflect.DeepEqual(targets, told) {
			m.SetTargets(targets)
			m.store.log.Info("targets", "count", len(targets))
			told = targets
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// lookupTimeout bounds the lookups of one name.
const lookupTimeout = 2 * time.Second

// resolveAll looks every name up at once and stores what it stands for.
func (m *Monitor) resolveAll(ctx context.Context, names []Named, r Resolver, known [][]Target) {
	var wg sync.WaitGroup
	for i, n := range names {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
			defer cancel()
			targets, err := n.resolve(ctx, r)
			if err != nil {
				m.store.log.Warn("a target cannot be looked up", "name", n.Name, "error", err.Error())
				return
			}
			known[i] = targets
		})
	}
	wg.Wait()
}

// resolve gives a target for every address of the name, in the order of the
// replicas' names. No address is no error.
func (n Named) resolve(ctx context.Context, r Resolver) ([]Target, error) {
	addresses, err := r.LookupHost(ctx, n.Name)
	if d, ok := errors.AsType[*net.DNSError](err); ok && d.IsNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	targets := make([]Target, 0, len(addresses))
	for _, a := range addresses {
		labels := maps.Clone(n.Labels)
		if labels == nil {
			labels = map[string]string{}
		}
		switch {
		case n.Job == JobServe:
			labels["replica"] = replicaAt(ctx, r, a)
		case len(addresses) == 1: // so that its series go on at another address
			labels["instance"] = net.JoinHostPort(n.Name, strconv.Itoa(int(n.Port)))
		}
		targets = append(targets, Target{Job: n.Job, Address: net.JoinHostPort(a, strconv.Itoa(int(n.Port))), Labels: labels})
	}
	slices.SortFunc(targets, func(a, b Target) int {
		return strings.Compare(a.Labels["replica"]+" "+a.Address, b.Labels["replica"]+" "+b.Address)
	})
	return targets, nil
}

// replicaAt names the process at an address. Docker's DNS answers
// CONTAINER.NETWORK; without an answer the address stands for the name.
func replicaAt(ctx context.Context, r Resolver, address string) string {
	names, err := r.LookupAddr(ctx, address)
	if err != nil || len(names) == 0 {
		return address
	}
	name := strings.TrimSuffix(slices.Min(names), ".")
	if dot := strings.LastIndexByte(name, '.'); dot > 0 {
		name = name[:dot]
	}
	return name
}

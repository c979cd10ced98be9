package haproxy

import (
	"sync"

	"pitwall/backends/docker/frontdoor"
)

// tally makes the counts of variants grow for as long as a HAProxy process
// lives. A server that is deleted takes its own counters along; what was seen
// of them last is kept here.
type tally struct {
	mu     sync.Mutex
	start  string // of the process
	seen   map[string]counted
	parted map[string]frontdoor.Count // by variant
}

type counted struct {
	variant string
	frontdoor.Count
}

// add takes the counters of all servers and gives the counts by variant.
func (t *tally) add(start string, now map[string]counted) map[string]frontdoor.Count {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.start != start {
		t.start, t.seen, t.parted = start, nil, map[string]frontdoor.Count{}
	}
	for name, before := range t.seen {
		if after, there := now[name]; !there || after.Requests < before.Requests {
			t.parted[before.variant] = sum(t.parted[before.variant], before.Count)
		}
	}
	t.seen = now
	total := map[string]frontdoor.Count{}
	for variant, c := range t.parted {
		total[variant] = c
	}
	for _, c := range now {
		total[c.variant] = sum(total[c.variant], c.Count)
	}
	return total
}

func sum(a, b frontdoor.Count) frontdoor.Count {
	return frontdoor.Count{Requests: a.Requests + b.Requests, Errors: a.Errors + b.Errors}
}

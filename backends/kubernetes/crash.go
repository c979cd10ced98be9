package kubernetes

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/world"
)

// longestLastLine is how long an explanation waits for a log.
const longestLastLine = 2 * time.Second

// tellCrashes adds to each reason about containers that end since when they do,
// and what one of them wrote last: their status alone seldom tells why. A log
// that cannot be read leaves the reason as it is.
func (b *Backend) tellCrashes(ctx context.Context, s scene, events []*objects.Event, reasons []backends.Reason) {
	ctx, cancel := context.WithTimeout(ctx, longestLastLine)
	defer cancel()
	for i, r := range reasons {
		if r.Cause != backends.CauseCrashLoop && r.Cause != backends.CauseOOM {
			continue
		}
		j := slices.IndexFunc(s.found.Variants, func(v world.Variant) bool { return v.Name == r.Variant })
		if j < 0 {
			continue
		}
		v := s.found.Variants[j]
		reasons[i].Since = crashesSince(v, events)
		if pod, c, ok := crashing(v); ok {
			if line := b.lastLine(ctx, pod, c); line != "" {
				reasons[i].Evidence = append(slices.Clone(r.Evidence), fmt.Sprintf("its last line: %q", line))
			}
		}
	}
}

// crashesSince is when the node first waited before it started a container of a
// variant again, zero when no event tells: of its exits a pod keeps only the
// last two.
func crashesSince(v world.Variant, events []*objects.Event) time.Time {
	var first time.Time
	for _, e := range events {
		here := func(p *objects.Pod) bool { return p.Name == e.Object && !e.First.Before(p.Created) }
		if e.Kind == "Pod" && e.Reason == "BackOff" && slices.ContainsFunc(v.Pods, here) && !strings.Contains(e.Text, "image") && (first.IsZero() || e.First.Before(first)) {
			first = e.First
		}
	}
	return first
}

// crashing is a pod of a variant with a container that failed last, and said
// nothing of it in its termination message: that is told already.
func crashing(v world.Variant) (*objects.Pod, objects.Container, bool) {
	for _, p := range v.Pods {
		for _, c := range p.Containers {
			for _, end := range []objects.ContainerState{c.State, c.Last} {
				if end.Kind == "terminated" && (end.Code != 0 || end.Signal != 0) && end.Message == "" && !c.Ready {
					return p, c, true
				}
			}
		}
	}
	return nil, objects.Container{}, false
}

// lastLine is the end of the log of a container's last run that is over, ""
// when there is none or it cannot be read.
func (b *Backend) lastLine(ctx context.Context, p *objects.Pod, c objects.Container) string {
	o := api.LogOptions{Container: c.Name, Tail: 1, Previous: c.State.Kind == "running"}
	body, err := b.client.Log(ctx, p.Namespace, p.Name, o)
	if err != nil {
		return ""
	}
	defer func() { _ = body.Close() }()
	line, err := bufio.NewReaderSize(body, 64<<10).ReadSlice('\n')
	if err != nil && len(line) == 0 {
		return ""
	}
	_, text, _ := strings.Cut(strings.TrimSpace(string(line)), " ") // after its time
	return text
}

package kubernetes

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"pitwall/backends"
	"pitwall/backends/internal/logmerge"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/world"
)

var _ backends.LogStreamer = (*Backend)(nil)

const (
	tailLines = 300 // of each pod come first when no time is given
	mostLogs  = 100 // pods that are read at once: each is a request that stays open
)

// Logs implements backends.LogStreamer. A followed pod may restart; one that is
// new is read from its first line on.
func (b *Backend) Logs(ctx context.Context, q backends.LogQuery) (<-chan backends.LogLine, error) {
	s, err := b.scene(ctx, q.Deployment)
	if err != nil {
		return nil, err
	}
	pods, err := s.logs(q)
	if err != nil {
		return nil, err
	}
	right := api.Right{Verb: "get", Resource: "pods", Subresource: "log", Namespace: s.found.Namespace}
	if may, why, err := b.client.May(ctx, right); err == nil && !may {
		return nil, fmt.Errorf("read the logs of %s: %w", q.Deployment, &api.RightError{Text: right.String() + " " + why})
	}
	r := &logReader{open: b.client.Log, query: q, now: b.options.Now, logs: make(map[types.UID]*podLog)}
	out := make(chan backends.LogLine, 64)
	go func() {
		defer close(out)
		r.past(ctx, pods, out)
		if q.Follow && ctx.Err() == nil {
			r.follow(ctx, b.changed, func() []logged { return b.logsNow(ctx, q) }, out)
		}
	}()
	return out, nil
}

// logsNow are the pods that a query is about now, nil when nobody can tell.
func (b *Backend) logsNow(ctx context.Context, q backends.LogQuery) []logged {
	if b.trouble() != nil {
		return nil
	}
	s, err := b.scene(ctx, q.Deployment)
	if err != nil {
		return nil
	}
	pods, err := s.logs(q)
	if err != nil {
		return []logged{}
	}
	return pods
}

// logged is a pod whose log is read.
type logged struct {
	pod       *objects.Pod
	variant   string
	container string // that serves the model
}

// logs are the pods that a query is about. A variant may have none now.
func (s scene) logs(q backends.LogQuery) ([]logged, error) {
	var out []logged
	var names []string
	known := q.Variant == ""
	for _, v := range s.found.Variants {
		known = known || q.Variant == v.Name
		container := ""
		if v.Workload != nil {
			c, _ := world.Container(v.Workload)
			container = c.Name
		}
		for _, p := range append(slices.Clone(v.Pods), v.Leaving...) {
			names = append(names, p.Name)
			if (q.Variant == "" || q.Variant == v.Name) && (q.Replica == "" || q.Replica == p.Name) {
				out = append(out, logged{p, v.Name, container})
			}
		}
	}
	switch {
	case !known:
		return nil, &backends.NotFoundError{Kind: "variant", Name: q.Variant, Have: s.names()}
	case len(out) == 0 && q.Replica != "":
		return nil, &backends.NotFoundError{Kind: "replica", Name: q.Replica, Have: names}
	}
	return out, nil
}

// reads is the container whose log tells most: that of the model, or the init
// container that the pod is held up by.
func (l logged) reads() objects.Container {
	c := world.Serving(l.pod, l.container)
	if c.State.Kind != "waiting" {
		return c
	}
	for _, init := range l.pod.Containers {
		if init.Init && !init.Ready && (init.State.Kind != "waiting" || init.Last.Kind != "") {
			return init
		}
	}
	return c
}

// logReader reads the logs of the pods of one query.
type logReader struct {
	open  func(ctx context.Context, namespace, pod string, o api.LogOptions) (io.ReadCloser, error)
	query backends.LogQuery
	now   func() time.Time
	logs  map[types.UID]*podLog
}

// podLog is how far the log of a pod was read.
type podLog struct {
	place   logmerge.Place
	whole   bool          // also what it wrote before it was seen
	reading bool          // now
	over    bool          // nothing more is to be had
	run     time.Time     // when the run began that was opened last
	wait    time.Duration // before it is opened anew
	next    time.Time     // it is opened not before
}

func lineTime(l backends.LogLine) time.Time { return l.At }

// past merges the lines that are there. A pod whose log cannot be read says so
// in a line.
func (r *logReader) past(ctx context.Context, pods []logged, out chan<- backends.LogLine) {
	for _, p := range pods {
		r.logs[p.pod.UID] = &podLog{run: began(p.reads())}
	}
	if len(pods) > mostLogs {
		r.note(ctx, logged{pod: &objects.Pod{}}, fmt.Errorf("%d of %d pods are read: choose a variant or a replica for the others", mostLogs, len(pods)), out)
		pods = pods[:mostLogs]
	}
	streams := make([]<-chan backends.LogLine, len(pods))
	for i, p := range pods {
		log := r.logs[p.pod.UID]
		lines := make(chan backends.LogLine, 16)
		streams[i] = lines
		go func() {
			defer close(lines)
			if err := r.read(ctx, p, log, false, lines); err != nil && ctx.Err() == nil && !r.query.Follow {
				r.note(ctx, p, err, lines)
			}
		}()
	}
	logmerge.Strictly(ctx, streams, lineTime, out)
}

// read streams one answer of the API server to its end.
func (r *logReader) read(ctx context.Context, p logged, log *podLog, follow bool, out chan<- backends.LogLine) error {
	o := api.LogOptions{Container: p.reads().Name, Since: r.query.Since, Follow: follow}
	if at := log.place.At(); !at.IsZero() {
		o.Since = at
	} else if o.Since.IsZero() && !log.whole {
		o.Tail = tailLines
	}
	body, err := r.open(ctx, p.pod.Namespace, p.pod.Name, o)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	again := log.place.Again()
	lines := logmerge.NewCutter(false, func(at time.Time, text string) bool {
		if again(at) || at.Before(r.query.Since) {
			return true
		}
		log.place.Pass(at)
		return r.put(ctx, p, at, text, out)
	})
	_, err = io.Copy(lines, body)
	lines.Flush()
	return err
}

func (r *logReader) put(ctx context.Context, p logged, at time.Time, text string, out chan<- backends.LogLine) bool {
	select {
	case out <- backends.LogLine{At: at, Deployment: r.query.Deployment, Variant: p.variant, Replica: p.pod.Name, Text: text}:
		return true
	case <-ctx.Done():
		return false
	}
}

// note says in a line why there are no lines.
func (r *logReader) note(ctx context.Context, p logged, err error, out chan<- backends.LogLine) {
	r.put(ctx, p, r.now(), "("+err.Error()+")", out)
}

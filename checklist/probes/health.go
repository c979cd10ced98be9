package probes

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"pitwall/backends"
	"pitwall/checklist"
)

// healthConfigured: something asks every server whether it is ready, and it
// has been for all of them.
func (a *asker) healthConfigured(ctx context.Context) checklist.Finding {
	list, source, why := a.containers(ctx)
	if why != nil {
		return *why
	}
	server, ok := serverOf(list)
	d, _ := a.Deployment.Variant(a.Subject.Variant)
	v := verdict{source: source}
	switch {
	case !ok:
		return from(unknown("which container is the server is not known"), source)
	case server.Readiness == "" && server.Liveness == "":
		v.fail("nothing probes %s", server.Name)
	case server.Readiness == "":
		v.fail("%s has no readiness probe, only liveness: %s", server.Name, server.Liveness)
	default:
		v.ok("readiness of %s: %s", server.Name, server.Readiness)
	}
	switch {
	case d.Desired == 0:
		v.warn("no replica is asked for")
	case d.Ready < d.Desired:
		v.fail("%d of %d replicas are ready", d.Ready, d.Desired)
	default:
		v.ok("%d of %d replicas are ready%s", d.Ready, d.Desired, a.youngest(d))
	}
	return next(v.finding(), "see what keeps them from being ready", checklist.GoExplain)
}

// youngest says for how long the youngest replica has run.
func (a *asker) youngest(v backends.Variant) string {
	var last time.Time
	for _, r := range v.Replicas {
		if r.StartedAt.After(last) {
			last = r.StartedAt
		}
	}
	if last.IsZero() {
		return ""
	}
	return ", the youngest for " + a.Now().Sub(last).Round(time.Second).String()
}

// healthOrchestration: readiness and liveness are two questions.
func (a *asker) healthOrchestration(ctx context.Context) checklist.Finding {
	list, source, why := a.containers(ctx)
	if why != nil {
		return *why
	}
	v := verdict{source: source}
	for _, c := range list {
		if c.Role != backends.RoleServer {
			continue
		}
		switch {
		case c.Readiness == "" || c.Liveness == "":
			v.fail("%s lacks %s", c.Name, lacking(c))
		case c.Readiness == c.Liveness:
			v.warn("readiness and liveness of %s ask the same: %s", c.Name, c.Readiness)
		default:
			v.ok("%s: readiness %s, liveness %s", c.Name, c.Readiness, c.Liveness)
		}
	}
	return next(v.finding(), "give it a readiness and a liveness probe", "")
}

func lacking(c backends.Container) string {
	switch {
	case c.Readiness == "" && c.Liveness == "":
		return "readiness and liveness probes"
	case c.Readiness == "":
		return "a readiness probe"
	}
	return "a liveness probe"
}

// healthPaths are asked of every ready replica. The second of a pair is asked
// where the first is not there: servers differ.
var healthPaths = [][]string{{"/health", "/healthz", "/v2/health/live", "/ping"}, {"/ready", "/readyz", "/v2/health/ready"}}

// healthAnswers asks the replicas now.
func (a *asker) healthAnswers(ctx context.Context) checklist.Finding {
	v := verdict{}
	why := a.eachReplica(ctx, func(replica, url string) {
		for _, paths := range healthPaths {
			v.source = "GET " + paths[0]
			path, status, took, err := a.firstFound(ctx, url, paths)
			switch {
			case err != nil:
				v.fail("%s does not answer: %s", replica, err)
			case status == http.StatusNotFound:
				v.warn("%s has no %s", replica, paths[0])
			case status != http.StatusOK:
				v.fail("%s answers %d to %s", replica, status, path)
			default:
				v.ok("%s answers %s in %s", replica, path, took.Round(time.Millisecond/10))
			}
		}
	})
	if why != nil {
		return *why
	}
	return next(v.finding(), "see what keeps it from answering", checklist.GoExplain)
}

// eachReplica calls f with the address of every ready replica of the variant,
// or says why it could not be done.
func (a *asker) eachReplica(ctx context.Context, f func(replica, url string)) *checklist.Finding {
	fail := func(f checklist.Finding) *checklist.Finding { return &f }
	if a.Reacher == nil {
		return fail(unknown("replicas of the %s backend cannot be reached from here", a.Deployment.Backend))
	}
	d, _ := a.Deployment.Variant(a.Subject.Variant)
	asked := 0
	for _, r := range d.Replicas {
		if r.State != backends.OK && r.State != backends.Warn {
			continue
		}
		url, done, err := a.Reacher.Reach(ctx, a.Deployment.Name, r.Name)
		if err != nil {
			return fail(unknown("reach %s: %s", r.Name, err))
		}
		f(r.Name, url)
		done()
		asked++
	}
	if asked == 0 {
		return fail(next(say(checklist.Fail, "no replica of %s is ready", a.Subject.Variant), "see why", checklist.GoExplain))
	}
	return nil
}

func (a *asker) firstFound(ctx context.Context, url string, paths []string) (path string, status int, took time.Duration, err error) {
	for _, path = range paths {
		start := a.Now()
		status, _, err = a.get(ctx, http.MethodGet, url+path, nil, nil)
		took = a.Now().Sub(start)
		if err != nil || status != http.StatusNotFound {
			return path, status, took, err
		}
	}
	return paths[0], status, took, err
}

// maxAnswer is the most bytes of an answer that are read.
const maxAnswer = 1 << 20

// get asks a service.
func (a *asker) get(ctx context.Context, method, url string, body io.Reader, header http.Header) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return 0, nil, err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := a.HTTP.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return 0, nil, fmt.Errorf("read the answer: %w", err)
	}
	return resp.StatusCode, data, nil
}

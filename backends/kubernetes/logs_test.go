package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/world"
)

// kubelet has the logs of pods, and tells a reader when pods change.
type kubelet struct {
	mu      sync.Mutex
	pods    []logged
	lines   map[string][]string // of a pod, with times
	running map[string]chan struct{}
	opened  map[string]int
	news    chan struct{}
}

func newKubelet() *kubelet {
	return &kubelet{lines: make(map[string][]string), running: make(map[string]chan struct{}), opened: make(map[string]int), news: make(chan struct{})}
}

func (k *kubelet) changed() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.news
}

func (k *kubelet) list() []logged {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]logged{}, k.pods...)
}

// set puts pods in place of those that are there.
func (k *kubelet) set(pods ...logged) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pods = pods
	close(k.news)
	k.news = make(chan struct{})
}

func (k *kubelet) write(pod string, second int, text string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lines[pod] = append(k.lines[pod], fmt.Sprintf("%s %s\n", clock(second).Format(time.RFC3339Nano), text))
}

func clock(second int) time.Time { return time.Date(2026, 11, 27, 10, 0, second, 5, time.UTC) }

func (k *kubelet) open(ctx context.Context, _, pod string, o api.LogOptions) (io.ReadCloser, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.opened[pod]++
	lines, there := k.lines[pod]
	if !there {
		return nil, apierrors.NewNotFound(schema.GroupResource{Resource: "pods"}, pod)
	}
	text := strings.Join(lines, "")
	if !o.Follow {
		return io.NopCloser(strings.NewReader(text)), nil
	}
	ends := k.running[pod]
	r, w := io.Pipe()
	go func() {
		_, _ = io.WriteString(w, text)
		select {
		case <-ends:
			k.mu.Lock()
			rest := strings.TrimPrefix(strings.Join(k.lines[pod], ""), text)
			k.mu.Unlock()
			_, _ = io.WriteString(w, rest)
			_ = w.Close()
		case <-ctx.Done():
			_ = w.CloseWithError(ctx.Err())
		}
	}()
	return r, nil
}

// runs is a pod whose container runs since a second.
func runs(name string, second int) logged {
	return logged{pod: &objects.Pod{Meta: objects.Meta{Name: name, UID: types.UID(name)}, Containers: []objects.Container{
		{Name: "model", State: objects.ContainerState{Kind: "running", Started: clock(second)}}}}, variant: "A"}
}

func reader(k *kubelet, q backends.LogQuery) *logReader {
	return &logReader{open: k.open, query: q, now: time.Now, logs: make(map[types.UID]*podLog)}
}

func TestLogsOfPodsAreMerged(t *testing.T) {
	k := newKubelet()
	k.write("a", 1, "one")
	k.write("b", 2, "two")
	k.write("a", 3, strings.Repeat("x", 70<<10))
	out := make(chan backends.LogLine, 10)
	r := reader(k, backends.LogQuery{Deployment: "churn", Since: clock(1)})
	r.now = func() time.Time { return clock(30) }
	r.past(t.Context(), []logged{runs("a", 0), runs("b", 0), runs("gone", 0)}, out)
	close(out)
	var got []string
	for l := range out {
		got = append(got, l.Replica+" "+l.Text[:min(9, len(l.Text))])
		if len(l.Text) > 64<<10+3 || l.Deployment != "churn" || l.Variant != "A" {
			t.Errorf("a line of %d bytes of %s %s", len(l.Text), l.Deployment, l.Variant)
		}
	}
	if text := strings.Join(got, "|"); text != `a one|b two|a xxxxxxxxx|gone (pods "go` {
		t.Errorf("the lines are %s", text)
	}
}

func TestFollowedPodsComeRestartAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKubelet()
		first, again := make(chan struct{}), make(chan struct{})
		k.write("a", 1, "a1")
		k.running["a"] = first
		k.set(runs("a", 0))
		r := reader(k, backends.LogQuery{Deployment: "churn", Follow: true})
		out := make(chan backends.LogLine, 100)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			r.past(ctx, k.list(), out)
			r.follow(ctx, k.changed, k.list, out)
			close(ended)
		}()
		expect := func(want string) {
			t.Helper()
			time.Sleep(3 * time.Second)
			synctest.Wait()
			var got []string
			for len(out) > 0 {
				got = append(got, (<-out).Text)
			}
			if text := strings.Join(got, " "); text != want {
				t.Errorf("the lines are %q, want %q", text, want)
			}
		}
		expect("a1")

		k.write("b", 2, "b2") // of a rollout
		k.running["b"] = make(chan struct{})
		k.set(runs("a", 0), runs("b", 2))
		expect("b2")

		k.write("a", 3, "a3") // it ends, and starts again
		close(first)
		k.mu.Lock()
		k.running["a"] = again
		k.mu.Unlock()
		crashed := runs("a", 0)
		crashed.pod.Containers[0].State = objects.ContainerState{Kind: "waiting", Reason: "CrashLoopBackOff"}
		crashed.pod.Containers[0].Last = objects.ContainerState{Kind: "terminated", Started: clock(0)}
		k.set(crashed, runs("b", 2))
		expect("a3")
		before := k.opened["a"]
		expect("")
		if k.opened["a"] != before {
			t.Errorf("a container that does not run is asked for its log %d times more", k.opened["a"]-before)
		}
		k.write("a", 4, "a4")
		k.set(runs("a", 4), runs("b", 2))
		expect("a4")

		k.mu.Lock()
		delete(k.lines, "a") // removed
		k.mu.Unlock()
		close(again)
		k.set(runs("b", 2))
		expect("")
		cancel()
		synctest.Wait()
		select {
		case <-ended:
		default:
			t.Error("it does not end with its context")
		}
	})
}

func TestFollowingOneReplicaEndsWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKubelet()
		ends := make(chan struct{})
		k.write("a", 1, "a1")
		k.running["a"] = ends
		k.set(runs("a", 0))
		r := reader(k, backends.LogQuery{Replica: "a", Follow: true})
		out, ended := make(chan backends.LogLine, 10), make(chan struct{})
		go func() {
			r.follow(t.Context(), k.changed, k.list, out)
			close(ended)
		}()
		time.Sleep(time.Second)
		close(ends)
		k.set()
		<-ended // synctest fails when nothing goes on
		if len(out) != 1 {
			t.Errorf("%d lines", len(out))
		}
	})
}

func TestWhoseLogsAreRead(t *testing.T) {
	s := scene{found: world.Deployment{Name: "churn", Variants: []world.Variant{
		{Name: "A", Pods: []*objects.Pod{runs("a-1", 0).pod}, Leaving: []*objects.Pod{runs("a-0", 0).pod}}, {Name: "B"}}}}
	for _, c := range []struct {
		query backends.LogQuery
		want  string
	}{
		{backends.LogQuery{}, "a-1 a-0"}, {backends.LogQuery{Variant: "A", Replica: "a-0"}, "a-0"}, {backends.LogQuery{Variant: "B"}, ""},
		{backends.LogQuery{Variant: "C"}, "variant"}, {backends.LogQuery{Replica: "x"}, "replica"},
	} {
		pods, err := s.logs(c.query)
		var names []string
		for _, p := range pods {
			names = append(names, p.pod.Name)
		}
		got := strings.Join(names, " ")
		var missing *backends.NotFoundError
		if errors.As(err, &missing) {
			got = missing.Kind
		}
		if got != c.want {
			t.Errorf("%+v: %s, want %s", c.query, got, c.want)
		}
	}
	held := runs("p", 0)
	held.pod.Containers = []objects.Container{{Name: "fetch", Init: true, State: objects.ContainerState{Kind: "running"}}, {Name: "model", State: objects.ContainerState{Kind: "waiting", Reason: "PodInitializing"}}}
	if c := held.reads(); c.Name != "fetch" {
		t.Errorf("of a pod that initialises the log of %s is read", c.Name)
	}
}

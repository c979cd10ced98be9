package stack_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/internal/dockertest"
	"pitwall/backends/docker/stack"
	"pitwall/testdata"
)

func TestMain(m *testing.M) { dockertest.Main(m) }

// options are those of a stack of the test's own, which is removed with it.
func options(t *testing.T) stack.Options {
	t.Helper()
	binary := dockertest.Binary(t)
	name := dockertest.Name(t)
	return stack.Options{Name: name, Binary: binary, Version: "test", Models: testdata.Models, Local: true, StateDir: t.TempDir(),
		Rate: 40, Labels: dockertest.Labels(name), Say: func(s string) { t.Log(s) }}
}

func TestDockerUpServesAndDownRemoves(t *testing.T) {
	e := dockertest.Engine(t)
	o := options(t)
	s, err := stack.Up(t.Context(), e, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("up in %v", s.Took.Round(time.Millisecond))
	again, err := stack.Up(t.Context(), e, o)
	if err != nil || len(again.Made) > 0 {
		t.Errorf("a second up made %v, %v", again.Made, err)
	}
	share(t, s.Doors[0].URL)
	dockertest.Eventually(t, "all eight targets are up", func() bool { return query(s.Prometheus, "sum(up)") == "8" })
	dockertest.Eventually(t, "the front door is measured", func() bool {
		return query(s.Prometheus, `count(sum by (variant) (rate(gateway_requests_total{deployment="model-api"}[30s])) > 0)`) == "2"
	})
	if _, err := stack.Down(t.Context(), e, o); err != nil {
		t.Fatal(err)
	}
	left, err := stack.Find(t.Context(), e, o)
	if err != nil || !left.Empty() {
		t.Errorf("left behind: %+v, %v", left, err)
	}
}

// share sends requests of many users and counts the versions that answer.
func share(t *testing.T, url string) {
	t.Helper()
	body := fmt.Sprintf(`{"features":[%s0]}`, strings.Repeat("0,", 29))
	seen := map[string]int{}
	const n = 1000
	for i := range n {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/predict", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-User-Id", fmt.Sprintf("somebody-%d", i))
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		seen[response.Header.Get("X-Model-Version")]++
	}
	if a, b := seen["1.0.0"], seen["1.1.0"]; a+b != n || b < n*24/100 || b > n*36/100 {
		t.Errorf("of %d requests the versions answered %v, want 70 to 30", n, seen)
	}
}

// query is the only value of an instant query, "" when there is none.
func query(prometheus, expr string) string {
	response, err := http.Get(prometheus + "/api/v1/query?query=" + url.QueryEscape(expr))
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	var answer struct {
		Data struct{ Result []struct{ Value [2]any } }
	}
	if json.NewDecoder(response.Body).Decode(&answer) != nil || len(answer.Data.Result) != 1 {
		return ""
	}
	return fmt.Sprint(answer.Data.Result[0].Value[1])
}

func TestDockerForeignNameIsRefusedBeforeAnythingIsMade(t *testing.T) {
	e := dockertest.Engine(t)
	o := options(t)
	image := dockertest.Image(t, e)
	if _, err := e.Create(t.Context(), engine.Spec{Name: o.Name + "-model-api-door", Image: image, Labels: dockertest.Labels(o.Name)}); err != nil {
		t.Fatal(err)
	}
	_, err := stack.Up(t.Context(), e, o)
	if taken, ok := errors.AsType[*stack.TakenError](err); !ok || len(taken.What) != 1 {
		t.Errorf("up over a foreign container: %v", err)
	}
	if left, err := stack.Find(t.Context(), e, o); err != nil || !left.Empty() {
		t.Errorf("made all the same: %+v, %v", left, err)
	}
}

func TestDockerUpIsInterruptedAndResumed(t *testing.T) {
	e := dockertest.Engine(t)
	o := options(t)
	port, err := net.Listen("tcp", "127.0.0.1:7590") // the monitor's: taken by this test, or by another
	if err == nil {
		defer port.Close()
	}
	ctx, interrupt := context.WithCancel(t.Context())
	say := o.Say
	o.Say = func(line string) {
		say(line)
		if strings.Contains(line, "model-api-a-r1-") {
			interrupt()
		}
	}
	_, err = stack.Up(ctx, e, o)
	broken, ok := errors.AsType[*stack.IncompleteError](err)
	if !ok || len(broken.Made) == 0 || !strings.Contains(err.Error(), "pitwall down") {
		t.Fatalf("interrupted: %v", err)
	}
	s, err := stack.Up(t.Context(), e, o)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(s.There, "network "+o.Name) {
		t.Errorf("the second up made everything again: there was %v", s.There)
	}
	if strings.HasSuffix(s.Prometheus, ":7590") || !strings.Contains(strings.Join(s.Notes, "\n"), "port 7590 was taken") {
		t.Errorf("a taken port: published at %s, told %v", s.Prometheus, s.Notes)
	}
	share(t, s.Doors[0].URL)
	if _, err := stack.Down(t.Context(), e, o); err != nil {
		t.Fatal(err)
	}
}

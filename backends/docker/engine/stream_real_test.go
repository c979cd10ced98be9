package engine_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/internal/dockertest"
)

func TestEventsOfAnEngine(t *testing.T) {
	c := dockertest.Engine(t)
	image, prefix := dockertest.Image(t, c), dockertest.Name(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	began := time.Now()
	stream := c.Events(ctx, time.Time{})
	time.Sleep(200 * time.Millisecond) // it begins at the engine's time, once it was asked
	id := dockertest.Run(t, c, prefix, engine.Spec{Name: "a", Image: image, Health: dockertest.HealthCheck(time.Second)})
	dockertest.Eventually(t, "healthy", func() bool {
		got, err := c.Container(ctx, id)
		return err == nil && got.Health.Status == "healthy"
	})
	check(t, c.Rename(ctx, id, prefix+"-b"))
	check(t, c.Stop(ctx, id, 10*time.Second))
	check(t, c.Remove(ctx, id))
	var got []string
	for e := range stream {
		if e.ID != id {
			continue
		}
		got = append(got, strings.TrimSpace(e.Action+" "+e.Health+e.Signal))
		if e.Labels[dockertest.Label] != prefix {
			t.Errorf("%s has the labels %v", e.Action, e.Labels)
		}
		if e.Action == "destroy" {
			break
		}
	}
	want := []string{"create", "start", "health_status healthy", "rename", "kill 15", "die", "stop", "destroy"}
	if !slices.Equal(got, want) {
		t.Errorf("the events are %q, want %q", got, want)
	}
	past, err := c.PastEvents(ctx, began, time.Time{})
	check(t, err)
	mine := slices.DeleteFunc(past, func(e engine.Event) bool { return e.ID != id })
	if len(mine) != len(want) || mine[0].Action != "create" || mine[3].Name != prefix+"-b" {
		t.Errorf("the past is %+v", mine)
	}
	cancel()
	for range stream {
	}
}

func TestLogsOfAnEngine(t *testing.T) {
	c := dockertest.Engine(t)
	image, prefix := dockertest.Image(t, c), dockertest.Name(t)
	ctx := t.Context()
	var ids []string
	for _, name := range []string{"a", "b"} {
		ids = append(ids, dockertest.Run(t, c, prefix, engine.Spec{Name: name, Image: image, Command: []string{"print", "30", "10ms", name}}))
	}
	for _, id := range ids {
		_, err := c.Wait(ctx, id)
		check(t, err)
	}
	lines, err := c.Logs(ctx, engine.LogQuery{IDs: append(ids, prefix+"-none")})
	check(t, err)
	var all []engine.LogLine
	for l := range lines {
		all = append(all, l)
	}
	if len(all) != 60 || !slices.IsSortedFunc(all, func(a, b engine.LogLine) int { return a.At.Compare(b.At) }) {
		t.Errorf("%d lines, or not in order", len(all))
	}
	errs := 0
	for _, l := range all {
		if l.Stream == engine.StreamErr {
			errs++
		}
		if !strings.HasPrefix(l.Text, strings.TrimPrefix(l.Name, prefix+"-")+" ") {
			t.Errorf("%s wrote %q", l.Name, l.Text)
		}
	}
	if errs != 20 {
		t.Errorf("%d lines of standard error", errs)
	}
	tail, err := c.Logs(ctx, engine.LogQuery{IDs: ids, Tail: 2})
	check(t, err)
	n := 0
	for range tail {
		n++
	}
	if n != 4 {
		t.Errorf("the last two lines of two containers are %d", n)
	}
	since, err := c.Logs(ctx, engine.LogQuery{IDs: ids, Since: all[50].At})
	check(t, err)
	n = 0
	for range since {
		n++
	}
	if n != 10 {
		t.Errorf("from line 50 on there are %d", n)
	}
}

// TestNewOutput: nothing of what was written before, of standard output only,
// and it ends with the container or when it is closed.
func TestNewOutput(t *testing.T) {
	c := dockertest.Engine(t)
	image, prefix := dockertest.Image(t, c), dockertest.Name(t)
	id := dockertest.Run(t, c, prefix, engine.Spec{Name: "a", Image: image, Command: []string{"print", "200", "10ms", "x"}})
	time.Sleep(300 * time.Millisecond) // it writes meanwhile
	out, err := c.NewOutput(t.Context(), id)
	check(t, err)
	text, err := io.ReadAll(out)
	check(t, err)
	check(t, out.Close())
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) < 20 || len(lines) > 195 || strings.HasPrefix(lines[0], "x 0 ") || !strings.HasPrefix(lines[0], "x ") {
		t.Errorf("%d lines, first %q", len(lines), lines[0])
	}
	silent := dockertest.Run(t, c, prefix, engine.Spec{Name: "silent", Image: image})
	out, err = c.NewOutput(t.Context(), silent)
	check(t, err)
	time.AfterFunc(100*time.Millisecond, func() { _ = out.Close() })
	if _, err := io.ReadAll(out); err == nil {
		t.Error("what was closed ends as if the container had stopped")
	}
	if _, err := c.NewOutput(t.Context(), prefix+"-none"); err == nil {
		t.Error("of no container there is output")
	}
}

func TestAFollowedLogSurvivesARestart(t *testing.T) {
	c := dockertest.Engine(t)
	image, prefix := dockertest.Image(t, c), dockertest.Name(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	silent := dockertest.Run(t, c, prefix, engine.Spec{Name: "silent", Image: image})
	id := dockertest.Run(t, c, prefix, engine.Spec{Name: "a", Image: image, Command: []string{"print", "5", "20ms", "x"}})
	lines, err := c.Logs(ctx, engine.LogQuery{IDs: []string{id, silent}, Follow: true})
	check(t, err)
	var got []string
	for round := range 3 {
		for len(got) < 5*(round+1) {
			l, open := <-lines
			if !open {
				t.Fatalf("the log ended after %q", got)
			}
			if l.ID == id {
				got = append(got, l.Text)
			}
		}
		if round < 2 {
			_, err := c.Wait(ctx, id)
			check(t, err)
			check(t, c.Start(ctx, id))
		}
	}
	counts := make(map[string]int)
	for _, text := range got {
		counts[text]++
	}
	for n := range 5 {
		if counts[fmt.Sprintf("x %d", n)] != 3 {
			t.Errorf("the lines are %q", got)
			break
		}
	}
	check(t, c.Remove(ctx, id))
	check(t, c.Remove(ctx, silent))
	for range lines { // it ends, all its containers are gone
	}
	if ctx.Err() != nil {
		t.Error("the log did not end with its containers")
	}
}

func TestLongLinesAndTerminalsOfAnEngine(t *testing.T) {
	c := dockertest.Engine(t)
	image, prefix := dockertest.Image(t, c), dockertest.Name(t)
	ctx := t.Context()
	read := func(id string) (all []engine.LogLine) {
		t.Helper()
		_, err := c.Wait(ctx, id)
		check(t, err)
		lines, err := c.Logs(ctx, engine.LogQuery{IDs: []string{id}})
		check(t, err)
		for l := range lines {
			all = append(all, l)
		}
		return all
	}
	long := read(dockertest.Run(t, c, prefix, engine.Spec{Name: "long", Image: image, Command: []string{"fill", "40000"}}))
	if len(long) != 1 || long[0].Text != strings.Repeat("x", 40000) || long[0].At.IsZero() {
		t.Errorf("a line of 40,000 bytes without an end is %d lines", len(long))
	}
	id := engine.CreateTTY(t, c, engine.Spec{Name: prefix + "-tty", Image: image, Command: []string{"print", "4", "1ms", "t"}, Labels: dockertest.Labels(prefix)})
	check(t, c.Start(ctx, id))
	terminal := read(id)
	if len(terminal) != 4 || terminal[3].Text != "t 3" || terminal[3].Stream != engine.StreamOut || terminal[0].At.IsZero() {
		t.Errorf("of a terminal there is %+v", terminal)
	}
}

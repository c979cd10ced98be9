package review

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/operation"
	"pitwall/ui"
	"pitwall/views"
	"pitwall/views/viewtest"
)

func TestRunningOperationSurvivesClosing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConsole(t, operation.Confirm)
		c.ops.gate = make(chan struct{})
		c.ops.Reports = []operation.Progress{
			{Stage: operation.Recorded}, {Stage: operation.Accepted},
			{Stage: operation.Observing, Observed: backends.Split{"A": 60, "B": 40}, Requests: 100, Text: "observed A 60 % B 40 %"},
		}
		c.open()
		c.keys(char("y"))
		c.shows("[esc] close, it goes on")
		if c.Running.Busy("model-api") == "" {
			t.Error("the deployment is not claimed")
		}
		c.keys(esc)
		if len(c.dialogs) != 0 {
			t.Fatal("esc did not close the dialog")
		}
		close(c.ops.gate)
		synctest.Wait()
		c.settle()
		if got := c.toast(); got.Level != ui.Good || !strings.Contains(got.Text, "observed A 50.4 %") {
			t.Errorf("toast %+v", got)
		}
		var tasks []ui.Task
		for _, m := range c.seen {
			if task, ok := m.(ui.Task); ok {
				tasks = append(tasks, task)
			}
		}
		if len(tasks) < 3 || tasks[0].Done || !tasks[len(tasks)-1].Done || !strings.Contains(tasks[len(tasks)-2].Text, "observing A 60.0 % B 40.0 %") {
			t.Errorf("tasks %+v", tasks)
		}
		if c.Running.Busy("model-api") != "" {
			t.Error("the deployment is still claimed")
		}
	})
}

func TestOneOperationAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConsole(t, operation.Confirm)
		c.ops.gate = make(chan struct{})
		c.open()
		c.open() // planned while nothing ran
		c.keys(char("y"))
		if len(c.dialogs) != 2 {
			t.Fatalf("%d dialogs", len(c.dialogs))
		}
		c.dialogs = c.dialogs[:1] // the other review, still asking
		c.keys(char("y"))
		c.shows("still running: Move model-api")
		c.open()
		if got := c.toast(); got.Level != ui.Warning || !strings.Contains(got.Text, "one operation at a time") {
			t.Errorf("toast %+v", got)
		}
		close(c.ops.gate)
		synctest.Wait()
		c.settle()
		if c.ran() != 1 {
			t.Errorf("%d operations ran", c.ran())
		}
	})
}

func TestConflictShowsWhoAndOffersANewReview(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConsole(t, operation.Confirm)
		c.ops.RunErr = conflict
		c.ops.Ended = operation.Outcome{Result: "failed", Text: "changed by someone else: nothing was applied", IntentID: "01JDAB"}
		c.open()
		c.keys(char("y"))
		c.shows("conflict", "changed by bob@desk 14:03: split A=70 B=30", "A=75 B=25", "nothing was applied", "[r] review again")
		asked := len(c.ops.Asked)
		c.keys(char("r"))
		if len(c.ops.Asked) != asked+1 || c.ops.Asked[asked].Token != "" || c.ran() != 1 {
			t.Errorf("asked %+v, ran %d times", c.ops.Asked[asked:], c.ran())
		}
	})
}

func TestChangeWhileTheQuestionIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConsole(t, operation.Typed)
		c.open()
		moved := viewtest.Fleet()
		moved.Rows[0].Deployment.Token, moved.Rows[0].Deployment.SplitBy = "8", "bob\x1b[31m"
		moved.Rows[0].Deployment.SplitAt = viewtest.Now
		c.Send(views.SnapshotMsg{Snapshot: moved}) // listed before the plan was made
		c.settle()
		if strings.Contains(c.text(), "changed") {
			t.Fatalf("an older listing counts:\n%s", c.text())
		}
		moved.Rows[0].ListedAt = viewtest.Now.Add(time.Second)
		c.Send(views.SnapshotMsg{Snapshot: moved})
		c.settle()
		c.shows("changed by bob", "[r] review again")
		c.keys(chars("model-api")...)
		c.keys(enter)
		if c.ran() != 0 {
			t.Error("a review that is out of date was confirmed")
		}
	})
}

func TestUndoIsAReviewOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConsole(t, operation.Confirm)
		c.open()
		c.keys(char("y"), char("u"))
		last := c.ops.Asked[len(c.ops.Asked)-1]
		if !last.Split.Equal(backends.Split{"A": 70, "B": 30}) || c.ran() != 1 || len(c.dialogs) != 1 {
			t.Errorf("asked %+v, ran %d, dialogs %d", last, c.ran(), len(c.dialogs))
		}
	})
}

func TestHowItEnds(t *testing.T) {
	for name, test := range map[string]struct {
		outcome operation.Outcome
		err     error
		level   ui.Level
		want    string
	}{
		"accepted": {operation.Outcome{Result: "ok", Text: "accepted, not yet observed: too little traffic"}, nil, ui.Warning, "too little traffic"},
		"unknown":  {operation.Outcome{Result: "unknown", Text: "it may or may not have been applied"}, errors.New("timeout"), ui.Failure, "look before"},
		"failed":   {operation.Outcome{Result: "failed", Text: "nothing was applied"}, errors.New("no space left on device"), ui.Failure, "no space left"},
		"journal":  {operation.Outcome{Result: "ok", Observed: true, Text: "observed"}, &operation.JournalError{Changed: true, Err: errors.New("disk full")}, ui.Failure, "disk full"},
		"denied":   {operation.Outcome{}, &operation.DeniedError{Guards: []operation.Guard{{Text: "B died"}}}, ui.Failure, "B died"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newConsole(t, operation.Confirm)
				c.ops.Ended, c.ops.RunErr = test.outcome, test.err
				c.open()
				c.keys(char("y"))
				c.shows(test.want)
				if got := c.toast(); got.Level != test.level || !strings.Contains(got.Text, test.want) {
					t.Errorf("toast %+v", got)
				}
			})
		})
	}
}

// healing is a views.Recovery that reports once and then waits.
type healing struct {
	asked []operation.RecoveryWatch
	end   chan operation.Recovery
}

func (h *healing) WatchRecovery(ctx context.Context, w operation.RecoveryWatch, report func(operation.Recovery)) (operation.Recovery, error) {
	h.asked = append(h.asked, w)
	report(operation.Recovery{Bad: []string{"p95 is 271 ms"}, Text: "p95 is 271 ms, above 200 ms"})
	select {
	case r := <-h.end:
		return r, nil
	case <-ctx.Done():
		return operation.Recovery{}, ctx.Err()
	}
}

func TestRecoveryIsWatchedAfterARetreat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConsole(t, operation.Confirm)
		c.ops.Planned.Change.Split = backends.Split{"A": 100, "B": 0}
		h := &healing{end: make(chan operation.Recovery)}
		c.Recovery = h
		c.open()
		c.keys(char("y"))
		c.shows("recovering", "p95 is 271 ms")
		if len(h.asked) != 1 || h.asked[0].IntentID != "01JDAB" || h.asked[0].Deployment != "model-api" {
			t.Fatalf("asked to watch %+v", h.asked)
		}
		if c.Running.Busy("model-api") != "" {
			t.Error("watching bars the next operation")
		}
		h.end <- operation.Recovery{Done: true, Verified: true, Text: "verified: model-api has been healthy for 1m"}
		synctest.Wait()
		c.settle()
		c.shows("recovered", "healthy for 1m")
		if got := c.toast(); got.Level != ui.Good {
			t.Errorf("toast %+v", got)
		}
	})
}

func TestNextOperationEndsTheWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConsole(t, operation.Confirm)
		c.ops.Planned.Change = backends.Change{Op: backends.OpRollback, Deployment: "model-api", Variant: "B", Revision: 3}
		c.Recovery = &healing{end: make(chan operation.Recovery)}
		c.open()
		c.keys(char("y"), esc)
		c.ops.Planned.Change = plan(operation.Confirm).Change
		c.open()
		c.keys(char("y"))
		done := slices.ContainsFunc(c.seen, func(m tea.Msg) bool {
			task, ok := m.(ui.Task)
			return ok && task.ID == "recovery model-api" && task.Done
		})
		if !done || c.ran() != 2 {
			t.Errorf("the watch goes on; %d operations ran", c.ran())
		}
	})
}

func TestAllToStableIsASplit(t *testing.T) {
	got := AllToStable(viewtest.ModelAPI().Deployment)
	if got.Op != backends.OpSplit || !got.Split.Equal(backends.Split{"A": 100}) || got.Split.Validate([]string{"A", "B"}) != nil {
		t.Errorf("got %+v", got)
	}
}

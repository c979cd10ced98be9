package checklist

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pitwall/backends"
)

// memory is a shared text with a version, as a ConfigMap has it.
type memory struct {
	mu      sync.Mutex
	text    backends.SharedText
	n       int
	failing error
	before  func() // a write
}

func (m *memory) ReadShared(context.Context, string) (backends.SharedText, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.text, m.failing
}

func (m *memory) WriteShared(_ context.Context, _ string, t backends.SharedText) error {
	if m.before != nil {
		m.before()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failing != nil {
		return m.failing
	}
	if t.Version != m.text.Version {
		return backends.ErrSharedMoved
	}
	m.n++
	t.Version = fmt.Sprint(m.n)
	m.text = t
	return nil
}

// pen gives sign-offs numbers.
type pen struct {
	mu   sync.Mutex
	n    int
	fail error
}

func (p *pen) Sign(s SignOff) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	return fmt.Sprintf("%s-%d", s.By, p.n), p.fail
}

func walkOf(by string, m *memory, p *pen) *Walk {
	probe := func(context.Context) Finding { return Finding{State: Pass, Text: "12 MB"} }
	return NewWalk(WalkOptions{List: Standard(), Subject: running, By: by, Loader: Shared{m}, Merger: Shared{m}, Signer: p,
		Probes: func() map[string]Probe { return map[string]Probe{"model.size": probe} }, Now: func() time.Time { return noon }})
}

func TestTwoPeopleWalk(t *testing.T) {
	m := &memory{}
	ana, bob := walkOf("ana", m, &pen{}), walkOf("bob", m, &pen{})
	size, _ := ana.List().Item("model-size")
	looks := 0
	if err := ana.Look(t.Context(), []Item{size}, func() { looks++ }); err != nil || looks != 1 {
		t.Fatalf("look: %v, told %d times", err, looks)
	}
	signed, err := ana.Sign(t.Context(), SignOff{Item: "on-call", Verdict: Attest, Note: "asked Carl"})
	if err != nil || signed.Expires != noon.Add(7*24*time.Hour) || signed.Subject != running {
		t.Fatalf("signed %+v, %v", signed, err)
	}
	if err := bob.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, row := range bob.Report().Rows {
		if want := map[string]State{"model-size": Pass, "on-call": Attested}[row.Item.ID]; row.State != want {
			t.Errorf("bob sees %s as %s: %s", row.Item.ID, row.State, row.Text)
		}
	}
	if _, err := bob.Sign(t.Context(), SignOff{Item: "on-call", Verdict: Revoke, Of: signed.ID, Note: "Carl left"}); err != nil {
		t.Fatal(err)
	}
	if len(bob.Standing("on-call")) != 0 {
		t.Error("what was revoked still stands")
	}
}

// TestNothingIsLostBetweenWriters: each reads, and another writes first.
func TestNothingIsLostBetweenWriters(t *testing.T) {
	m := &memory{}
	var wg sync.WaitGroup
	for i := range 8 {
		w := walkOf(fmt.Sprint("user", i), m, &pen{})
		wg.Go(func() {
			if _, err := w.Sign(t.Context(), SignOff{Item: "on-call", Verdict: Attest, Note: "asked"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if r, err := (Shared{m}).Load(t.Context(), "churn"); err != nil || len(r.SignOffs) != 8 {
		t.Errorf("%d of 8 sign-offs, %v", len(r.SignOffs), err)
	}
}

func TestWhatCannotBeSigned(t *testing.T) {
	m := &memory{}
	note := SignOff{Item: "on-call", Verdict: Attest, Note: "asked"}
	away := errors.New("not permitted: update configmaps")
	for name, test := range map[string]struct {
		walk *Walk
		want string
	}{
		"read-only": {NewWalk(WalkOptions{List: Standard(), Subject: running, Loader: Shared{m}, Why: "read-only", Now: time.Now}), "read-only"},
		"disk full": {walkOf("ana", m, &pen{fail: errors.New("no space left")}), "write it to the journal: no space left"},
		"well":      {walkOf("ana", m, &pen{}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := test.walk.Sign(t.Context(), note)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
	lost := &memory{}
	lost.before = func() { lost.mu.Lock(); lost.failing = away; lost.mu.Unlock() }
	_, err := walkOf("ana", lost, &pen{}).Sign(t.Context(), note)
	if half, ok := errors.AsType[*NotSharedError](err); !ok || !errors.Is(half, away) {
		t.Errorf("error %v: it has to say that the journal has it and the others do not", err)
	}
	busy := &memory{}
	busy.before = func() { busy.mu.Lock(); busy.n++; busy.text.Version = fmt.Sprint(busy.n); busy.mu.Unlock() }
	if _, err := (Shared{busy}).Merge(t.Context(), "churn", Record{}); err == nil || !strings.Contains(err.Error(), "all the time") {
		t.Errorf("error %v", err)
	}
	if _, err := (Shared{&memory{text: backends.SharedText{Data: []byte("<"), From: "ConfigMap churn-pitwall"}}}).Load(t.Context(), "churn"); err == nil || !strings.Contains(err.Error(), "ConfigMap churn-pitwall holds no checklist") {
		t.Errorf("error %v", err)
	}
}

// TestWhatIFoundMyselfCounts: not what another found meanwhile, by other
// settings or another clock.
func TestWhatIFoundMyselfCounts(t *testing.T) {
	m := &memory{}
	strict := walkOf("ana", m, &pen{})
	strict.probes = func() map[string]Probe {
		return map[string]Probe{"model.size": func(context.Context) Finding {
			theirs := found("model.size", Pass)
			theirs.At = noon.Add(30 * time.Second)
			if _, err := (Shared{m}).Merge(t.Context(), "churn", Record{Evidence: []Evidence{theirs}}); err != nil {
				t.Error(err)
			}
			return Finding{State: Fail, Text: "500 MB", Next: "prune it"}
		}}
	}
	size, _ := strict.List().Item("model-size")
	if err := strict.Look(t.Context(), []Item{size}, nil); err != nil {
		t.Fatal(err)
	}
	for _, row := range strict.Report().Rows {
		if row.Item.ID == "model-size" && row.State != Fail {
			t.Errorf("%s: %s: the other one's evidence counts", row.State, row.Text)
		}
	}
}

// TestRefusedAgainAndAgain: what signing again does not help against says what does.
func TestRefusedAgainAndAgain(t *testing.T) {
	refused := &backends.SharedRefusedError{Err: errors.New("the configmap is immutable"), Next: "make it anew"}
	foreign, forbidden := &memory{text: backends.SharedText{Version: "7", Locked: refused}}, &memory{}
	forbidden.before = func() { forbidden.mu.Lock(); forbidden.failing = refused; forbidden.mu.Unlock() }
	for name, m := range map[string]*memory{"locked": foreign, "forbidden": forbidden} {
		_, err := walkOf("ana", m, &pen{}).Sign(t.Context(), SignOff{Item: "on-call", Verdict: Attest, Note: "asked"})
		if _, half := errors.AsType[*NotSharedError](err); !half || !strings.HasSuffix(err.Error(), "the configmap is immutable: make it anew; then sign again") {
			t.Errorf("%s: %v", name, err)
		}
		if m.n != 0 {
			t.Errorf("%s: it was written", name)
		}
	}
}

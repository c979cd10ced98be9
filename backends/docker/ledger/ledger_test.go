package ledger

import (
	"context"
	"errors"
	"maps"
	"sync"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/docker/engine"
)

// memory is an engine's volumes: a name is made once.
type memory struct {
	mu      sync.Mutex
	volumes map[string]engine.Volume
	most    int // volumes that were there at once
}

func newMemory() *memory { return &memory{volumes: map[string]engine.Volume{}} }

func (m *memory) Volumes(_ context.Context, label string) ([]engine.Volume, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []engine.Volume
	for _, v := range m.volumes {
		if _, has := v.Labels[label]; has {
			out = append(out, v)
		}
	}
	return out, nil
}

func (m *memory) CreateVolume(_ context.Context, name string, labels map[string]string) (engine.Volume, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v, there := m.volumes[name]; there {
		return v, nil
	}
	m.volumes[name] = engine.Volume{Name: name, Labels: maps.Clone(labels)}
	m.most = max(m.most, len(m.volumes))
	return m.volumes[name], nil
}

func (m *memory) RemoveVolume(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.volumes, name)
	return nil
}

func entryOf(name string, generation uint64) Entry {
	return Entry{Conf: desired.Deployment{Name: name, Generation: generation}}
}

func TestOneOfManyWritersWins(t *testing.T) {
	m := newMemory()
	first, err := New(m).Swap(t.Context(), entryOf("m", 1))
	if err != nil || first.Seq != 1 {
		t.Fatalf("first entry: %+v, %v", first, err)
	}
	results := make(chan error, 8)
	for i := range 8 {
		go func() {
			e := first.Clone()
			e.Conf.Generation = uint64(10 + i)
			_, err := New(m).Swap(t.Context(), e)
			results <- err
		}()
	}
	won := 0
	for range 8 {
		switch err := <-results; {
		case err == nil:
			won++
		case !errors.Is(err, ErrLost):
			t.Error(err)
		}
	}
	all, err := New(m).Load(t.Context())
	if won != 1 || err != nil || all["m"].Seq != 2 || all["m"].Conf.Generation < 10 {
		t.Errorf("%d won, the ledger holds %+v, %v", won, all, err)
	}
}

// TestVolumesWithoutAnEntryAreSkipped: an engine that ends in the middle of
// making a volume leaves one without labels, which must not stop the ledger.
func TestVolumesWithoutAnEntryAreSkipped(t *testing.T) {
	m := newMemory()
	first, err := New(m).Swap(t.Context(), entryOf("m", 1))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []uint64{2, 3} {
		_, _ = m.CreateVolume(t.Context(), volumeName("m", n), nil)
	}
	won, late := first.Clone(), first.Clone()
	won.Conf.Generation = 2
	won, err = New(m).Swap(t.Context(), won)
	if err != nil || won.Seq != 4 {
		t.Fatalf("past two empty volumes: %+v, %v", won, err)
	}
	if _, err := New(m).Swap(t.Context(), late); !errors.Is(err, ErrLost) {
		t.Errorf("who comes second, from before the empty volumes: %v", err)
	}
	all, err := New(m).Load(t.Context())
	if err != nil || all["m"].Conf.Generation != 2 || len(m.volumes) != 2 {
		t.Errorf("the ledger holds %+v in %d volumes, %v", all, len(m.volumes), err)
	}
}

// TestEveryIncrementCounts has writers that read, add one and swap: none may
// be lost and none counted twice, while old entries are swept away.
func TestEveryIncrementCounts(t *testing.T) {
	m := newMemory()
	const writers, each = 4, 25
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for done := 0; done < each; {
				all, err := New(m).Load(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				e := all["m"].Clone()
				e.Conf.Name = "m"
				e.Conf.Generation++
				if _, err = New(m).Swap(t.Context(), e); err == nil {
					done++
				} else if !errors.Is(err, ErrLost) {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	all, _ := New(m).Load(t.Context())
	if all["m"].Conf.Generation != writers*each {
		t.Errorf("counted %d of %d", all["m"].Conf.Generation, writers*each)
	}
	if len(m.volumes) > keepEntries || m.most > keepEntries+writers {
		t.Errorf("%d entries stay, %d were there at once", len(m.volumes), m.most)
	}
}

// TestLateWriterIsTold is about a number that was swept away and is free again.
func TestLateWriterIsTold(t *testing.T) {
	m, l := newMemory(), New(newMemory())
	l.volumes = m
	e, _ := l.Swap(t.Context(), entryOf("m", 1))
	late := e.Clone()
	for range 2 * keepEntries {
		var err error
		if e, err = l.Swap(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Swap(t.Context(), late); !errors.Is(err, ErrLost) {
		t.Errorf("a writer from entry 1 at entry %d: %v", e.Seq, err)
	}
	if all, err := l.Load(t.Context()); err != nil || all["m"].Seq != e.Seq {
		t.Errorf("afterwards: %+v, %v", all, err)
	}
}

func TestNamesAndDamage(t *testing.T) {
	m := newMemory()
	l := New(m)
	for _, name := range []string{"model-api", "churn@shop", "churn/shop", "ü"} {
		if _, err := l.Swap(t.Context(), entryOf(name, 1)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	m.volumes["damaged"] = engine.Volume{Name: "damaged", Labels: map[string]string{labelKey: "x", labelSeq: "3", labelEntry: "{"}}
	all, err := l.Load(t.Context())
	if err == nil || len(all) != 4 {
		t.Errorf("loaded %d entries, error %v", len(all), err)
	}
	if err := l.Forget(t.Context(), "churn@shop"); err != nil {
		t.Fatal(err)
	}
	if all, _ := l.Load(t.Context()); len(all) != 3 {
		t.Errorf("after forgetting one: %d", len(all))
	}
}

func TestEntry(t *testing.T) {
	now := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	e := entryOf("m", 1)
	for range 2 * keepEvents {
		e.Say(backends.Event{At: now, Kind: "split"})
	}
	if len(e.Events) != keepEvents || e.Events[0].Deployment != "m" {
		t.Errorf("%d events, first %+v", len(e.Events), e.Events[0])
	}
	e.Work = &Work{Beat: now, Fresh: []string{"a"}}
	c := e.Clone()
	c.Work.Fresh[0], c.Events[0].Kind = "b", "x"
	if e.Work.Fresh[0] != "a" || e.Events[0].Kind != "split" {
		t.Error("a clone shares with its original")
	}
	var none *Work
	if e.Work.Stalled(now.Add(StaleAfter)) || !e.Work.Stalled(now.Add(StaleAfter+1)) || none.Stalled(now) {
		t.Error("stalled is wrong")
	}
}

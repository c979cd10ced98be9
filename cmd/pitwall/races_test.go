package main

import (
	"encoding/json"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"pitwall/backends/journal"
)

// twoAtOnce lets two people change the same split: one of them is told, nothing
// is retried, and the journal tells both.
func twoAtOnce(t *testing.T, h *headless) {
	asked := startTerminal(t, 120, 40, pitwallCommand(t, h.state, "split", "model-api", "A=60", "B=40", "--reason", "late"))
	asked.until("[y/N]")
	console := startTerminal(t, 120, 40, pitwallCommand(t, h.state))
	console.until("model-api", "wine-api")
	console.goTo("model-api split")
	console.press("=", "50", "\r")
	console.within(30*time.Second, "signals are")
	console.press("\r")
	console.until("[y] apply")

	must(t, h.state, "split", "model-api", "A=80", "B=20", "--yes", "--reason", "early")
	console.until("review again")
	console.press("y") // means nothing any more
	asked.press("y\r")
	if err := asked.exits(); err == nil {
		t.Errorf("the second writer was not told:\n%s", asked.picture())
	}
	if text := asked.text(); !strings.Contains(text, "changed") {
		t.Errorf("the second writer is not told what happened:\n%s", asked.picture())
	}
	if split := configured(t, h.state); split["A"] != 80 {
		t.Errorf("the split is %v", split)
	}
	console.home()
	console.press("q")
	_ = console.exits()

	var records []journal.Record
	if err := json.Unmarshal([]byte(must(t, h.state, "journal", "-o", "json")), &records); err != nil {
		t.Fatal(err)
	}
	results := map[string]string{}
	intents := map[string]string{}
	for _, r := range records {
		if r.Phase == journal.PhaseIntent {
			intents[r.ID] = r.Reason
		} else if reason := intents[r.Intent]; reason != "" {
			results[reason] = r.Result
		}
	}
	if results["early"] != journal.ResultOK || results["late"] != journal.ResultFailed {
		t.Errorf("the journal tells %v", results)
	}
	must(t, h.state, "split", "model-api", "A=70", "B=30", "--yes", "--confirm", "model-api")
}

// prometheusAway takes the source of the signals away and brings it back.
func prometheusAway(t *testing.T, h *headless) {
	address, err := h.reader.Prometheus(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gate := newRelay(t, strings.TrimPrefix(address, "http://"))
	away := "--prometheus=http://" + gate.address
	x := startTerminal(t, 120, 40, pitwallCommand(t, h.state, away))
	x.until("prometheus ✗ offline", "model-api", "AGE")
	refuses(t, h.state, []string{away, "split", "model-api", "A=60", "B=40", "--yes"}, "there are no signals", "only going back to safety")

	gate.open(t)
	x.within(60*time.Second, "prometheus ●")
	must(t, h.state, away, "split", "model-api", "A=50", "B=50", "--yes")

	gate.close()
	x.within(60*time.Second, "prometheus ✗ offline")
	x.goTo("model-api split")
	x.press("=", "75", "\r")
	x.within(60*time.Second, "the signals are", "only going back to safety")
	x.press("\x1b")
	x.gone("only going back to safety")
	x.press("A")
	x.until("[y] apply")
	x.quiet()
	x.press("y")
	waitSplit(t, h.state, 100)
	x.home()

	gate.open(t)
	x.within(60*time.Second, "prometheus ●")
	must(t, h.state, away, "split", "model-api", "A=70", "B=30", "--yes", "--confirm", "model-api")
}

// relay passes TCP connections on, while it is open.
type relay struct {
	address, to string

	mu       sync.Mutex
	listener net.Listener
	conns    []net.Conn
}

// newRelay finds an address and does not listen there yet.
func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	r := &relay{to: to, address: "127.0.0.1:0"}
	r.open(t)
	r.address = r.listener.Addr().String()
	r.close()
	t.Cleanup(r.close)
	return r
}

func (r *relay) open(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	r.listener = l
	r.mu.Unlock()
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", r.to)
			if err != nil {
				_ = in.Close()
				continue
			}
			r.mu.Lock()
			r.conns = append(r.conns, in, out)
			r.mu.Unlock()
			go pass(in, out)
			go pass(out, in)
		}
	}()
}

func pass(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
}

// close refuses new connections and cuts those that are open.
func (r *relay) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.listener.Close()
	for _, c := range r.conns {
		_ = c.Close()
	}
	r.conns = nil
}

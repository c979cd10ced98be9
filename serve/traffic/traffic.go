// Package traffic keeps a local deployment busy: it replays real rows as
// POST /predict requests of many users at a steady, modest rate, and names the
// incidents that can be practised on it (Scenarios). The requests and what
// goes wrong with them are real; nothing here touches a screen or a metric.
package traffic

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// DefaultRate is a rate in requests per second that leaves a small machine
	// idle.
	DefaultRate = 40
	// MaxRate bounds what SetRate takes: practice is no load test.
	MaxRate = 2000

	defaultUsers   = 10_000
	defaultTimeout = 5 * time.Second
	maxInFlight    = 128 // beyond it requests are skipped, and counted so
	maxBehind      = time.Second
	idlePause      = 100 * time.Millisecond // how soon a rate of 0 notices a new one
)

// Config says what to send where. URL and Rows are required.
type Config struct {
	URL       string            // whole address, such as http://127.0.0.1:8080/predict
	Rows      [][]float32       // feature rows, all of one width; NaN is sent as null
	Users     int               // distinct users; default 10,000
	Rate      float64           // requests per second, 0 to MaxRate
	Seed      uint64            // equal seeds send equal requests in equal order
	KeyHeader string            // header that names the user; default X-User-Id
	Transport http.RoundTripper // nil: a keep-alive transport of its own
}

// Shift changes one feature of every row that is sent: x·Factor + Offset.
type Shift struct {
	Feature int // index in the row
	Factor  float64
	Offset  float64
}

// Stats counts since the start.
type Stats struct {
	Sent     int64 // requests started
	OK       int64 // answered with a 2xx status
	Failed   int64 // answered with another status
	Lost     int64 // not answered: refused, broken off, or too late
	Skipped  int64 // due, but too many were open
	InFlight int64
	Rate     float64 // requests per second that are aimed at now
}

// Generator sends requests while Run runs. Its other methods are safe to call
// from any goroutine, before, during and after.
type Generator struct {
	url, keyHeader string
	rows           [][]float32
	width          int
	client         *http.Client
	rand           *rand.Rand // of the goroutine in Run
	deck           []int      // rows still to send in this pass
	users          *rand.Zipf

	rate                   atomic.Uint64 // math.Float64bits
	shifts                 atomic.Pointer[[]Shift]
	sent, ok, failed, lost atomic.Int64
	skipped, inFlight      atomic.Int64
}

// New checks c and makes a generator.
func New(c Config) (*Generator, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("traffic: target %q is not an http address", c.URL)
	}
	if len(c.Rows) == 0 || len(c.Rows[0]) == 0 {
		return nil, errors.New("traffic: there are no rows to send")
	}
	for i, row := range c.Rows {
		if len(row) != len(c.Rows[0]) {
			return nil, fmt.Errorf("traffic: row %d has %d features, the first has %d", i, len(row), len(c.Rows[0]))
		}
	}
	if c.Users == 0 {
		c.Users = defaultUsers
	}
	if c.Users < 0 {
		return nil, fmt.Errorf("traffic: %d users are not possible", c.Users)
	}
	if c.KeyHeader == "" {
		c.KeyHeader = "X-User-Id"
	}
	if c.Transport == nil {
		c.Transport = &http.Transport{MaxIdleConnsPerHost: maxInFlight, IdleConnTimeout: time.Minute}
	}
	source := rand.New(rand.NewPCG(c.Seed, c.Seed))
	g := &Generator{
		url: c.URL, keyHeader: c.KeyHeader, rows: c.Rows, width: len(c.Rows[0]),
		client: &http.Client{Transport: c.Transport, Timeout: defaultTimeout},
		rand:   source,
		users:  newPopularity(source, c.Users),
	}
	return g, g.SetRate(c.Rate)
}

// newPopularity draws users by Zipf's law with exponent 1.1, with so flat a
// head that no single user moves the observed split: of 10,000 the first makes
// 0.1 % of the requests.
func newPopularity(r *rand.Rand, users int) *rand.Zipf {
	return rand.NewZipf(r, 1.1, max(1, float64(users)/20), uint64(users-1))
}

// SetRate changes the rate, in requests per second from 0 (pause) to MaxRate.
func (g *Generator) SetRate(rate float64) error {
	if !(rate >= 0 && rate <= MaxRate) {
		return fmt.Errorf("traffic: rate %v is not between 0 and %d requests a second", rate, MaxRate)
	}
	g.rate.Store(math.Float64bits(rate))
	return nil
}

func (g *Generator) currentRate() float64 { return math.Float64frombits(g.rate.Load()) }

// SetShifts replaces the shifts of features; without any, rows go out as they
// are.
func (g *Generator) SetShifts(shifts ...Shift) error {
	for _, s := range shifts {
		if s.Feature < 0 || s.Feature >= g.width {
			return fmt.Errorf("traffic: no feature %d in rows of %d", s.Feature, g.width)
		}
		if math.IsNaN(s.Factor+s.Offset) || math.IsInf(s.Factor+s.Offset, 0) {
			return fmt.Errorf("traffic: shift of feature %d is not finite", s.Feature)
		}
	}
	g.shifts.Store(&shifts)
	return nil
}

// Stats tells the counts of this moment.
func (g *Generator) Stats() Stats {
	return Stats{
		Sent: g.sent.Load(), OK: g.ok.Load(), Failed: g.failed.Load(), Lost: g.lost.Load(),
		Skipped: g.skipped.Load(), InFlight: g.inFlight.Load(), Rate: g.currentRate(),
	}
}

// Run sends requests, evenly spaced, until ctx ends; then it waits for those
// that are open. It must not run twice at once.
func (g *Generator) Run(ctx context.Context) {
	var open sync.WaitGroup
	defer g.client.CloseIdleConnections()
	defer open.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	due := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		now := time.Now()
		rate := g.currentRate()
		if rate == 0 {
			due = now.Add(idlePause)
		} else if !now.Before(due) {
			g.start(&open)
			due = due.Add(time.Duration(float64(time.Second) / rate))
			if now.Sub(due) > maxBehind { // after a sleep of the machine: no burst
				due = now
			}
		}
		// A low rate must not hold up a new one for long.
		timer.Reset(min(due.Sub(now), idlePause))
	}
}

// start draws one request and sends it in the background.
func (g *Generator) start(open *sync.WaitGroup) {
	body := g.appendBody(nil, g.nextRow())
	user := "user-" + strconv.FormatUint(g.users.Uint64(), 10)
	if g.inFlight.Load() >= maxInFlight {
		g.skipped.Add(1)
		return
	}
	g.sent.Add(1)
	g.inFlight.Add(1)
	open.Go(func() {
		defer g.inFlight.Add(-1)
		switch status, err := g.send(user, body); {
		case err != nil:
			g.lost.Add(1)
		case status/100 == 2:
			g.ok.Add(1)
		default:
			g.failed.Add(1)
		}
	})
}

// nextRow deals the rows in passes, each in a new order: so even a short window
// shows the whole distribution, and no drift by chance.
func (g *Generator) nextRow() []float32 {
	if len(g.deck) == 0 {
		g.deck = g.rand.Perm(len(g.rows))
	}
	row := g.rows[g.deck[0]]
	g.deck = g.deck[1:]
	return row
}

// send makes one request. It ends by the client's timeout, not with the
// generator: a request that was broken off would look like an incident.
func (g *Generator) send(user string, body []byte) (int, error) {
	req, err := http.NewRequest(http.MethodPost, g.url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(g.keyHeader, user)
	resp, err := g.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, err
}

// appendBody writes {"features":[…]} with the shifts applied.
func (g *Generator) appendBody(buf []byte, row []float32) []byte {
	var shifts []Shift
	if p := g.shifts.Load(); p != nil {
		shifts = *p
	}
	buf = append(buf, `{"features":[`...)
	for i, x := range row {
		if i > 0 {
			buf = append(buf, ',')
		}
		for _, s := range shifts {
			if s.Feature == i {
				x = float32(float64(x)*s.Factor + s.Offset)
			}
		}
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			buf = append(buf, "null"...)
		} else {
			buf = strconv.AppendFloat(buf, float64(x), 'g', -1, 32)
		}
	}
	return append(buf, "]}"...)
}

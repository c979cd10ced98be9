// Package fault is the vocabulary of incident practice: the faults that a
// supervised `pitwall serve` process really performs on itself, as JSON on its
// standard input. The supervisor writes them, the serving binary reads them.
package fault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Kind names what a fault does to the process.
type Kind string

// The kinds of fault. Several can be active at once, one of each kind; None
// clears them all.
const (
	None   Kind = "none"   // clears every active fault
	Slow   Kind = "slow"   // sleeps in the request path before answering
	Errors Kind = "errors" // answers 500 to a share of the predict requests
	Crash  Kind = "crash"  // exits with status ExitCode after a delay
	Leak   Kind = "leak"   // allocates and touches memory until a limit
)

// ExitCode is the exit status of a process that crashed on command.
const ExitCode = 3

// Upper bounds of what a fault may ask for: practice must not take the machine
// down with it.
const (
	MaxDelay     = 10 * time.Minute // latency, jitter and crash delay
	MaxLeakBytes = 2 << 30          // LimitBytes of a leak
)

// Fault is one fault. Only the fields of its Kind are set.
type Fault struct {
	Kind           Kind    `json:"kind"`
	LatencyMS      int64   `json:"latency_ms,omitempty"`       // Slow: added to every request, milliseconds
	JitterMS       int64   `json:"jitter_ms,omitempty"`        // Slow: uniform in [0, JitterMS] on top
	Ratio          float64 `json:"ratio,omitempty"`            // Errors: share of requests, in (0, 1]
	AfterMS        int64   `json:"after_ms,omitempty"`         // Crash: delay, milliseconds; 0 is at once
	BytesPerSecond int64   `json:"bytes_per_second,omitempty"` // Leak: growth
	LimitBytes     int64   `json:"limit_bytes,omitempty"`      // Leak: where it stops growing
}

// Latency is the least delay that a Slow fault adds to a request.
func (f Fault) Latency() time.Duration { return time.Duration(f.LatencyMS) * time.Millisecond }

// Jitter is the width of the uniform delay that a Slow fault adds on top.
func (f Fault) Jitter() time.Duration { return time.Duration(f.JitterMS) * time.Millisecond }

// After is the time a Crash fault waits before the process exits.
func (f Fault) After() time.Duration { return time.Duration(f.AfterMS) * time.Millisecond }

// Validate reports the first value that is out of range, missing for the kind,
// or belongs to another kind.
func (f Fault) Validate() error {
	var own Fault // f reduced to the fields of its kind
	var err error
	switch f.Kind {
	case None:
	case Slow:
		own = Fault{LatencyMS: f.LatencyMS, JitterMS: f.JitterMS}
		err = errors.Join(delayInRange("latency_ms", f.LatencyMS), delayInRange("jitter_ms", f.JitterMS))
		if f.LatencyMS == 0 && f.JitterMS == 0 {
			err = errors.New("latency_ms or jitter_ms must be above 0")
		}
	case Errors:
		own = Fault{Ratio: f.Ratio}
		if !(f.Ratio > 0 && f.Ratio <= 1) {
			err = fmt.Errorf("ratio %v must be above 0 and at most 1", f.Ratio)
		}
	case Crash:
		own = Fault{AfterMS: f.AfterMS}
		err = delayInRange("after_ms", f.AfterMS)
	case Leak:
		own = Fault{BytesPerSecond: f.BytesPerSecond, LimitBytes: f.LimitBytes}
		if f.BytesPerSecond <= 0 {
			err = fmt.Errorf("bytes_per_second %d must be above 0", f.BytesPerSecond)
		} else if f.LimitBytes <= 0 || f.LimitBytes > MaxLeakBytes {
			err = fmt.Errorf("limit_bytes %d must be from 1 to %d", f.LimitBytes, int64(MaxLeakBytes))
		}
	default:
		return fmt.Errorf("unknown fault kind %q: use none, slow, errors, crash or leak", f.Kind)
	}
	if own.Kind = f.Kind; err == nil && own != f {
		err = errors.New("it carries a field of another kind")
	}
	if err != nil {
		return fmt.Errorf("fault %s: %w", f.Kind, err)
	}
	return nil
}

func delayInRange(field string, ms int64) error {
	if ms < 0 || ms > MaxDelay.Milliseconds() {
		return fmt.Errorf("%s %d must be from 0 to %d", field, ms, MaxDelay.Milliseconds())
	}
	return nil
}

// command is the line that carries a fault.
type command struct {
	Fault *Fault `json:"fault"`
}

// Line gives the fault as one command line with its newline, ready for the
// standard input of a supervised process.
func (f Fault) Line() ([]byte, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	line, err := json.Marshal(command{&f})
	if err != nil {
		return nil, fmt.Errorf("encode fault %s: %w", f.Kind, err)
	}
	return append(line, '\n'), nil
}

// ParseLine reads one command line as Line writes it. Unknown fields, bytes
// after the object and invalid faults are errors.
func ParseLine(line []byte) (Fault, error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	var c command
	if err := d.Decode(&c); err != nil {
		return Fault{}, fmt.Errorf("read fault command: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Fault{}, errors.New("read fault command: more than one JSON value on the line")
	}
	if c.Fault == nil {
		return Fault{}, errors.New(`read fault command: no "fault" object in it`)
	}
	return *c.Fault, c.Fault.Validate()
}

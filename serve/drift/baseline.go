package drift

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// Schema is the version of the baseline file that this package writes and reads.
const Schema = 1

// Limits on a baseline file, far above what Fit makes, so that a wrong file
// fails with a message instead of filling the memory.
const (
	maxFileBytes = 64 << 20
	maxColumns   = 100_000
	maxEdges     = 1000
)

// Baseline is what the training data looked like, bin by bin.
type Baseline struct {
	Schema   int      `json:"schema"`           // version of the format, Schema
	Model    string   `json:"model"`            // name of the model, for people
	SHA256   string   `json:"sha256,omitempty"` // hex digest of the model file whose scores Score describes
	Rows     int      `json:"rows"`             // training rows counted
	Features []Column `json:"features"`         // in the model's input order
	Score    *Column  `json:"score,omitempty"`  // the predicted score, nil when it was not evaluated
}

// Column is the distribution of one feature, or of the score.
//
// Bin 0 holds the values up to Edges[0], bin i those in (Edges[i-1], Edges[i]],
// bin len(Edges) those above the last edge, and one more bin the missing values
// (NaN). So Shares has len(Edges)+2 numbers, which sum to 1.
type Column struct {
	Name   string    `json:"name"`
	Edges  []float32 `json:"edges"`
	Shares []float64 `json:"shares"`
}

// WriteBaseline writes b as JSON, after checking it as ReadBaseline does.
func WriteBaseline(w io.Writer, b *Baseline) error {
	if err := b.Validate(); err != nil {
		return fmt.Errorf("write baseline: %w", err)
	}
	data, err := json.MarshalIndent(b, "", " ")
	if err != nil {
		return fmt.Errorf("write baseline: %w", err)
	}
	if _, err := w.Write(append(data, '\n')); err != nil {
		return fmt.Errorf("write baseline: %w", err)
	}
	return nil
}

// ReadBaseline reads what WriteBaseline wrote. Every value is checked: a
// baseline that it returns is safe to give to NewMonitor.
func ReadBaseline(r io.Reader) (*Baseline, error) {
	limited := &io.LimitedReader{R: r, N: maxFileBytes + 1}
	d := json.NewDecoder(limited)
	d.DisallowUnknownFields()
	b := new(Baseline)
	err := d.Decode(b)
	switch {
	case limited.N == 0:
		return nil, fmt.Errorf("read baseline: larger than %d MiB", maxFileBytes>>20)
	case err != nil:
		return nil, fmt.Errorf("read baseline: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read baseline: more than one JSON value in the file")
	}
	if err := b.Validate(); err != nil {
		return nil, fmt.Errorf("read baseline: %w", err)
	}
	return b, nil
}

// Validate reports the first thing in b that contradicts the definitions above.
func (b *Baseline) Validate() error {
	switch {
	case b.Schema != Schema:
		return fmt.Errorf("schema %d is not %d: make the file again with `pitwall baseline`", b.Schema, Schema)
	case b.Rows < 1:
		return fmt.Errorf("rows is %d, want at least 1", b.Rows)
	case len(b.Features) == 0:
		return errors.New("no features")
	case len(b.Features) > maxColumns:
		return fmt.Errorf("%d features, at most %d", len(b.Features), maxColumns)
	}
	if digest, err := hex.DecodeString(b.SHA256); err != nil || len(digest) != 0 && len(digest) != 32 {
		return fmt.Errorf("sha256 %.80q is not 64 hex digits", b.SHA256)
	}
	seen := make(map[string]int, len(b.Features))
	for i := range b.Features {
		c := &b.Features[i]
		if err := c.validate(); err != nil {
			return fmt.Errorf("feature %d (%.80q): %w", i, c.Name, err)
		}
		if first, ok := seen[c.Name]; ok {
			return fmt.Errorf("features %d and %d are both named %.80q", first, i, c.Name)
		}
		seen[c.Name] = i
	}
	if b.Score != nil {
		if err := b.Score.validate(); err != nil {
			return fmt.Errorf("score: %w", err)
		}
	}
	return nil
}

func (c *Column) validate() error {
	switch {
	case c.Name == "":
		return errors.New("no name")
	case len(c.Edges) > maxEdges:
		return fmt.Errorf("%d edges, at most %d", len(c.Edges), maxEdges)
	case len(c.Shares) != len(c.Edges)+2:
		return fmt.Errorf("%d shares for %d edges, want %d", len(c.Shares), len(c.Edges), len(c.Edges)+2)
	}
	for i, e := range c.Edges {
		if wide := float64(e); math.IsNaN(wide) || math.IsInf(wide, 0) {
			return fmt.Errorf("edge %d is %v", i, e)
		}
		if i > 0 && e <= c.Edges[i-1] {
			return fmt.Errorf("edge %d (%v) is not above edge %d (%v)", i, e, i-1, c.Edges[i-1])
		}
	}
	sum := 0.0
	for i, s := range c.Shares {
		if !(s >= 0 && s <= 1) {
			return fmt.Errorf("share %d is %v, want 0 to 1", i, s)
		}
		sum += s
	}
	if math.Abs(sum-1) > 1e-6 {
		return fmt.Errorf("shares sum to %v, want 1", sum)
	}
	return nil
}

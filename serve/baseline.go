package serve

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"pitwall/serve/drift"
	"pitwall/serve/model"
)

// MakeBaseline reads training data as CSV, evaluates the model on it, and gives
// the baseline of its features and predicted scores. The caller sets its Model.
//
// The first line names the columns. If the model file has feature names, its
// columns are found by them, in any order, and others (the target) are ignored;
// else every column is a feature, in the model's order. An empty cell, null,
// NA or NaN is a missing value.
func MakeBaseline(m Predictor, data io.Reader) (*drift.Baseline, error) {
	info := m.Info()
	rows := csv.NewReader(data)
	rows.ReuseRecord = true
	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("training data: empty: the first line must name the columns")
	} else if err != nil {
		return nil, fmt.Errorf("training data: %w", err)
	}
	names, from, err := matchColumns(info, header)
	if err != nil {
		return nil, fmt.Errorf("training data: line 1: %w", err)
	}
	t := training{model: m, width: info.Width, classes: len(info.Classes), features: make([][]float32, info.Width)}
	if err := t.read(rows, from); err != nil {
		return nil, fmt.Errorf("training data: %w", err)
	}
	if len(t.scores) == 0 {
		return nil, errors.New("training data: no rows after the line of names")
	}
	return t.fit(names, info.SHA256)
}

// matchColumns gives the feature names, and the column of the file for each.
func matchColumns(info model.Info, header []string) (names []string, from []int, err error) {
	header = slices.Clone(header)
	for i, name := range header {
		header[i] = strings.TrimSpace(strings.TrimPrefix(name, "\uFEFF")) // a byte order mark, as spreadsheets write it
		if _, err := strconv.ParseFloat(header[i], 64); err == nil {
			return nil, nil, fmt.Errorf("column %d is named %q: the first line must name the columns", i+1, header[i])
		}
	}
	if info.Features == nil {
		if len(header) != info.Width {
			return nil, nil, fmt.Errorf("%d columns, but the model takes %d and names none: leave out what is no feature", len(header), info.Width)
		}
		from = make([]int, info.Width)
		for i := range from {
			from[i] = i
		}
		return header, from, nil
	}
	for _, name := range info.Features {
		column := slices.Index(header, name)
		if column < 0 {
			return nil, nil, fmt.Errorf("no column for the model's feature %q", name)
		}
		from = append(from, column)
	}
	return slices.Clone(info.Features), from, nil
}

// training gathers the columns of the training data.
type training struct {
	model          Predictor
	width, classes int
	features       [][]float32 // by feature
	scores         []float32
	block          []float32 // rows not yet evaluated
	out            model.Output
}

func (t *training) read(rows *csv.Reader, from []int) error {
	for {
		record, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return t.evaluate()
		}
		if err != nil {
			return err
		}
		for feature, column := range from {
			v, err := parseCell(record[column])
			if err != nil {
				line, at := rows.FieldPos(column)
				return fmt.Errorf("line %d, column %d: %w", line, at, err)
			}
			t.features[feature] = append(t.features[feature], v)
			t.block = append(t.block, v)
		}
		if len(t.block) >= blockRows*t.width {
			if err := t.evaluate(); err != nil {
				return err
			}
		}
	}
}

// parseCell reads a number as a float32, or NaN for a missing value.
func parseCell(cell string) (float32, error) {
	cell = strings.TrimSpace(cell)
	switch strings.ToLower(cell) {
	case "", "null", "na", "nan":
		return float32(math.NaN()), nil
	}
	v, err := strconv.ParseFloat(cell, 32)
	if err != nil || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%.40q is not a number that fits 32 bits", cell)
	}
	return float32(v), nil
}

// evaluate predicts the rows of the block.
func (t *training) evaluate() error {
	rows := len(t.block) / t.width
	if rows == 0 {
		return nil
	}
	if err := t.model.Predict(t.block, rows, &t.out); err != nil {
		return fmt.Errorf("evaluate: %w", err)
	}
	for i := range rows {
		t.scores = append(t.scores, predictedScore(t.classes, t.out.Scores[i*t.out.Columns:(i+1)*t.out.Columns]))
	}
	t.block = t.block[:0]
	return nil
}

// fit makes the baseline of what was read.
func (t *training) fit(names []string, sha256 string) (*drift.Baseline, error) {
	b := &drift.Baseline{Schema: drift.Schema, SHA256: sha256, Rows: len(t.scores)}
	for i, name := range names {
		column, err := drift.Fit(name, t.features[i])
		if err != nil {
			return nil, fmt.Errorf("training data: %w", err)
		}
		b.Features = append(b.Features, column)
	}
	score, err := drift.Fit("score", t.scores)
	if err != nil {
		return nil, fmt.Errorf("training data: the model's answers: %w", err)
	}
	b.Score = &score
	if err := b.Validate(); err != nil {
		return nil, fmt.Errorf("training data: %w", err)
	}
	return b, nil
}

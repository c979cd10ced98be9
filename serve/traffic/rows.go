package traffic

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// ReadRows reads feature rows to send: JSON as {"features": [names], "X":
// [[numbers]]}, or CSV whose first line names the columns, every one of them a
// feature. An empty cell, null, NA or NaN is a missing value.
func ReadRows(r io.Reader) ([][]float32, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read the rows: %w", err)
	}
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		var set struct {
			Rows [][]float32 `json:"X"`
		}
		if err := json.Unmarshal(text, &set); err != nil {
			return nil, fmt.Errorf("read the rows as JSON: %w", err)
		}
		return set.Rows, nil
	}
	records := csv.NewReader(bytes.NewReader(text))
	if _, err := records.Read(); err != nil {
		return nil, fmt.Errorf("read the rows as CSV: the first line must name the columns: %w", err)
	}
	var rows [][]float32
	for {
		record, err := records.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the rows as CSV: %w", err)
		}
		row, err := parseRow(record)
		if err != nil {
			line, _ := records.FieldPos(0)
			return nil, fmt.Errorf("read the rows as CSV: line %d: %w", line, err)
		}
		rows = append(rows, row)
	}
}

func parseRow(record []string) ([]float32, error) {
	row := make([]float32, len(record))
	for i, cell := range record {
		switch cell = strings.TrimSpace(cell); strings.ToLower(cell) {
		case "", "null", "na", "nan":
			row[i] = float32(math.NaN())
			continue
		}
		x, err := strconv.ParseFloat(cell, 32)
		if err != nil {
			return nil, fmt.Errorf("column %d holds no number: %.40q", i+1, cell)
		}
		row[i] = float32(x)
	}
	return row, nil
}

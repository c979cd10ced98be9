//go:build !race

package model_test

import (
	"testing"

	"pitwall/serve/model"
)

// Under the race detector sync.Pool drops frames on purpose, so allocations are counted without it.
func TestPredictAllocatesLittle(t *testing.T) {
	for _, file := range []string{"bc_gb.onnx", "bc_rf.onnx", "bc_lr.onnx", "bc_mlp.onnx", "bc_xgb.json"} {
		m := load(t, file)
		x, width := rowsOf(t, "bc")
		var out model.Output
		if n := testing.AllocsPerRun(200, func() { _ = m.Predict(x[:width], 1, &out) }); n > 2 {
			t.Errorf("%s: %v allocations for one row", file, n)
		}
	}
}

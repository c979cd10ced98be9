package modelfile

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

const models = "../../../testdata/models"

// The shipped models are measured, and as good as the README of their folder
// says of the data that they know.
func TestDescribeAndEvaluateTheShippedModels(t *testing.T) {
	for _, set := range []string{"bc", "wine"} {
		text, err := os.ReadFile(filepath.Join(models, set+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var data struct {
			Features []string    `json:"features"`
			Rows     [][]float32 `json:"X"`
			Labels   []int       `json:"y"`
		}
		if err := json.Unmarshal(text, &data); err != nil {
			t.Fatal(err)
		}
		var rows []float32
		var labels []string
		for i, row := range data.Rows {
			rows, labels = append(rows, row...), append(labels, strconv.Itoa(data.Labels[i]))
		}
		for _, file := range []string{"_rf.onnx", "_gb.onnx", "_lr.onnx", "_xgb.json", "_xgb.ubj"} {
			reg, m, err := Describe("m", filepath.Join(models, set+file), data.Features)
			if err != nil {
				t.Fatal(err)
			}
			if len(reg.Signature.Inputs) != len(data.Features) || reg.Signature.Inputs[0].Name == "" || len(reg.Signature.Outputs) < 2 || reg.Format == "" {
				t.Errorf("%s%s: %+v", set, file, reg.Signature)
			}
			metrics, err := Evaluate(m, rows, labels)
			if err != nil || !(metrics["accuracy"] > 0.95 && metrics["accuracy"] <= 1) || !(metrics["log_loss"] > 0 && metrics["log_loss"] < 0.3) {
				t.Errorf("%s%s: %v, error %v", set, file, metrics, err)
			}
			if _, err := Evaluate(m, rows[:len(data.Features)], []string{"benign"}); err == nil {
				t.Errorf("%s%s: a class that is unknown was measured", set, file)
			}
		}
	}
	if _, _, err := Describe("m", "modelfile.go", nil); err == nil {
		t.Error("source code counts as a model")
	}
	if loss := -math.Log(leastProbability); math.IsInf(loss, 0) {
		t.Error("the loss may be infinite")
	}
}

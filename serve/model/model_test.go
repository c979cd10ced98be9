package model_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"pitwall/serve/model"
	"pitwall/testdata"
)

const dir = "../../testdata/models"

// expectation is an entry of expected.json: what the training library answers for every row.
type expectation struct {
	Data  string
	Y     [][]float64
	Label []int
}

func readJSON[T any](t testing.TB, name string) T {
	t.Helper()
	var v T
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// rowsOf reads a data set, row-major.
func rowsOf(t testing.TB, set string) (x []float32, width int) {
	t.Helper()
	data := readJSON[struct{ X [][]float32 }](t, set+".json")
	return slices.Concat(data.X...), len(data.X[0])
}

func load(t testing.TB, name string) *model.Model {
	t.Helper()
	m, err := model.Load(filepath.Join(dir, name), model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// files are the model files, each with its entry of expected.json where that has another name.
var files = map[string]string{
	"bc_gb.onnx": "", "bc_rf.onnx": "", "bc_lr.onnx": "", "bc_mlp.onnx": "", "bc_xgb.json": "", "bc_xgb.ubj": "bc_xgb.json",
	"wine_gb.onnx": "", "wine_rf.onnx": "", "wine_lr.onnx": "", "wine_mlp.onnx": "", "wine_xgb.json": "", "wine_xgb.ubj": "wine_xgb.json",
}

func TestAgreesWithTrainingLibrary(t *testing.T) {
	const tolerance = 1e-6
	expected := readJSON[map[string]expectation](t, "expected.json")
	for file, entry := range files {
		t.Run(file, func(t *testing.T) {
			want := expected[cmp.Or(entry, file)]
			m := load(t, file)
			x, width := rowsOf(t, want.Data)
			if got := m.Info().Width; got != width {
				t.Fatalf("width %d, want %d", got, width)
			}
			var out model.Output
			if err := m.Predict(x, len(want.Y), &out); err != nil {
				t.Fatal(err)
			}
			worst, mismatches := 0.0, 0
			for r, y := range want.Y {
				if len(y) == 1 { // the MLP's Sigmoid: the probability of class 1
					y = []float64{1 - y[0], y[0]}
				}
				if len(y) != out.Columns {
					t.Fatalf("%d columns, want %d", out.Columns, len(y))
				}
				for k, p := range y {
					worst = max(worst, math.Abs(float64(out.Scores[r*out.Columns+k])-p))
				}
				if want.Label != nil && out.Labels[r] != want.Label[r] {
					mismatches++
				}
			}
			t.Logf("largest error %.2g", worst)
			if worst > tolerance || math.IsNaN(worst) || mismatches > 0 {
				t.Errorf("largest error %g, %d label mismatches", worst, mismatches)
			}
		})
	}
}

func TestSingleRowEqualsBatch(t *testing.T) {
	for file := range files {
		m := load(t, file)
		set, _, _ := strings.Cut(file, "_")
		x, width := rowsOf(t, set)
		x[3] = float32(math.NaN()) // a missing value must not change that either
		var batch, single model.Output
		if err := m.Predict(x, len(x)/width, &batch); err != nil {
			t.Fatal(file, err)
		}
		for r := range batch.Rows {
			if err := m.Predict(x[r*width:(r+1)*width], 1, &single); err != nil {
				t.Fatal(file, err)
			}
			same := slices.EqualFunc(single.Scores, batch.Scores[r*batch.Columns:(r+1)*batch.Columns],
				func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) })
			if !same || single.Labels[0] != batch.Labels[r] {
				t.Fatalf("%s row %d: alone %v %v, in the batch %v", file, r, single.Scores, single.Labels, batch.Scores[r*batch.Columns:(r+1)*batch.Columns])
			}
		}
	}
}

func TestMissingValuesFollowTheTrees(t *testing.T) {
	row := make([]float32, 30)
	for i := range row {
		row[i] = float32(math.NaN())
	}
	for _, file := range []string{"bc_xgb.json", "bc_xgb.ubj"} {
		var out model.Output
		if err := load(t, file).Predict(row, 1, &out); err != nil {
			t.Fatal(err)
		}
		if got := float64(out.Scores[0]); math.Abs(got-4.63486e-4) > 1e-8 || out.Labels[0] != 1 {
			t.Errorf("%s: class 0 has probability %g, label %d; want 4.63486e-4, label 1", file, got, out.Labels[0])
		}
	}
}

func TestPredictConcurrently(t *testing.T) {
	m := load(t, "wine_lr.onnx")
	x, width := rowsOf(t, "wine")
	rows := len(x) / width
	var want model.Output
	if err := m.Predict(x, rows, &want); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			var out model.Output
			for n := range 20 {
				count := min(rows, 1+(g+1)*n)
				if err := m.Predict(x[:count*width], count, &out); err != nil {
					t.Error(err)
				} else if !slices.Equal(out.Scores, want.Scores[:count*want.Columns]) {
					t.Errorf("%d rows: scores differ", count)
				}
			}
		})
	}
	wg.Wait()
}

func TestPredictRefusesWrongSizes(t *testing.T) {
	m := load(t, "wine_gb.onnx")
	var out model.Output
	for _, c := range []struct{ values, rows int }{{12, 1}, {13, 2}, {13, -1}, {0, math.MaxInt}, {13, 0}} {
		if err := m.Predict(make([]float32, c.values), c.rows, &out); err == nil {
			t.Errorf("%d values in %d rows: no error", c.values, c.rows)
		}
	}
	if err := m.Predict(nil, 0, &out); err != nil || out.Rows != 0 || len(out.Scores) != 0 {
		t.Errorf("no rows: %v, %+v", err, out)
	}
}

func TestInfo(t *testing.T) {
	got := load(t, "bc_xgb.ubj").Info()
	if got.Format != "xgboost-ubj" || got.Width != 30 || got.Producer != "xgboost 1.7.4" || !slices.Equal(got.Classes, []string{"0", "1"}) {
		t.Errorf("bc_xgb.ubj: %+v", got)
	}
	got = load(t, "wine_rf.onnx").Info()
	if got.Format != "onnx" || got.Width != 13 || got.Producer != "skl2onnx-layout" || len(got.Classes) != 3 || got.Bytes != 87935 {
		t.Errorf("wine_rf.onnx: %+v", got)
	}
}

func TestSeedModelsLoad(t *testing.T) {
	names, err := fs.Glob(testdata.Models, "models/*_*")
	if err != nil || len(names) == 0 {
		t.Fatalf("seed models: %v, %v", names, err)
	}
	for _, name := range names {
		data, err := testdata.Models.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := model.Parse(name, data, model.Options{}); err != nil {
			t.Error(err)
		}
	}
}

func TestDigest(t *testing.T) {
	path := filepath.Join(dir, "bc_lr.onnx")
	sum := load(t, "bc_lr.onnx").Info().SHA256
	if _, err := model.Load(path, model.Options{SHA256: strings.ToUpper(sum)}); err != nil {
		t.Error(err)
	}
	_, err := model.Load(path, model.Options{SHA256: strings.Repeat("0", 64)})
	if d, ok := errors.AsType[*model.DigestError](err); !ok || d.Got != sum || d.File != path {
		t.Errorf("wrong digest: %v", err)
	}
}

func TestLoadNamesThePath(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none.onnx")
	if _, err := model.Load(missing, model.Options{}); !errors.Is(err, os.ErrNotExist) || strings.Count(err.Error(), missing) != 1 {
		t.Errorf("missing file: %v", err)
	}
	if _, err := model.Load(t.TempDir(), model.Options{}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("directory: %v", err)
	}
}

func BenchmarkPredict(b *testing.B) {
	x, width := rowsOf(b, "bc")
	for _, file := range []string{"bc_gb.onnx", "bc_rf.onnx", "bc_lr.onnx", "bc_mlp.onnx", "bc_xgb.json"} {
		m := load(b, file)
		for name, batch := range map[string]int{"single": 1, "all": len(x) / width} {
			b.Run(file+"/"+name, func(b *testing.B) {
				var out model.Output
				b.ReportAllocs()
				r, rows := 0, len(x)/width
				for b.Loop() {
					if err := m.Predict(x[r*width:(r+batch)*width], batch, &out); err != nil {
						b.Fatal(err)
					}
					if r += batch; r+batch > rows {
						r = 0
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch), "ns/row")
			})
		}
	}
}

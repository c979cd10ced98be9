package serve

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pitwall/serve/drift"
	"pitwall/serve/model"
)

// modelFile is the path of a file among the test models.
func modelFile(name string) string { return filepath.Join("..", "testdata", "models", name) }

// dataset is the rows of bc.json or wine.json.
type dataset struct {
	Features []string    `json:"features"`
	X        [][]float32 `json:"X"`
}

func readJSON(t testing.TB, name string, v any) {
	t.Helper()
	data, err := os.ReadFile(modelFile(name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}

// csv is the rows from first to last, with their names.
func (d dataset) csv(first, last int) string {
	var b strings.Builder
	b.WriteString(strings.Join(d.Features, ","))
	for _, row := range d.X[first:last] {
		for i, v := range row {
			b.WriteByte(",\n"[min(1, max(0, 1-i))])
			b.WriteString(strconv.FormatFloat(float64(v), 'g', -1, 32))
		}
	}
	return b.String() + "\n"
}

func loadModel(t testing.TB, name string) *model.Model {
	t.Helper()
	m, err := model.Load(modelFile(name), model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// What comes over HTTP is what the models' own libraries answered, by every way
// of asking.
func TestRealModels(t *testing.T) {
	expected := make(map[string]struct {
		Data  string      `json:"data"`
		Y     [][]float64 `json:"y"`
		Label []int       `json:"label"`
	})
	readJSON(t, "expected.json", &expected)
	for _, file := range []string{"bc_gb.onnx", "wine_lr.onnx", "wine_xgb.json", "bc_xgb.ubj"} {
		want := expected[strings.Replace(file, ".ubj", ".json", 1)]
		var data dataset
		readJSON(t, want.Data+".json", &data)
		m := loadModel(t, file)
		s := begin(t, Config{ModelPath: modelFile(file), BaselinePath: writeBaseline(t, m, data.csv(0, 100))}, m)

		rows := data.X[:120]
		named := make(map[string]float32)
		for i, v := range rows[0] {
			named[data.Features[i]] = v
		}
		mixed := make([]any, len(rows))
		for i := range rows {
			mixed[i] = rows[i]
		}
		mixed[0] = named
		body, err := json.Marshal(map[string]any{"instances": mixed})
		if err != nil {
			t.Fatal(err)
		}
		code, answer := s.post("/predict", string(body))
		var got struct {
			Predictions []struct {
				Label         string
				Probabilities map[string]float64
			}
			Model, Version string
		}
		if err := json.Unmarshal([]byte(answer), &got); err != nil || code != 200 || len(got.Predictions) != len(rows) {
			t.Fatalf("%s: %d %.300s", file, code, answer)
		}
		if got.Model != strings.TrimSuffix(file, filepath.Ext(file)) || got.Version != "1" {
			t.Errorf("%s: model %q, version %q", file, got.Model, got.Version)
		}
		for i, p := range got.Predictions {
			if p.Label != strconv.Itoa(want.Label[i]) {
				t.Errorf("%s row %d: label %s, want %d", file, i, p.Label, want.Label[i])
			}
			for c, y := range want.Y[i] {
				if math.Abs(p.Probabilities[strconv.Itoa(c)]-y) > 2e-6 {
					t.Errorf("%s row %d: probabilities %v, want %v", file, i, p.Probabilities, want.Y[i])
				}
			}
		}
		single, err := json.Marshal(map[string]any{"features": rows[7]})
		if err != nil {
			t.Fatal(err)
		}
		// the same row alone, bit for bit, and over the inference protocol
		_, alone := s.post("/predict", string(single))
		one := strings.Split(answer, `},{"label"`)[7]
		if !strings.Contains(alone, one) {
			t.Errorf("%s: alone %s, in the batch %s", file, alone, one)
		}
		tensor := fmt.Sprintf(`{"inputs":[{"name":"input","datatype":"FP32","shape":[1,%d],"data":[%s]}]}`,
			len(rows[7]), strings.TrimSuffix(strings.TrimPrefix(string(single), `{"features":[`), "]}"))
		_, v2 := s.post("/v2/models/"+got.Model+"/infer", tensor)
		if !strings.Contains(v2, fmt.Sprintf(`"data":["%d"]`, want.Label[7])) {
			t.Errorf("%s: inference protocol answers %s", file, v2)
		}
	}
}

// On real rows: the second half of the data raises no alarm against the first,
// and one shifted feature does.
func TestDriftOnRealRows(t *testing.T) {
	var data dataset
	readJSON(t, "bc.json", &data)
	m := loadModel(t, "bc_gb.onnx")
	odd, even := dataset{Features: data.Features}, dataset{Features: data.Features}
	for i, row := range data.X {
		if i%2 == 0 {
			even.X = append(even.X, row)
		} else {
			odd.X = append(odd.X, row)
		}
	}
	path := writeBaseline(t, m, even.csv(0, len(even.X)))
	for _, shift := range []float32{0, 4} {
		// 284 held-out rows: the minimum is lowered for them
		s := begin(t, Config{ModelPath: modelFile("bc_gb.onnx"), BaselinePath: path, Drift: drift.Options{MinRows: 250}}, m)
		rows := make([][]float32, len(odd.X))
		for i, row := range odd.X {
			rows[i] = append([]float32{row[0] + shift}, row[1:]...)
		}
		body, err := json.Marshal(map[string]any{"instances": rows})
		if err != nil {
			t.Fatal(err)
		}
		s.post("/predict", string(body))
		got := s.scrape(false)["model_feature_drift"]
		if psi := value(got, "feature", "mean radius", "measure", "psi"); (psi > .2) != (shift > 0) {
			t.Errorf("shift %v: PSI of mean radius %v", shift, psi)
		}
		for _, name := range data.Features[1:] {
			if psi := value(got, "feature", name, "measure", "psi"); psi < 0 || psi > .2 {
				t.Errorf("shift %v: PSI of %s, which did not shift, is %v", shift, name, psi)
			}
		}
	}
}

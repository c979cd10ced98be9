package model_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pitwall/serve/model"
)

// tinyXGB is a whole save_model file with one tree.
const tinyXGB = `{"learner":{"feature_names":[],"gradient_booster":{"model":{"tree_info":[0],"trees":[{"default_left":[1,0,0],` +
	`"left_children":[1,-1,-1],"right_children":[2,-1,-1],"split_conditions":[0.5,-1,2],"split_indices":[0,0,0],"split_type":[0,0,0],` +
	`"tree_param":{"size_leaf_vector":"0"}}]},"name":"gbtree"},"learner_model_param":{"base_score":"5E-1","num_class":"0",` +
	`"num_feature":"2"},"objective":{"name":"binary:logistic"}},"version":[1,7,4]}`

// addMangled seeds a fuzz target with a file, cut short and with bytes changed.
func addMangled(f *testing.F, data []byte) {
	random := rand.New(rand.NewPCG(1, 2))
	f.Add(data)
	for range 4 {
		f.Add(data[:random.IntN(len(data))])
		bad := bytes.Clone(data)
		for range 1 + random.IntN(5) {
			bad[random.IntN(len(bad))] = byte(random.Uint32())
		}
		f.Add(bad)
	}
}

func addFile(f *testing.F, name string) {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		f.Fatal(err)
	}
	addMangled(f, data)
}

// tryFile loads whatever it is given; a model that loads has to answer every batch in the shape that Info promises.
func tryFile(t *testing.T, data []byte) {
	m, err := model.Parse("fuzz", data, model.Options{})
	if w, ok := errors.AsType[*model.WidthError](err); ok {
		m, err = model.Parse("fuzz", data, model.Options{Width: min(max(w.AtLeast, 1), 1000)})
	}
	if err != nil {
		if m != nil {
			t.Error("a model and an error")
		}
		return
	}
	info := m.Info()
	if info.Width < 1 {
		t.Fatalf("width %d", info.Width)
	}
	var out model.Output
	for _, rows := range []int{1, 2, 3} {
		if err := m.Predict(make([]float32, rows*info.Width), rows, &out); err != nil {
			continue // an answer that is no class
		}
		if len(out.Scores) != rows*out.Columns || info.Classes != nil && (len(info.Classes) != out.Columns || len(out.Labels) != rows) {
			t.Fatalf("%d rows: %d scores in %d columns, %d labels, %d classes", rows, len(out.Scores), out.Columns, len(out.Labels), len(info.Classes))
		}
		for _, l := range out.Labels {
			if l < 0 || l >= out.Columns {
				t.Fatalf("label %d of %d", l, out.Columns)
			}
		}
	}
}

func FuzzONNX(f *testing.F) {
	for _, name := range []string{"bc_lr.onnx", "wine_lr.onnx", "wine_mlp.onnx", "bc_gb.onnx"} {
		addFile(f, name)
	}
	for _, c := range graphs {
		f.Add(c.graph.file())
	}
	f.Fuzz(tryFile)
}

func FuzzXGBoostJSON(f *testing.F) {
	addMangled(f, []byte(tinyXGB))
	addFile(f, "bc_xgb.json")
	f.Fuzz(tryFile)
}

// ubj writes a decoded JSON value as UBJSON, numbers as doubles or, in lists of them, as a typed array.
func ubj(to []byte, v any) []byte {
	key := func(to []byte, s string) []byte {
		return append(binary.BigEndian.AppendUint64(append(to, 'L'), uint64(len(s))), s...)
	}
	switch v := v.(type) {
	case map[string]any:
		to = append(to, '{')
		for _, k := range slices.Sorted(maps.Keys(v)) {
			to = ubj(key(to, k), v[k])
		}
		return append(to, '}')
	case []any:
		if len(v) == 0 {
			return append(to, "[#i\x00"...)
		}
		if _, ok := v[0].(float64); !ok {
			to = append(to, '[')
			for _, e := range v {
				to = ubj(to, e)
			}
			return append(to, ']')
		}
		to = append(to, "[$d#i"...)
		to = append(to, byte(len(v)))
		for _, e := range v {
			to = binary.BigEndian.AppendUint32(to, math.Float32bits(float32(e.(float64))))
		}
		return to
	case string:
		return key(append(to, 'S'), v)
	}
	return append(to, 'Z')
}

// tinyUBJ is tinyXGB in the other form.
func tinyUBJ(t testing.TB) []byte {
	var v any
	if err := json.Unmarshal([]byte(tinyXGB), &v); err != nil {
		t.Fatal(err)
	}
	return ubj(nil, v)
}

func TestUBJIsReadLikeJSON(t *testing.T) {
	var out [2]model.Output
	for i, data := range [][]byte{[]byte(tinyXGB), tinyUBJ(t)} {
		m, err := model.Parse("tiny", data, model.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Predict([]float32{0.4, 0, 0.5, 0, float32(math.NaN()), 0}, 3, &out[i]); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(out[0].Scores, out[1].Scores) || out[0].Labels[0] == out[0].Labels[1] {
		t.Errorf("JSON %v, UBJSON %v", out[0], out[1])
	}
}

func FuzzXGBoostUBJ(f *testing.F) {
	addMangled(f, tinyUBJ(f))
	addFile(f, "bc_xgb.ubj")
	f.Add([]byte("{L\x00\x00\x00\x00\x00\x00\x00\x07learner{}}"))
	f.Add([]byte("{i\x07learner[$U#i\x04abcd}"))
	f.Fuzz(tryFile)
}

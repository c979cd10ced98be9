package model_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pitwall/serve/model"
)

// edit returns tinyXGB with one piece replaced.
func edit(old, replacement string) []byte {
	return []byte(strings.Replace(tinyXGB, old, replacement, 1))
}

// ubjHead opens a UBJSON object with one key, "learner".
const ubjHead = "{L\x00\x00\x00\x00\x00\x00\x00\x07learner"

func TestRefusesForeignFiles(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"empty":              {"", "empty"},
		"sklearn pickle":     {"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00\x8c\x14sklearn.linear_model\x8c\x06LinReg", "export a scikit-learn model to ONNX"},
		"xgboost pickle":     {"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00\x8c\x0fxgboost.sklearn\x8c\x0dXGBClassifier", "use save_model"},
		"zip":                {"PK\x03\x04....", "export the model to ONNX"},
		"lfs pointer":        {"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"},
		"old xgboost binary": {"binf\x00\x00\x00\x3f", "save_model"},
		"dump_model json":    {`[ { "nodeid": 0, "leaf": 0.5 } ]`, "dump_model output"},
		"dump_model text":    {"booster[0]:\n0:leaf=0.5\n", "dump_model output"},
		"other json":         {`{"model": 1}`, "dump_model output"},
		"text":               {"hello, I am no model", "not a readable ONNX file"},
		"dart":               {string(edit(`"gbtree"`, `"dart"`)), `booster "dart"`},
		"gblinear":           {string(edit(`"gbtree"`, `"gblinear"`)), `booster "gblinear"`},
		"objective":          {string(edit("binary:logistic", "survival:cox")), `objective "survival:cox"`},
		"categorical":        {string(edit(`"split_type":[0`, `"split_type":[1`)), "tree 0\": gbtree: node 0 is a categorical split"},
		"feature range":      {string(edit(`"split_indices":[0`, `"split_indices":[2`)), "node 0 reads feature 2 of 2"},
		"cycle":              {string(edit(`"left_children":[1`, `"left_children":[0`)), "node 0 is reached twice"},
		"lists":              {string(edit(`"split_conditions":[0.5,`, `"split_conditions":[`)), "lists differ in length"},
		"leaf vectors":       {string(edit(`"size_leaf_vector":"0"`, `"size_leaf_vector":"3"`)), "multi_output_tree"},
		"untrained":          {string(edit(`"num_feature":"2"`, `"num_feature":"0"`)), "before training"},
		"base score":         {string(edit("5E-1", "1.5")), "base_score 1.5"},
		"huge width":         {string(edit(`"num_feature":"2"`, `"num_feature":"1e15"`)), "num_feature"},
		"truncated json":     {tinyXGB[:300], "truncated or damaged"},
		"ubj huge array":     {ubjHead + "[$d#L\x00\x00\x0f\xff\xff\xff\xff\xff", "truncated or damaged"},
		"ubj empty elements": {ubjHead + "[$Z#L\x00\x00\x0f\xff\xff\xff\xff\xff", "array of type"},
		"ubj depth":          {ubjHead + strings.Repeat("[", 1000), "nested too deeply"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := model.Parse("some.model", []byte(c.data), model.Options{})
			if f, ok := errors.AsType[*model.FormatError](err); !ok || f.File != "some.model" || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want it to say %q", err, c.want)
			}
		})
	}
}

func TestXGBoostVariants(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		want float32 // answer for (0.4, 0), which reaches the leaf of weight -1
	}{
		"3.1 base score": {edit("5E-1", "[5E-1]"), 0.7310586},
		"booleans":       {edit(`"default_left":[1,0,0]`, `"default_left":[true,false,false]`), 0.7310586},
		"squared error":  {edit("binary:logistic", "reg:squarederror"), -0.5},
		"poisson":        {edit("binary:logistic", "count:poisson"), 0.18393972},
		"raw margin":     {edit("binary:logistic", "binary:logitraw"), -1},
		"probability":    {edit("binary:logistic", "reg:logistic"), 0.26894143},
	} {
		m, err := model.Parse(name, c.data, model.Options{})
		if err != nil {
			t.Error(err)
			continue
		}
		var out model.Output
		if err := m.Predict([]float32{0.4, 0}, 1, &out); err != nil || math.Abs(float64(out.Scores[0]-c.want)) > 1e-6 {
			t.Errorf("%s: %v %v, want %v", name, out.Scores, err, c.want)
		}
	}
}

func TestRefusesBadGraphs(t *testing.T) {
	relu := func(in, out string) message { return node("", "Relu", []string{in}, []string{out}, nil) }
	doubling := graph{inputs: x2, outputs: []string{"v40"}, nodes: []message{node("", "Identity", []string{"X"}, []string{"v0"}, nil)}}
	for i := range 40 {
		a, b := "v"+string(rune('0'+i/10))+string(rune('0'+i%10)), "v"+string(rune('0'+(i+1)/10))+string(rune('0'+(i+1)%10))
		if i == 0 {
			a = "v0"
		}
		doubling.nodes = append(doubling.nodes, node("", "Concat", []string{a, a}, []string{b}, attributes{"axis": 1}))
	}
	tree := func(change attributes) graph {
		a := targetVotes("BRANCH_LEQ", 0)
		for k, v := range change {
			a[k] = v
		}
		return one(ml, "TreeEnsembleRegressor", a)
	}
	for name, c := range map[string]struct {
		graph graph
		want  string
	}{
		"unsupported operators": {graph{inputs: x2, outputs: []string{"Y"}, nodes: []message{
			node(ml, "SVMClassifier", []string{"X"}, []string{"a"}, nil), node("", "Conv", []string{"a"}, []string{"Y"}, nil)}},
			`not supported: Conv (node "the Conv"), ai.onnx.ml.SVMClassifier (node "the SVMClassifier")`},
		"read before made":  {graph{inputs: x2, outputs: []string{"Y"}, nodes: []message{relu("Z", "Y")}}, `node "the Relu": Relu: it reads "Z"`},
		"made twice":        {graph{inputs: x2, outputs: []string{"Y"}, nodes: []message{relu("X", "Y"), relu("X", "Y")}}, "made twice"},
		"writes a constant": {graph{inputs: x2, constants: []message{floats("K", nil, 1)}, outputs: []string{"K"}, nodes: []message{relu("X", "K")}}, "made twice"},
		"no output":         {graph{inputs: x2, outputs: []string{"Q"}, nodes: []message{relu("X", "Y")}}, `nothing makes output "Q"`},
		"no input":          {graph{outputs: []string{"Y"}, nodes: []message{relu("X", "Y")}}, "no input"},
		"huge tensor":       {withConstant("Add", floats("K", []int64{1 << 30, 1 << 20}, 1), nil), "needs 1125899906842624 elements, the file has 1"},
		"short tensor":      {withConstant("Add", floats("K", []int64{1 << 20}, 1), nil), "needs 1048576 elements, the file has 1"},
		"huge width":        {graph{inputs: []message{input("X", 1<<40)}, outputs: []string{"Y"}, nodes: []message{relu("X", "Y")}}, "the limit is"},
		"doubling":          {doubling, "too large"},
		"mixes rows":        {one("", "ReduceSum", attributes{"axes": []int64{0}}), "cannot be reduced"},
		"outer sum":         {graph{inputs: x2, outputs: []string{"Y"}, nodes: []message{node("", "ReduceMax", []string{"X"}, []string{"m"}, attributes{"axes": []int64{1}, "keepdims": 0}), node("", "Add", []string{"X", "m"}, []string{"Y"}, nil)}}, "row by row"},
		"joins rows":        {withConstant("Reshape", ints("K", []int64{2}, 1, -1), nil), "for a batch of 3 rows"},
		"shapes":            {withConstant("MatMul", floats("K", []int64{3, 1}, 1, 2, 3), nil), "multiplies rows of 3 values"},
		"array lengths":     {tree(attributes{"nodes_values": []float32{1}}), "differ in length"},
		"node twice":        {tree(attributes{"nodes_nodeids": []int64{0, 1, 1}}), "tree 0 has node 1 twice"},
		"missing child":     {tree(attributes{"nodes_truenodeids": []int64{9, 0, 0}}), "not there"},
		"cycle":             {tree(attributes{"nodes_truenodeids": []int64{0, 0, 0}}), "tree 0"},
		"same child":        {tree(attributes{"nodes_truenodeids": []int64{2, 0, 0}}), "two roots"},
		"feature range":     {tree(attributes{"nodes_featureids": []int64{2, 0, 0}}), "read feature 2, the input has 2"},
		"weight range":      {tree(attributes{"target_ids": []int64{0, 1}}), "output 1 of 1"},
		"mode":              {tree(attributes{"nodes_modes": []string{"BRANCH_EQ", "LEAF", "LEAF"}}), `node mode "BRANCH_EQ"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := model.Parse("bad.onnx", c.graph.file(), model.Options{})
			if f, ok := errors.AsType[*model.FormatError](err); !ok || f.File != "bad.onnx" || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want it to say %q", err, c.want)
			}
		})
	}
}

func TestTruncatedFiles(t *testing.T) {
	for file := range files {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{1, len(data) / 3, len(data) / 2, len(data) - 1} {
			if _, err := model.Parse(file, data[:size], model.Options{}); err == nil || !strings.HasPrefix(err.Error(), file) {
				t.Errorf("%s cut to %d bytes: %v", file, size, err)
			}
		}
	}
}

func TestWidth(t *testing.T) {
	open := func(nodes ...message) []byte {
		return graph{inputs: []message{input("X", 0)}, nodes: nodes, outputs: []string{"Y"}}.file()
	}
	trees := open(node(ml, "TreeEnsembleRegressor", []string{"X"}, []string{"Y"}, targetVotes("BRANCH_LEQ", 0)))
	scaled := open(node(ml, "Scaler", []string{"X"}, []string{"s"}, attributes{"offset": []float32{0, 0, 0}, "scale": []float32{1, 1, 1}}),
		node(ml, "TreeEnsembleRegressor", []string{"s"}, []string{"Y"}, targetVotes("BRANCH_LEQ", 0)))
	linear := open(node("", "Identity", []string{"X"}, []string{"i"}, nil),
		node(ml, "LinearRegressor", []string{"i"}, []string{"Y"}, attributes{"coefficients": []float32{1, 2, 3, 4}}))
	for _, c := range []struct {
		name   string
		data   []byte
		option int
		width  int
		want   string
	}{
		{"scaler", scaled, 0, 3, ""},
		{"coefficients", linear, 0, 4, ""},
		{"asked for", trees, 0, 0, "features input \"X\" has (its trees read at least 2): give the number with --width"},
		{"given", trees, 5, 5, ""},
		{"too small", trees, 1, 0, "at least 2 features per row, --width says 1"},
		{"contradicted", scaled, 4, 0, "takes 3 features per row, --width says 4"},
		{"xgboost", []byte(tinyXGB), 3, 0, "takes 2 features per row, --width says 3"},
	} {
		m, err := model.Parse("w.onnx", c.data, model.Options{Width: c.option})
		if c.want != "" {
			if w, ok := errors.AsType[*model.WidthError](err); !ok || w.File != "w.onnx" || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %q", c.name, err, c.want)
			}
		} else if err != nil || m.Info().Width != c.width {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestManyRows(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(dir, "bc_lr.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Parse("bc_lr.onnx", data, model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	clear(data) // the model keeps no reference to the file
	var out model.Output
	if err := m.Predict(make([]float32, 10_000*30), 10_000, &out); err != nil || len(out.Labels) != 10_000 || out.Scores[19_999] != out.Scores[1] {
		t.Errorf("10,000 rows: %v", err)
	}
}

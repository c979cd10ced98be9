package model_test

import (
	"math"
	"slices"
	"testing"

	"pitwall/serve/model"
)

// stump is a TreeEnsemble over feature 1, cut at 0.5, with two leaves. votes adds to its attributes or replaces them.
func stump(votes attributes) attributes {
	a := attributes{
		"nodes_treeids": []int64{0, 0, 0}, "nodes_nodeids": []int64{0, 1, 2}, "nodes_featureids": []int64{1, 0, 0},
		"nodes_modes": []string{"BRANCH_LEQ", "LEAF", "LEAF"}, "nodes_values": []float32{0.5, 0, 0},
		"nodes_truenodeids": []int64{1, 0, 0}, "nodes_falsenodeids": []int64{2, 0, 0},
	}
	for k, v := range votes {
		a[k] = v
	}
	return a
}

func classVotes(low, high float32, more attributes) attributes {
	a := stump(attributes{"class_treeids": []int64{0, 0}, "class_nodeids": []int64{1, 2}, "class_ids": []int64{0, 0},
		"class_weights": []float32{low, high}, "classlabels_strings": []string{"no", "yes"}})
	for k, v := range more {
		a[k] = v
	}
	return a
}

func targetVotes(mode string, missing int64) attributes {
	return stump(attributes{"target_treeids": []int64{0, 0}, "target_nodeids": []int64{1, 2}, "target_ids": []int64{0, 0},
		"target_weights": []float32{-1, 1}, "nodes_modes": []string{mode, "LEAF", "LEAF"},
		"nodes_missing_value_tracks_true": []int64{missing, 0, 0}})
}

var (
	x2  = []message{input("X", 2)}
	nan = float32(math.NaN())
)

// one is a graph of a single node from X to Y.
func one(domain, op string, with attributes) graph {
	return graph{inputs: x2, nodes: []message{node(domain, op, []string{"X"}, []string{"Y"}, with)}, outputs: []string{"Y"}}
}

// withConstant is a node over X and a constant K.
func withConstant(op string, k message, with attributes) graph {
	return graph{inputs: x2, constants: []message{k}, outputs: []string{"Y"},
		nodes: []message{node("", op, []string{"X", "K"}, []string{"Y"}, with)}}
}

func classifier(op string, with attributes) graph {
	return graph{inputs: x2, nodes: []message{node(ml, op, []string{"X"}, []string{"L", "P"}, with)}, outputs: []string{"L", "P"}}
}

// mlpClassifier is the tail skl2onnx gives MLPClassifier: 1-p beside p, ArgMax, label look-up, Reshape.
func mlpClassifier(labels message) graph {
	return graph{inputs: x2, outputs: []string{"L", "P"},
		constants: []message{floats("W", []int64{2, 1}, 1, 1), floats("one", nil, 1), labels, ints("flat", []int64{1}, -1)},
		nodes: []message{
			node("", "MatMul", []string{"X", "W"}, []string{"z"}, nil),
			node("", "Sigmoid", []string{"z"}, []string{"p"}, nil),
			node("", "Sub", []string{"one", "p"}, []string{"q"}, nil),
			node("", "Concat", []string{"q", "p"}, []string{"P"}, attributes{"axis": 1}),
			node("", "ArgMax", []string{"P"}, []string{"i"}, attributes{"axis": 1}),
			node(ml, "ArrayFeatureExtractor", []string{"K", "i"}, []string{"l"}, nil),
			node("", "Reshape", []string{"l", "flat"}, []string{"L"}, nil),
		}}
}

// graphs are small files with their answers for the rows (1, 0) and (-2, 3).
var graphs = []struct {
	name    string
	graph   graph
	classes []string
	scores  []float32
	labels  []int // nil: not compared
}{
	{"single-vote share", classifier("TreeEnsembleClassifier", classVotes(0.25, 0.75, nil)), []string{"no", "yes"},
		[]float32{0.75, 0.25, 0.25, 0.75}, []int{0, 1}},
	{"single-vote margin", classifier("TreeEnsembleClassifier", classVotes(-1, 1, attributes{"post_transform": "LOGISTIC"})), []string{"no", "yes"},
		[]float32{0.7310586, 0.26894143, 0.26894143, 0.7310586}, []int{0, 1}},
	{"a vote per class", classifier("TreeEnsembleClassifier", classVotes(0.25, 0.75, attributes{"class_ids": []int64{0, 1}, "base_values": []float32{0.5, 0}})),
		[]string{"no", "yes"}, []float32{0.75, 0, 0.5, 0.75}, []int{0, 1}},
	{"tree <=", one(ml, "TreeEnsembleRegressor", targetVotes("BRANCH_LEQ", 0)), nil, []float32{-1, 1}, nil},
	{"tree >=", one(ml, "TreeEnsembleRegressor", targetVotes("BRANCH_GTE", 0)), nil, []float32{1, -1}, nil},
	{"one score, two classes", classifier("LinearClassifier", attributes{"coefficients": []float32{1, 0}, "intercepts": []float32{0},
		"classlabels_ints": []int64{7, 9}}), []string{"7", "9"}, []float32{-1, 1, 2, -2}, []int{1, 0}},
	{"linear targets", one(ml, "LinearRegressor", attributes{"coefficients": []float32{1, 2, 0, 1}, "intercepts": []float32{1, 0}, "targets": 2}), nil,
		[]float32{2, 0, 5, 3}, nil},
	{"imputer", one(ml, "Imputer", attributes{"imputed_value_floats": []float32{8, 9}, "replaced_value_float": nan}), nil, []float32{1, 0, -2, 3}, nil},
	{"scaler", one(ml, "Scaler", attributes{"offset": []float32{1}, "scale": []float32{2, 3}}), nil, []float32{0, -3, -6, 6}, nil},
	{"normalizer", one(ml, "Normalizer", attributes{"norm": "L1"}), nil, []float32{1, 0, -0.4, 0.6}, nil},
	{"binarizer", one(ml, "Binarizer", attributes{"threshold": float32(0.5)}), nil, []float32{1, 0, 0, 1}, nil},
	{"vectorizer", graph{inputs: x2, nodes: []message{node(ml, "FeatureVectorizer", []string{"X", "X"}, []string{"Y"}, nil)}, outputs: []string{"Y"}}, nil,
		[]float32{1, 0, 1, 0, -2, 3, -2, 3}, nil},
	{"gather columns", withConstant("Gather", ints("K", []int64{1}, 1), attributes{"axis": 1}), nil, []float32{0, 3}, nil},
	{"gemm", graph{inputs: x2, constants: []message{floats("W", []int64{1, 2}, 1, 10), floats("b", []int64{1}, 5)}, outputs: []string{"Y"},
		nodes: []message{node("", "Gemm", []string{"X", "W", "b"}, []string{"Y"}, attributes{"transB": 1, "alpha": float32(2)})}}, nil, []float32{7, 61}, nil},
	{"clip", one("", "Clip", attributes{"min": float32(0), "max": float32(2)}), nil, []float32{1, 0, 0, 2}, nil},
	{"reduce", withConstant("ReduceSum", ints("K", []int64{1}, 1), nil), nil, []float32{1, 1}, nil},
	{"reduce old", one("", "ReduceMean", attributes{"axes": []int64{-1}, "keepdims": 0}), nil, []float32{0.5, 0.5}, nil},
	{"pow", withConstant("Pow", floats("K", []int64{1, 2}, 2, 3), nil), nil, []float32{1, 0, 4, 27}, nil},
	{"softmax", one("", "Softmax", nil), []string{"0", "1"}, []float32{0.7310586, 0.26894143, 0.006692851, 0.9933072}, []int{0, 1}},
	{"mlp labels as numbers", mlpClassifier(ints("K", []int64{2}, 4, 2)), []string{"4", "2"}, []float32{0.26894143, 0.7310586, 0.26894143, 0.7310586}, []int{1, 1}},
	{"mlp labels as text", mlpClassifier(texts("K", "lo", "hi")), []string{"lo", "hi"}, []float32{0.26894143, 0.7310586, 0.26894143, 0.7310586}, []int{1, 1}},
	{"folded constants", graph{inputs: x2, constants: []message{floats("a", []int64{2}, 1, 2)}, outputs: []string{"Y"}, nodes: []message{
		node("", "Constant", nil, []string{"b"}, attributes{"value": floats("", nil, 10)}),
		node("", "Mul", []string{"a", "b"}, []string{"c"}, nil),
		node("", "Add", []string{"X", "c"}, []string{"Y"}, nil)}}, nil, []float32{11, 20, 8, 23}, nil},
	{"two named inputs", graph{inputs: []message{input("age", 1), input("pay", 1)}, outputs: []string{"Y"}, nodes: []message{
		node("", "Concat", []string{"pay", "age"}, []string{"Y"}, attributes{"axis": 1})}}, nil, []float32{0, 1, 3, -2}, nil},
}

func TestOperators(t *testing.T) {
	for _, c := range graphs {
		t.Run(c.name, func(t *testing.T) {
			m, err := model.Parse("test.onnx", c.graph.file(), model.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var out model.Output
			if err := m.Predict([]float32{1, 0, -2, 3, nan, nan}, 3, &out); err != nil {
				t.Fatal(err)
			}
			near := func(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-6 }
			if got := out.Scores[:2*out.Columns]; !slices.EqualFunc(got, c.scores, near) {
				t.Errorf("scores %v, want %v", got, c.scores)
			}
			if !slices.Equal(m.Info().Classes, c.classes) || c.labels != nil && !slices.Equal(out.Labels[:2], c.labels) {
				t.Errorf("classes %q, labels %v; want %q, %v", m.Info().Classes, out.Labels, c.classes, c.labels)
			}
		})
	}
}

func TestMissingValueInTrees(t *testing.T) {
	for _, c := range []struct {
		mode    string
		missing int64
		want    float32
	}{{"BRANCH_LEQ", 0, 1}, {"BRANCH_LEQ", 1, -1}, {"BRANCH_LT", 1, -1}, {"BRANCH_GT", 0, 1}, {"BRANCH_GTE", 0, 1}, {"BRANCH_GTE", 1, -1}} {
		m, err := model.Parse("test.onnx", one(ml, "TreeEnsembleRegressor", targetVotes(c.mode, c.missing)).file(), model.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var out model.Output
		if err := m.Predict([]float32{0, nan}, 1, &out); err != nil || out.Scores[0] != c.want {
			t.Errorf("%s, missing tracks true %d: %v %v, want %v", c.mode, c.missing, out.Scores, err, c.want)
		}
	}
}

func TestThresholdsAreExact(t *testing.T) {
	for mode, want := range map[string][3]float32{ // below, at and above the threshold
		"BRANCH_LEQ": {-1, -1, 1}, "BRANCH_LT": {-1, 1, 1}, "BRANCH_GTE": {1, -1, -1}, "BRANCH_GT": {1, 1, -1},
	} {
		m, err := model.Parse("test.onnx", one(ml, "TreeEnsembleRegressor", targetVotes(mode, 0)).file(), model.Options{})
		if err != nil {
			t.Fatal(err)
		}
		below, above := math.Nextafter32(0.5, 0), math.Nextafter32(0.5, 1)
		var out model.Output
		if err := m.Predict([]float32{0, below, 0, 0.5, 0, above}, 3, &out); err != nil || !slices.Equal(out.Scores, want[:]) {
			t.Errorf("%s: %v %v, want %v", mode, out.Scores, err, want)
		}
	}
}

package model_test

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"pitwall/serve/model"
)

// doubles makes a constant of double precision.
func doubles(values ...float64) message {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
	}
	return tensorHeader("", 11, []int64{int64(len(values))}).text(9, string(raw))
}

// axes is the attribute of older opsets.
func axes(n int64) attributes { return attributes{"axes": []int64{n}} }

// chain is a graph of single-input nodes in a row, from X to Y.
func chain(nodes ...message) graph {
	return graph{inputs: x2, nodes: nodes, outputs: []string{"Y"}}
}

func TestElementwiseAndShapeOperators(t *testing.T) {
	in, mid, out := []string{"X"}, []string{"m"}, []string{"Y"}
	for name, c := range map[string]struct {
		graph graph
		want  []float32 // for the rows (1, 0) and (-2, 3)
	}{
		"LeakyRelu":       {one("", "LeakyRelu", attributes{"alpha": float32(0.5)}), []float32{1, 0, -1, 3}},
		"Neg":             {one("", "Neg", nil), []float32{-1, 0, 2, -3}},
		"Abs":             {one("", "Abs", nil), []float32{1, 0, 2, 3}},
		"Floor":           {one("", "Floor", nil), []float32{1, 0, -2, 3}},
		"Exp":             {one("", "Exp", nil), []float32{math.E, 1, 0.13533528, 20.085537}},
		"LogSoftmax":      {one("", "LogSoftmax", nil), []float32{-0.31326166, -1.3132616, -5.006715, -0.006715348}},
		"Clip":            {graph{inputs: x2, constants: []message{floats("lo", nil, 0)}, outputs: out, nodes: []message{node("", "Clip", []string{"X", "lo"}, out, nil)}}, []float32{1, 0, 0, 3}},
		"Sum":             {chain(node("", "Sum", []string{"X", "X", "X"}, out, nil)), []float32{3, 0, -6, 9}},
		"Min":             {withConstant("Min", floats("K", nil, 0.5), nil), []float32{0.5, 0, -2, 0.5}},
		"Div":             {withConstant("Div", floats("K", []int64{2}, 2, 4), nil), []float32{0.5, 0, -1, 0.75}},
		"ReduceMin":       {one("", "ReduceMin", axes(1)), []float32{0, -2}},
		"ReduceL1":        {one("", "ReduceL1", axes(1)), []float32{1, 5}},
		"ReduceL2":        {one("", "ReduceL2", axes(1)), []float32{1, 3.6055512}},
		"ReduceLogSumExp": {one("", "ReduceLogSumExp", axes(1)), []float32{1.3132616, 3.0067153}},
		"Flatten":         {chain(node("", "Unsqueeze", in, mid, axes(2)), node("", "Flatten", mid, out, nil)), []float32{1, 0, -2, 3}},
		"Squeeze":         {chain(node("", "ReduceSum", in, mid, axes(1)), node("", "Squeeze", mid, out, axes(-1))), []float32{1, 1}},
		"Cast": {chain(node("", "Cast", in, mid, attributes{"to": 9}), node("", "Cast", mid, out, attributes{"to": 1})),
			[]float32{1, 0, 1, 1}},
		"Normalizer MAX": {one(ml, "Normalizer", nil), []float32{1, 0, -2. / 3, 1}},
		"Normalizer L2":  {one(ml, "Normalizer", attributes{"norm": "L2"}), []float32{1, 0, -0.5547002, 0.8320503}},
		"averaged trees": {one(ml, "TreeEnsembleRegressor", average()), []float32{9.5, 10.5}},
		"double precision": {one(ml, "TreeEnsembleRegressor", stump(attributes{"nodes_values_as_tensor": doubles(0.1, 0, 0), "target_weights_as_tensor": doubles(-1, 1),
			"target_treeids": []int64{0, 0}, "target_nodeids": []int64{1, 2}, "target_ids": []int64{0, 0}})), []float32{-1, 1}},
		"zero-aware softmax": {one(ml, "LinearRegressor", attributes{"coefficients": []float32{1, 0, 0, 1}, "targets": 2, "post_transform": "SOFTMAX_ZERO"}),
			[]float32{1, 0, 0.006692851, 0.9933072}},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := model.Parse("test.onnx", c.graph.file(), model.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var out model.Output
			if err := m.Predict([]float32{1, 0, -2, 3}, 2, &out); err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(out.Scores, c.want, func(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-5 }) {
				t.Errorf("scores %v, want %v", out.Scores, c.want)
			}
		})
	}
}

// average is the mean of a stump and a tree without votes, above a base value of 10.
func average() attributes {
	return attributes{
		"nodes_treeids": []int64{0, 0, 0, 1}, "nodes_nodeids": []int64{0, 1, 2, 0}, "nodes_featureids": []int64{1, 0, 0, 0},
		"nodes_modes": []string{"BRANCH_LEQ", "LEAF", "LEAF", "LEAF"}, "nodes_values": []float32{0.5, 0, 0, 0},
		"nodes_truenodeids": []int64{1, 0, 0, 0}, "nodes_falsenodeids": []int64{2, 0, 0, 0},
		"target_treeids": []int64{0, 0}, "target_nodeids": []int64{1, 2}, "target_ids": []int64{0, 0}, "target_weights": []float32{-1, 1},
		"base_values": []float32{10}, "aggregate_function": "AVERAGE",
	}
}

// A float32 feature compared with a double threshold: rounding the threshold to the nearest float32 would answer wrongly.
func TestDoubleThresholdsRoundDown(t *testing.T) {
	threshold := math.Nextafter(float64(float32(0.1)), 0) // just below the float32, which is nearest to it
	m, err := model.Parse("test.onnx", one(ml, "TreeEnsembleRegressor", stump(attributes{"nodes_values_as_tensor": doubles(threshold, 0, 0),
		"target_treeids": []int64{0, 0}, "target_nodeids": []int64{1, 2}, "target_ids": []int64{0, 0}, "target_weights": []float32{-1, 1}})).file(), model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out model.Output
	if err := m.Predict([]float32{0, 0.1}, 1, &out); err != nil || out.Scores[0] != 1 {
		t.Errorf("0.1 <= %v answered yes: %v %v", threshold, out.Scores, err)
	}
}

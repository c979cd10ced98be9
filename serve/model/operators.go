package model

import "math"

// built is an operator made ready for one node.
type built struct {
	run     kernel
	width   int      // columns the operator insists on; 0 when any number will do
	atLeast int      // lower bound of the columns; 0 when there is none
	classes *classes // labels of the output, for classifiers and label look-ups
	work    int      // multiplications per row, for matrix products
}

// builder reads a node's attributes. constants has an element per input, nil where the input is no constant.
type builder func(n *onnxNode, constants []*tensor) (built, error)

// flow says how an operator's first output relates to its inputs.
type flow uint8

const (
	flowNew  flow = iota // something else
	flowSame             // same columns in the same order: widths and class labels pass through
	flowView             // same elements in another shape: class labels pass through
)

// operator is a row of the table of supported operators.
type operator struct {
	minIn, maxIn, out int
	flow              flow
	build             builder
}

const manyInputs = 1 << 16

// operators holds what can be evaluated, by opName.
var operators = map[string]operator{
	"ai.onnx.ml.TreeEnsembleClassifier": {1, 1, 2, flowNew, buildTreeClassifier},
	"ai.onnx.ml.TreeEnsembleRegressor":  {1, 1, 1, flowNew, buildTreeRegressor},
	"ai.onnx.ml.LinearClassifier":       {1, 1, 2, flowNew, buildLinearClassifier},
	"ai.onnx.ml.LinearRegressor":        {1, 1, 1, flowNew, buildLinearRegressor},
	"ai.onnx.ml.ZipMap":                 {1, 1, 1, flowSame, buildZipMap},

	"ai.onnx.ml.Scaler":                {1, 1, 1, flowSame, buildScaler},
	"ai.onnx.ml.Normalizer":            {1, 1, 1, flowSame, buildNormalizer},
	"ai.onnx.ml.Imputer":               {1, 1, 1, flowSame, buildImputer},
	"ai.onnx.ml.Binarizer":             {1, 1, 1, flowSame, buildBinarizer},
	"ai.onnx.ml.FeatureVectorizer":     {1, manyInputs, 1, flowNew, buildFeatureVectorizer},
	"ai.onnx.ml.ArrayFeatureExtractor": {2, 2, 1, flowNew, buildArrayFeatureExtractor},

	"Add": {2, 2, 1, flowSame, pairwise(func(a, b float32) float32 { return a + b })},
	"Sub": {2, 2, 1, flowSame, pairwise(func(a, b float32) float32 { return a - b })},
	"Mul": {2, 2, 1, flowSame, pairwise(func(a, b float32) float32 { return a * b })},
	"Div": {2, 2, 1, flowSame, pairwise(func(a, b float32) float32 { return a / b })},
	"Pow": {2, 2, 1, flowSame, pairwise(func(a, b float32) float32 { return float32(math.Pow(float64(a), float64(b))) })},
	"Min": {2, 2, 1, flowSame, pairwise(func(a, b float32) float32 { return min(a, b) })},
	"Max": {2, 2, 1, flowSame, pairwise(func(a, b float32) float32 { return max(a, b) })},
	"Sum": {1, manyInputs, 1, flowSame, buildSum},

	"Relu":       {1, 1, 1, flowSame, unary(func(v float32) float32 { return max(v, 0) })},
	"Neg":        {1, 1, 1, flowSame, unary(func(v float32) float32 { return -v })},
	"Reciprocal": {1, 1, 1, flowSame, unary(func(v float32) float32 { return 1 / v })},
	"Abs":        {1, 1, 1, flowSame, unary64(math.Abs)},
	"Sqrt":       {1, 1, 1, flowSame, unary64(math.Sqrt)},
	"Exp":        {1, 1, 1, flowSame, unary64(math.Exp)},
	"Log":        {1, 1, 1, flowSame, unary64(math.Log)},
	"Tanh":       {1, 1, 1, flowSame, unary64(math.Tanh)},
	"Sigmoid":    {1, 1, 1, flowSame, unary64(sigmoid)},
	"Erf":        {1, 1, 1, flowSame, unary64(math.Erf)},
	"Floor":      {1, 1, 1, flowSame, unary64(math.Floor)},
	"LeakyRelu":  {1, 1, 1, flowSame, buildLeakyRelu},
	"Clip":       {1, 3, 1, flowSame, buildClip},

	"MatMul":     {2, 2, 1, flowNew, buildMatMul},
	"Gemm":       {2, 3, 1, flowNew, buildGemm},
	"Softmax":    {1, 1, 1, flowSame, lastAxis(softmax)},
	"LogSoftmax": {1, 1, 1, flowSame, lastAxis(logSoftmax)},

	"ReduceSum":       {1, 2, 1, flowNew, reduce(reduceSum)},
	"ReduceMean":      {1, 2, 1, flowNew, reduce(reduceMean)},
	"ReduceMin":       {1, 2, 1, flowNew, reduce(reduceMin)},
	"ReduceMax":       {1, 2, 1, flowNew, reduce(reduceMax)},
	"ReduceL1":        {1, 2, 1, flowNew, reduce(reduceL1)},
	"ReduceL2":        {1, 2, 1, flowNew, reduce(reduceL2)},
	"ReduceSumSquare": {1, 2, 1, flowNew, reduce(reduceSumSquare)},
	"ReduceLogSumExp": {1, 2, 1, flowNew, reduce(reduceLogSumExp)},
	"ArgMax":          {1, 1, 1, flowNew, buildArgMax},

	"Constant":  {0, 0, 1, flowNew, buildConstant},
	"Identity":  {1, 1, 1, flowSame, buildIdentity},
	"Cast":      {1, 1, 1, flowSame, buildCast},
	"Reshape":   {2, 2, 1, flowView, buildReshape},
	"Flatten":   {1, 1, 1, flowView, buildFlatten},
	"Squeeze":   {1, 2, 1, flowView, buildSqueeze},
	"Unsqueeze": {1, 2, 1, flowView, buildUnsqueeze},
	"Concat":    {1, manyInputs, 1, flowNew, buildConcat},
	"Gather":    {2, 2, 1, flowNew, buildGather},
}

package model

import (
	"fmt"
	"math"
)

// postTransform turns raw scores into the scores of an ai.onnx.ml operator (its post_transform attribute).
type postTransform uint8

const (
	postNone postTransform = iota
	postLogistic
	postSoftmax
	postSoftmaxZero
)

// postTransformOf reads the attribute. PROBIT is refused: skl2onnx never writes it.
func postTransformOf(n *onnxNode) (postTransform, error) {
	switch s := n.text("post_transform", "NONE"); s {
	case "NONE":
		return postNone, nil
	case "LOGISTIC":
		return postLogistic, nil
	case "SOFTMAX":
		return postSoftmax, nil
	case "SOFTMAX_ZERO":
		return postSoftmaxZero, nil
	default:
		return 0, fmt.Errorf("post_transform %q is not supported", s)
	}
}

func (p postTransform) apply(scores []float64) {
	switch p {
	case postLogistic:
		for i, v := range scores {
			scores[i] = sigmoid(v)
		}
	case postSoftmax:
		softmax(scores)
	case postSoftmaxZero:
		softmaxZero(scores)
	}
}

// sigmoid is 1/(1+e^-v), written so that neither sign overflows.
func sigmoid(v float64) float64 {
	if v >= 0 {
		return 1 / (1 + math.Exp(-v))
	}
	e := math.Exp(v)
	return e / (1 + e)
}

func softmax(v []float64) {
	top := math.Inf(-1)
	for _, x := range v {
		top = max(top, x)
	}
	sum := 0.0
	for i, x := range v {
		v[i] = math.Exp(x - top)
		sum += v[i]
	}
	for i := range v {
		v[i] /= sum
	}
}

// softmaxZero is softmax over the scores that are not (nearly) zero; those stay zero. ONNX Runtime's threshold is 1e-7.
func softmaxZero(v []float64) {
	top := math.Inf(-1)
	for _, x := range v {
		top = max(top, x)
	}
	sum := 0.0
	for i, x := range v {
		if math.Abs(x) > 1e-7 {
			v[i] = math.Exp(x - top)
			sum += v[i]
		} else {
			v[i] = 0
		}
	}
	if sum == 0 {
		return
	}
	for i := range v {
		v[i] /= sum
	}
}

// argmax is the index of the largest score, the first of equals.
func argmax[T float32 | float64](scores []T) int {
	best := 0
	for i, v := range scores {
		if v > scores[best] {
			best = i
		}
	}
	return best
}

package modelfile

import (
	"fmt"
	"math"
	"slices"

	"pitwall/serve/model"
)

// leastProbability keeps the logarithm finite, as scikit-learn's log_loss does.
const leastProbability = 1e-15

func score(classes, labels []string, out model.Output) (map[string]float64, error) {
	right, loss := 0, 0.0
	for i, label := range labels {
		want := slices.Index(classes, label)
		if want < 0 {
			return nil, fmt.Errorf("row %d is of class %q: the model knows %d others", i+1, label, len(classes))
		}
		if out.Labels[i] == want {
			right++
		}
		loss -= math.Log(max(float64(out.Scores[i*out.Columns+want]), leastProbability))
	}
	n := float64(len(labels))
	return map[string]float64{"accuracy": float64(right) / n, "log_loss": loss / n}, nil
}

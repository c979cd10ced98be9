package registry

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pitwall/backends/mlflow"
)

// telling are the metrics by which models are usually judged, the most telling
// first.
var telling = []string{"accuracy", "f1", "auc", "precision", "recall", "r2", "rmse", "mae", "mape", "logloss", "log_loss", "loss"}

// rank orders the names of the metrics of some versions: those that models are
// usually judged by before others, of the test before those of the training.
func rank(known map[string]fact) []string {
	names := map[string]bool{}
	for _, f := range known {
		for _, m := range f.detail.Metrics {
			names[m.Name()] = true
		}
	}
	return slices.SortedFunc(maps.Keys(names), func(a, b string) int {
		return cmp.Or(weight(a)-weight(b), cmp.Compare(a, b))
	})
}

func weight(name string) int {
	name = strings.ToLower(name)
	at := slices.IndexFunc(telling, func(t string) bool { return strings.Contains(name, t) })
	if at < 0 {
		at = len(telling)
	}
	switch {
	case strings.HasPrefix(name, "system/"):
		at += 200
	case strings.HasPrefix(name, "train"):
		at += 100
	}
	return at
}

// metricsText is the metrics of a version in that order, "" for none.
func metricsText(order []string, d mlflow.Detail) string {
	var parts []string
	for _, name := range order {
		for _, m := range d.Metrics {
			if m.Name() == name {
				parts = append(parts, fmt.Sprintf("%s %.4g", name, m.Value))
			}
		}
	}
	return strings.Join(parts, "  ")
}

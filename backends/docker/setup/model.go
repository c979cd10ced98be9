package setup

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"pitwall/backends/docker/world"
)

// modelEnds are how the names of model files end.
var modelEnds = []string{".onnx", ".ubj", ".xgb", ".bst", ".json", ".cbm", ".pkl", ".pickle", ".joblib", ".pt", ".pth", ".pb", ".tflite", ".h5",
	".keras", ".safetensors", ".gguf"}

// ModelPath is where a container has its model file: where its label says, else
// what its command names. "" when neither tells.
func ModelPath(m world.Member) string {
	found := m.Model
	if found == "" {
		found = named(m.Container.Command)
	}
	if found == "" || path.IsAbs(found) {
		return found
	}
	return path.Join(cmp.Or(m.Container.Dir, "/"), found)
}

// named is the model file that a command names: an argument that ends like one,
// or the path that an option about the model gives. The files that other options
// give (a baseline, a configuration) are none.
func named(command []string) string {
	var words []string
	for _, w := range command {
		words = append(words, strings.Fields(w)...) // of sh -c
	}
	found, option := "", ""
	for _, word := range words {
		before := option
		option = ""
		value := word
		if strings.HasPrefix(word, "-") {
			name, given, assigned := strings.Cut(word, "=")
			if !assigned {
				option = name
				continue
			}
			before, value = name, given
		}
		ends := slices.Contains(modelEnds, strings.ToLower(path.Ext(value)))
		switch about := strings.Contains(strings.ToLower(before), "model"); {
		case strings.Contains(value, "://"):
		case about && (ends || path.IsAbs(value)):
			return value
		case ends && (before == "" || path.Ext(value) != ".json"):
			found = value
		}
	}
	return found
}

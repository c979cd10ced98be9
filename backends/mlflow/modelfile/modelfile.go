// Package modelfile describes a model file that the serving binary can load as
// a new version for the registry: what it takes and gives, and who wrote it.
package modelfile

import (
	"strconv"

	"pitwall/backends/mlflow"
	"pitwall/serve/model"
)

// Describe loads a model file and prepares its registration under name: format,
// parameters and signature come from the file. columns names its inputs where
// the file does not; nil leaves them unnamed. Errors are those of model.Load.
func Describe(name, path string, columns []string) (mlflow.Registration, *model.Model, error) {
	m, err := model.Load(path, model.Options{Width: len(columns)})
	if err != nil {
		return mlflow.Registration{}, nil, err
	}
	info := m.Info()
	reg := mlflow.Registration{Model: name, File: path, Format: info.Format, Metrics: map[string]float64{}, Tags: map[string]string{},
		Params: map[string]string{"format": info.Format, "features": strconv.Itoa(info.Width)}}
	if info.Producer != "" {
		reg.Params["producer"] = info.Producer
	}
	if info.Features != nil {
		columns = info.Features
	}
	for i := range info.Width {
		f := mlflow.Field{Type: "float"}
		if i < len(columns) {
			f.Name = columns[i]
		}
		reg.Signature.Inputs = append(reg.Signature.Inputs, f)
	}
	if info.Classes == nil {
		reg.Signature.Outputs = []mlflow.Field{{Type: "float"}}
		return reg, m, nil
	}
	reg.Params["classes"] = strconv.Itoa(len(info.Classes))
	for _, class := range info.Classes {
		reg.Signature.Outputs = append(reg.Signature.Outputs, mlflow.Field{Name: "probability of " + class, Type: "float"})
	}
	return reg, m, nil
}

// Evaluate measures a classifier on labelled rows of its width: accuracy, 0 to
// 1, and log_loss, the mean of -ln of the probability that it gave to the right
// class, cut at 1e-15. A label is the text of a class. Without rows, or for a
// regressor, there is nothing to measure: nil.
func Evaluate(m *model.Model, rows []float32, labels []string) (map[string]float64, error) {
	info := m.Info()
	if info.Classes == nil || len(labels) == 0 {
		return nil, nil
	}
	var out model.Output
	if err := m.Predict(rows, len(labels), &out); err != nil {
		return nil, err
	}
	return score(info.Classes, labels, out)
}

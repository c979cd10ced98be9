package mlflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Signature is what a model takes and gives.
type Signature struct {
	Inputs  []Field `json:"inputs"`
	Outputs []Field `json:"outputs"`
	Params  []Field `json:"params,omitempty"`
}

// Field is a column, a tensor or a parameter.
type Field struct {
	Name     string `json:"name,omitempty"` // "" of an unnamed one
	Type     string `json:"type"`           // "double", "string", "tensor(float32, -1×30)"
	Optional bool   `json:"optional,omitempty"`
}

// String writes a field as "name: type", with ? behind an optional one's type.
func (f Field) String() string {
	text := f.Type
	if f.Optional {
		text += "?"
	}
	if f.Name == "" {
		return text
	}
	return f.Name + ": " + text
}

// FieldList writes at most so many fields in one line, and how many more there
// are.
func FieldList(fields []Field, most int) string {
	parts := make([]string, 0, most+1)
	for i, f := range fields {
		if i == most {
			parts = append(parts, fmt.Sprintf("and %d more", len(fields)-most))
			break
		}
		parts = append(parts, f.String())
	}
	return strings.Join(parts, ", ")
}

// ErrNoSignature says that a model was logged without a signature.
var ErrNoSignature = errors.New("it was logged without a signature")

const (
	modelFile    = "MLmodel"                  // describes a logged model, YAML
	maxModelFile = 1 << 20                    // bytes of it
	historyTag   = "mlflow.log-model.history" // of a run: the models that it logged, JSON
)

// wireSignature is a signature in the MLmodel file and in the history tag:
// each list is JSON in a string.
type wireSignature struct {
	Inputs  string `json:"inputs" yaml:"inputs"`
	Outputs string `json:"outputs" yaml:"outputs"`
	Params  string `json:"params" yaml:"params"`
}

func (w wireSignature) signature() (Signature, error) {
	var s Signature
	for _, part := range []struct {
		text string
		into *[]Field
	}{{w.Inputs, &s.Inputs}, {w.Outputs, &s.Outputs}, {w.Params, &s.Params}} {
		if part.text == "" {
			continue
		}
		fields, err := parseFields(part.text)
		if err != nil {
			return Signature{}, err
		}
		*part.into = fields
	}
	if s.Inputs == nil && s.Outputs == nil && s.Params == nil {
		return s, ErrNoSignature
	}
	return s, nil
}

func parseFields(text string) ([]Field, error) {
	var list []struct {
		Name     string          `json:"name"`
		Type     string          `json:"type"`
		Required *bool           `json:"required"`
		Default  json.RawMessage `json:"default"`
		Tensor   struct {
			Type  string `json:"dtype"`
			Shape []int  `json:"shape"`
		} `json:"tensor-spec"`
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("the signature is damaged: %w", err)
	}
	fields := make([]Field, 0, len(list))
	for _, w := range list {
		f := Field{Name: w.Name, Type: w.Type, Optional: w.Required != nil && !*w.Required || len(w.Default) > 0}
		if w.Type == "tensor" {
			shape := make([]string, len(w.Tensor.Shape))
			for i, n := range w.Tensor.Shape {
				shape[i] = fmt.Sprint(n)
			}
			f.Type = fmt.Sprintf("tensor(%s, %s)", w.Tensor.Type, strings.Join(shape, "×"))
		}
		fields = append(fields, f)
	}
	return fields, nil
}

// parseModelFile reads the signature in an MLmodel file.
func parseModelFile(text []byte) (Signature, error) {
	var file struct {
		Signature wireSignature `yaml:"signature"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return Signature{}, fmt.Errorf("the MLmodel file is damaged: %w", err)
	}
	return file.Signature.signature()
}

// parseHistory reads the signature of the model that a run logged under path,
// the last one with "", of its history tag.
func parseHistory(text, path string) (Signature, error) {
	var list []struct {
		Path      string        `json:"artifact_path"`
		Signature wireSignature `json:"signature"`
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return Signature{}, fmt.Errorf("the run's tag %s is damaged: %w", historyTag, err)
	}
	for i := len(list) - 1; i >= 0; i-- {
		if path == "" || list[i].Path == path {
			return list[i].Signature.signature()
		}
	}
	return Signature{}, ErrNoSignature
}

// Signature reads what a version takes and gives: of its MLmodel file, else of
// the run that logged it, which has it in a tag while its files may be out of
// reach. The error is ErrNoSignature when there is none.
func (r *Reader) Signature(ctx context.Context, v Version) (Signature, error) {
	text, fromFile := r.file(ctx, v, modelFile, maxModelFile)
	if fromFile == nil {
		return parseModelFile(text)
	}
	if v.RunID == "" {
		return Signature{}, fromFile
	}
	run, err := r.run(ctx, v.RunID)
	if err != nil || run.Tags[historyTag] == "" {
		return Signature{}, fromFile
	}
	_, path, _ := strings.Cut(strings.TrimPrefix(v.Source, "runs:/"), "/")
	if rest, found := strings.CutPrefix(v.Source, strings.TrimRight(run.ArtifactURI, "/")+"/"); found {
		path = rest
	}
	return parseHistory(run.Tags[historyTag], path)
}

// wire is a signature as MLflow writes it: each list as JSON in a string.
func (s Signature) wire() wireSignature {
	return wireSignature{Inputs: fieldsJSON(s.Inputs), Outputs: fieldsJSON(s.Outputs), Params: fieldsJSON(s.Params)}
}

func fieldsJSON(fields []Field) string {
	if len(fields) == 0 {
		return ""
	}
	type column struct {
		Type     string `json:"type"`
		Name     string `json:"name,omitempty"`
		Required bool   `json:"required"`
	}
	list := make([]column, len(fields))
	for i, f := range fields {
		list[i] = column{f.Type, f.Name, !f.Optional}
	}
	text, err := json.Marshal(list)
	if err != nil {
		return "" // strings and booleans always are JSON
	}
	return string(text)
}

package serve

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// inferRequest is the body of a v2 inference request. Parameters are accepted
// everywhere the protocol has them; this server knows none.
type inferRequest struct {
	ID         *string                    `json:"id"`
	Parameters map[string]json.RawMessage `json:"parameters"`
	Inputs     []inferInput               `json:"inputs"`
	Outputs    []inferOutput              `json:"outputs"`
}

type inferInput struct {
	Name       string                     `json:"name"`
	Shape      []int64                    `json:"shape"`
	Datatype   string                     `json:"datatype"`
	Parameters map[string]json.RawMessage `json:"parameters"`
	Data       json.RawMessage            `json:"data"`
}

type inferOutput struct {
	Name       string                     `json:"name"`
	Parameters map[string]json.RawMessage `json:"parameters"`
}

// infer answers POST /v2/models/{name}[/versions/{version}]/infer.
func infer(v *service, b *buffers, deadline time.Time) error {
	var request inferRequest
	if err := json.Unmarshal(b.body, &request); err != nil {
		return badRequest("read the request: %v", err)
	}
	wanted, err := v.wantedOutputs(request.Outputs)
	if err != nil {
		return err
	}
	if len(request.Inputs) != 1 {
		return badRequest("%d inputs, the model takes one: %q", len(request.Inputs), inputName)
	}
	// the one input cannot be mistaken, so any name for it will do
	if err := v.readTensor(&request.Inputs[0], b); err != nil {
		return err
	}
	if err := v.predict(b, deadline); err != nil {
		return err
	}
	v.appendInference(b, request.ID, wanted)
	return nil
}

// wantedOutputs checks the outputs filter. Without one all outputs are wanted.
func (v *service) wantedOutputs(asked []inferOutput) ([]string, error) {
	have := []string{scoreName}
	if len(v.info.Classes) > 0 {
		have = []string{labelName, probabilitiesName}
	}
	if len(asked) == 0 {
		return have, nil
	}
	var wanted []string
	for _, o := range asked {
		switch {
		case !slices.Contains(have, o.Name):
			return nil, badRequest("unknown output %.80q: the model has %q", o.Name, have)
		case slices.Contains(wanted, o.Name):
			return nil, badRequest("output %q is asked for twice", o.Name)
		}
		wanted = append(wanted, o.Name)
	}
	return wanted, nil
}

// appendInference writes the answer.
func (v *service) appendInference(b *buffers, id *string, outputs []string) {
	b.out = append(b.out, `{"model_name":`...)
	b.out = append(b.out, quote(v.config.Name)...)
	b.out = append(b.out, `,"model_version":`...)
	b.out = append(b.out, quote(v.config.Version)...)
	if id != nil {
		b.out = append(b.out, `,"id":`...)
		b.out = append(b.out, quote(*id)...)
	}
	b.out = append(b.out, `,"outputs":[`...)
	for i, name := range outputs {
		if i > 0 {
			b.out = append(b.out, ',')
		}
		v.appendOutput(b, name)
	}
	b.out = append(b.out, "]}\n"...)
}

func (v *service) appendOutput(b *buffers, name string) {
	b.out = append(b.out, `{"name":"`...)
	b.out = append(b.out, name...)
	b.out = append(b.out, `","shape":[`...)
	b.out = strconv.AppendInt(b.out, int64(b.rows), 10)
	if name == labelName {
		b.out = append(b.out, `],"datatype":"BYTES","data":[`...)
		for i, label := range b.labels {
			if i > 0 {
				b.out = append(b.out, ',')
			}
			b.out = append(b.out, v.classes[label]...)
		}
	} else {
		b.out = append(b.out, ',')
		b.out = strconv.AppendInt(b.out, int64(b.columns), 10)
		b.out = append(b.out, `],"datatype":"FP32","data":[`...)
		b.out = appendNumbers(b.out, b.scores)
	}
	b.out = append(b.out, "]}"...)
}

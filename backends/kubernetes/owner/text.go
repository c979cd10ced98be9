package owner

import (
	"bytes"
	"encoding/json"

	"go.yaml.in/yaml/v3"
)

// present leaves out the members that are empty.
func present(members map[string]any) map[string]any {
	for name, value := range members {
		if value == "" {
			delete(members, name)
		}
	}
	return members
}

// snippet writes a part of a manifest as YAML, members in name order.
func snippet(v any) string {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(v); err != nil { // maps, lists and strings always go into YAML
		panic(err)
	}
	return b.String()
}

// fromJSON reads JSON with numbers as they stand: weights are whole.
func fromJSON(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return numbers(v), nil
}

// numbers makes numbers of the YAML encoder's out of those of JSON.
func numbers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = numbers(member)
		}
	case []any:
		for i, member := range v {
			v[i] = numbers(member)
		}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64() // what json.Number holds was a number
		return f
	}
	return v
}

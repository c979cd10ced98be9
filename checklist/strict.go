package checklist

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// strict decodes a mapping of which every field has to be known, at any depth:
// the decoder's own KnownFields does not reach into types that decode themselves.
func strict(n *yaml.Node, into any) error {
	if err := unknownField(n, reflect.TypeOf(into).Elem()); err != nil {
		return err
	}
	return n.Decode(into)
}

// unknownField finds the first field of a node that a type does not have.
func unknownField(n *yaml.Node, t reflect.Type) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Slice:
		for _, x := range n.Content {
			if err := unknownField(x, t.Elem()); err != nil {
				return err
			}
		}
	case reflect.Map:
		for i := 1; i < len(n.Content); i += 2 {
			if err := unknownField(n.Content[i], t.Elem()); err != nil {
				return err
			}
		}
	case reflect.Struct:
		return knownFields(n, t)
	}
	return nil
}

func knownFields(n *yaml.Node, t reflect.Type) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: a mapping is needed", n.Line)
	}
	fields, names := map[string]reflect.Type{}, []string(nil)
	for i := range t.NumField() {
		if tag := t.Field(i).Tag.Get("yaml"); tag != "" {
			fields[tag], names = t.Field(i).Type, append(names, tag)
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if !slices.Contains(names, key.Value) {
			return fmt.Errorf("line %d: field %s is not known: there are %s", key.Line, key.Value, strings.Join(names, ", "))
		}
		if err := unknownField(n.Content[i+1], fields[key.Value]); err != nil {
			return err
		}
	}
	return nil
}

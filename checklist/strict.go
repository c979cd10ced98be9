package checklist

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

var (
	nodeType  = reflect.TypeFor[yaml.Node]()
	namedType = reflect.TypeFor[named]()
	fileType  = reflect.TypeFor[file]()
)

// strict gathers everything in a file that is not of the type that decodes it:
// fields that are not known, values of another kind. The decoder itself stops at
// the first, and names no field.
type strict struct {
	report func(line int, format string, args ...any)
}

// node checks one value; field is its name from the item or section on.
func (s strict) node(n *yaml.Node, t reflect.Type, field string) {
	for n.Kind == yaml.AliasNode || n.Kind == yaml.DocumentNode {
		if n.Kind == yaml.AliasNode {
			n = n.Alias
		} else {
			n = n.Content[0]
		}
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case n.Tag == "!!null": // as if it was not there
	case t == nodeType: // of the file's settings, which are decoded later, over others
		s.node(n, reflect.TypeFor[Settings](), field)
	case t == namedType:
		s.value(n, reflect.TypeFor[string](), field)
	case t.Kind() == reflect.Slice:
		if s.is(n, yaml.SequenceNode, "a list is needed", field) {
			for _, x := range n.Content {
				s.node(x, t.Elem(), field)
			}
		}
	case t.Kind() == reflect.Map:
		if s.is(n, yaml.MappingNode, "a mapping is needed", field) {
			for i := 0; i+1 < len(n.Content); i += 2 {
				s.node(n.Content[i+1], t.Elem(), below(field, n.Content[i].Value))
			}
		}
	case t.Kind() == reflect.Struct:
		if s.is(n, yaml.MappingNode, "a mapping is needed", field) {
			s.fields(n, t, field)
		}
	default:
		s.value(n, t, field)
	}
}

// is reports whether a value is of a kind, and says so where it is not.
func (s strict) is(n *yaml.Node, kind yaml.Kind, lacks, field string) bool {
	if n.Kind != kind {
		s.say(n, field, lacks)
	}
	return n.Kind == kind
}

func (s strict) say(n *yaml.Node, field, text string) {
	if field != "" {
		text = field + ": " + text
	}
	s.report(n.Line, "%s", text)
}

func (s strict) fields(n *yaml.Node, t reflect.Type, field string) {
	types, names := map[string]reflect.Type{}, []string(nil)
	for i := range t.NumField() {
		if tag := t.Field(i).Tag.Get("yaml"); tag != "" {
			types[tag], names = t.Field(i).Type, append(names, tag)
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		of, known := types[key.Value]
		if !known {
			s.say(key, field, fmt.Sprintf("field %s is not known: there are %s", key.Value, strings.Join(names, ", ")))
			continue
		}
		if t == fileType && field != "" && key.Value == "deployments" { // an alias could hold itself
			s.say(key, field, "deployments stand at the top of a file only")
			continue
		}
		s.node(n.Content[i+1], of, below(field, key.Value))
	}
}

// below names a field of a section. Those of an item and of the settings stand
// alone: their line says which.
func below(field, name string) string {
	if field == "" || field == "items" || field == "settings" || field == "deployments" {
		return name
	}
	return field + "." + name
}

// written is how a person writes a value.
var written = map[reflect.Kind]string{reflect.Bool: "write true or false", reflect.String: "write a text", reflect.Int: "write a whole number", reflect.Float64: "write a number, as 0.9"}

// value checks what is no list and no mapping by decoding it.
func (s strict) value(n *yaml.Node, t reflect.Type, field string) {
	err := n.Decode(reflect.New(t).Interface())
	if err == nil && (t.Kind() != reflect.Int || n.ShortTag() != "!!float") { // the decoder cuts 2.5 off
		return
	}
	if plain, ok := errors.AsType[*scalarError](err); ok {
		s.say(n, field, plain.Error())
		return
	}
	wants := written[t.Kind()]
	if n.Kind != yaml.ScalarNode {
		s.say(n, field, wants+", no list and no mapping")
		return
	}
	s.say(n, field, fmt.Sprintf("%.60q cannot be: %s", n.Value, wants))
}

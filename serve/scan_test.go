package serve

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"time"
)

// FuzzReadRows holds the row parser to encoding/json: what it accepts,
// encoding/json reads as the same numbers, and what it refuses is either no
// valid JSON, or not the documented shape.
func FuzzReadRows(f *testing.F) {
	for _, seed := range []string{
		`{"features":[0.75,1e2,-0]}`, `{"features":{"a":1,"b":null,"\u0063":2.5E-3}}`,
		`{"instances":[[1,2,3],{"c":1,"b":2,"a":3}]}`, ` {"instances" : [ [ null , 0.1 , -1e-45 ] ] } `,
		`{"features":[NaN,+1,01]}`, `{"features":[1,2,3],"features":[1,2,3]}`, `{"instances":[]}`, `{"features":[1e39,1.,.5]}`,
	} {
		f.Add([]byte(seed))
	}
	c, err := Config{Name: "m", MaxRows: 20}.withDefaults()
	if err != nil {
		f.Fatal(err)
	}
	v := &service{names: abc, index: indexNames(abc), config: &c}
	v.info.Width = 3
	f.Fuzz(func(t *testing.T, body []byte) {
		b := &buffers{body: bytes.Clone(body)}
		err := v.readRows(b)
		want, ok := slowRows(body, c.MaxRows)
		if (err == nil) != ok {
			t.Fatalf("%q: %v; by encoding/json it is acceptable: %v", body, err, ok)
		}
		if err != nil {
			return
		}
		if len(b.x) != len(want) || b.rows*3 != len(want) {
			t.Fatalf("%q: %d values, %d rows, want %d values", body, len(b.x), b.rows, len(want))
		}
		for i := range want {
			if math.Float32bits(b.x[i]) != math.Float32bits(want[i]) {
				t.Fatalf("%q: value %d is %v, want %v", body, i, b.x[i], want[i])
			}
		}
	})
}

// slowRows reads a /predict body with encoding/json's tokens.
func slowRows(body []byte, maxRows int) (x []float32, ok bool) {
	if !json.Valid(body) {
		return nil, false
	}
	top, ok := pairs(body)
	if !ok || len(top) != 1 {
		return nil, false
	}
	rows := []json.RawMessage{top[0].value}
	switch top[0].key {
	case "features":
	case "instances":
		if json.Unmarshal(top[0].value, &rows) != nil || len(rows) == 0 || len(rows) > maxRows {
			return nil, false
		}
	default:
		return nil, false
	}
	for _, row := range rows {
		values, ok := slowRow(row)
		if !ok {
			return nil, false
		}
		x = append(x, values...)
	}
	return x, true
}

func slowRow(row json.RawMessage) ([]float32, bool) {
	var numbers []*float32
	switch row[0] {
	case '[':
		if json.Unmarshal(row, &numbers) != nil {
			return nil, false
		}
	case '{':
		fields, ok := pairs(row)
		if !ok {
			return nil, false
		}
		byName := make(map[string]json.RawMessage)
		for _, f := range fields {
			byName[f.key] = f.value
		}
		if len(byName) != len(fields) || len(fields) != 3 {
			return nil, false
		}
		for _, name := range abc {
			var n *float32
			if value, ok := byName[name]; !ok || json.Unmarshal(value, &n) != nil {
				return nil, false
			}
			numbers = append(numbers, n)
		}
	}
	if len(numbers) != 3 {
		return nil, false
	}
	values := make([]float32, 3)
	for i, n := range numbers {
		if values[i] = float32(math.NaN()); n != nil {
			values[i] = *n
		}
	}
	return values, true
}

type pair struct {
	key   string
	value json.RawMessage
}

// pairs are the members of a valid JSON object, repeated keys included.
func pairs(object []byte) (members []pair, ok bool) {
	d := json.NewDecoder(bytes.NewReader(object))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, false
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, false
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return nil, false
		}
		members = append(members, pair{key.(string), value})
	}
	return members, true
}

// FuzzInfer: no body breaks the inference protocol's side.
func FuzzInfer(f *testing.F) {
	f.Add([]byte(`{"id":"x","inputs":[{"name":"input","shape":[1,3],"datatype":"FP32","data":[0.75,1,2]}],"outputs":[{"name":"label"}]}`))
	f.Add([]byte(`{"inputs":[{"name":"input","shape":[2,3],"datatype":"INT8","data":[[1,2,3],[4,5,6]]}]}`))
	f.Add([]byte(`{"inputs":[{"name":"input","shape":[3],"datatype":"BOOL","data":[true,false,null]}]}`))
	c, err := Config{Name: "m", MaxRows: 20}.withDefaults()
	if err != nil {
		f.Fatal(err)
	}
	v, err := newServer(c).newService(&fake{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		b := &buffers{body: body}
		if err := infer(v, b, time.Now().Add(time.Hour)); err != nil {
			if _, told := err.(*refusal); !told {
				t.Fatalf("%q: %v", body, err)
			}
		} else if !json.Valid(b.out) {
			t.Fatalf("%q: the answer is no JSON: %q", body, b.out)
		}
	})
}

package mlflowtest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// pairs are tags or parameters in the order in which they were set.
type pairs []pair

type pair struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

func (p pairs) with(key, value string) pairs {
	for i := range p {
		if p[i].Key == key {
			p[i].Value = value
			return p
		}
	}
	return append(p, pair{key, value})
}

func (p pairs) without(key string) pairs {
	var out pairs
	for _, x := range p {
		if x.Key != key {
			out = append(out, x)
		}
	}
	return out
}

func (p pairs) get(key string) string {
	for _, x := range p {
		if x.Key == key {
			return x.Value
		}
	}
	return ""
}

// window is the part of a list that a page shows.
type window struct {
	from, size int
}

// page reads max_results and page_token.
func (c *call) page(fallback, most int64) (window, error) {
	size, err := c.number("max_results", fallback)
	if err != nil {
		return window{}, err
	}
	if size > most {
		if c.release == V2_10 {
			return window{}, invalid("Invalid value for request parameter max_results. It must be at most %d, but got value %d", most, size)
		}
		v, _ := c.value("max_results")
		return window{}, c.wrong("max_results", v)
	}
	token, err := c.text("page_token")
	if err != nil || token == "" {
		return window{0, int(size)}, err
	}
	text, err := base64.StdEncoding.DecodeString(token)
	var at struct{ Offset int }
	if err != nil || json.Unmarshal(text, &at) != nil || at.Offset < 0 {
		return window{}, invalid("Invalid page token, could not base64-decode")
	}
	return window{at.Offset, int(size)}, nil
}

// cut takes the page out of a list and makes the token of the next.
func cut[T any](list []T, w window) (part []T, next string) {
	from := min(w.from, len(list))
	end := min(from+w.size, len(list))
	if end < len(list) {
		next = base64.StdEncoding.EncodeToString(fmt.Appendf(nil, `{"offset": %d}`, end))
	}
	return list[from:end], next
}

// object is a JSON object that leaves out what is empty, as protobuf does.
type object map[string]any

// put adds a value unless it is empty.
func (o object) put(key string, v any) object {
	switch x := v.(type) {
	case string:
		if x == "" {
			return o
		}
	case int64:
		if x == 0 {
			return o
		}
	case pairs:
		if len(x) == 0 {
			return o
		}
	case []object:
		if len(x) == 0 {
			return o
		}
	case []string:
		if len(x) == 0 {
			return o
		}
	}
	o[key] = v
	return o
}

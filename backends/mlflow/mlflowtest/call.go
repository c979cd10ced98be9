package mlflowtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// refusal is an error that MLflow answers as JSON.
type refusal struct {
	status        int
	code, message string
}

func (r *refusal) Error() string { return r.code + ": " + r.message }

func invalid(format string, args ...any) error {
	return &refusal{http.StatusBadRequest, "INVALID_PARAMETER_VALUE", fmt.Sprintf(format, args...)}
}

func absent(format string, args ...any) error {
	return &refusal{http.StatusNotFound, "RESOURCE_DOES_NOT_EXIST", fmt.Sprintf(format, args...)}
}

func exists(format string, args ...any) error {
	return &refusal{http.StatusBadRequest, "RESOURCE_ALREADY_EXISTS", fmt.Sprintf(format, args...)}
}

// forbidden is a refusal of basic auth.
type forbidden struct{}

func (forbidden) Error() string { return "Permission denied" }

// errInternal is what real servers answer with a page and status 500.
var errInternal = errors.New("internal error")

// call is one request: its parameters, from the query or the JSON body. What is
// not known is ignored.
type call struct {
	release Release
	by      *user  // who asks, nil without basic auth
	id      string // in the path
	query   url.Values
	body    map[string]any
	bareNaN bool // the body held NaN, which is no JSON
}

func (c *call) read(r *http.Request) error {
	c.query = url.Values{}
	if r.Method == http.MethodGet {
		c.query = r.URL.Query()
		return nil
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	switch kind := r.Header.Get("Content-Type"); {
	case len(text) == 0:
	case kind == "":
		return invalid("Bad Request. Content-Type header is missing.")
	case !strings.HasPrefix(kind, "application/json"):
		return invalid("Bad Request. Content-Type must be one of ['application/json'].")
	}
	if cleaned := bytes.ReplaceAll(text, []byte(":NaN"), []byte(":null")); !bytes.Equal(cleaned, text) {
		text, c.bareNaN = cleaned, true
	}
	var content any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if d.Decode(&content) != nil {
		return nil // a body that is no JSON counts as empty
	}
	object, is := content.(map[string]any)
	if !is {
		return errInternal
	}
	c.body = object
	return nil
}

// value is a parameter, from wherever it came.
func (c *call) value(name string) (any, bool) {
	if c.query.Has(name) {
		return c.query.Get(name), true
	}
	v, found := c.body[name]
	return v, found && v != nil
}

// text is a parameter that must be a string.
func (c *call) text(name string) (string, error) {
	v, found := c.value(name)
	if !found {
		return "", nil
	}
	s, is := v.(string)
	if !is {
		return "", c.wrong(name, v)
	}
	return s, nil
}

// need is a text that must be there.
func (c *call) need(name string) (string, error) {
	s, err := c.text(name)
	if err == nil && s == "" {
		err = invalid("Missing value for required parameter '%s'. See the API docs for more information about request parameters.", name)
	}
	return s, err
}

// needs reads several.
func (c *call) needs(names ...string) ([]string, error) {
	out := make([]string, len(names))
	for i, name := range names {
		var err error
		if out[i], err = c.need(name); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// wrong is the refusal of a value of another type.
func (c *call) wrong(name string, v any) error {
	kind, text := "str", fmt.Sprintf("%q", v)
	if n, is := v.(json.Number); is {
		kind, text = "int", n.String()
	}
	between := ": "
	if c.release == V2_10 {
		between = "."
	}
	return invalid("Invalid value %s for parameter '%s' supplied%s Hint: Value was of type '%s'. See the API docs for more information about request parameters.",
		text, name, between, kind)
}

// number is an integer parameter; absent is fallback.
func (c *call) number(name string, fallback int64) (int64, error) {
	v, found := c.value(name)
	if !found {
		return fallback, nil
	}
	n, err := strconv.ParseInt(fmt.Sprint(v), 10, 64)
	if err != nil {
		if c.release == V2_10 && c.query.Has(name) {
			return 0, errInternal
		}
		return 0, c.wrong(name, v)
	}
	return n, nil
}

// float is a number, or a string that names one that JSON has not.
func (c *call) float(name string) (any, error) {
	v, _ := c.value(name)
	return floatOf(c, name, v)
}

func floatOf(c *call, name string, v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		return v, nil
	case string:
		switch v {
		case "NaN":
			return "NaN", nil
		case "Infinity":
			return json.Number("1.7976931348623157e+308"), nil
		case "-Infinity":
			return json.Number("-1.7976931348623157e+308"), nil
		}
	}
	return nil, c.wrong(name, v)
}

// list is a parameter of several texts.
func (c *call) list(name string) []string {
	if c.query.Has(name) {
		return c.query[name]
	}
	values, _ := c.body[name].([]any)
	out := make([]string, 0, len(values))
	for _, v := range values {
		out = append(out, fmt.Sprint(v))
	}
	return out
}

// pairs is a parameter of keys and values.
func (c *call) pairs(name string) pairs {
	values, _ := c.body[name].([]any)
	var out pairs
	for _, v := range values {
		if m, is := v.(map[string]any); is {
			out = out.with(fmt.Sprint(m["key"]), fmt.Sprint(m["value"]))
		}
	}
	return out
}

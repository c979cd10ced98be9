package serve

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestInferenceProtocolMetadata(t *testing.T) {
	s := begin(t, Config{Name: "bc", Version: "7"}, &fake{})
	metadata := `{"name":"bc","versions":["7"],"platform":"fake",
		"inputs":[{"name":"input","datatype":"FP32","shape":[-1,3]}],
		"outputs":[{"name":"label","datatype":"BYTES","shape":[-1]},{"name":"probabilities","datatype":"FP32","shape":[-1,2]}]}`
	for _, c := range []struct {
		path string
		code int
		want string // the whole answer, or for an error a part of it
	}{
		{"/v2/health/live", 200, `{"live":true,"ready":true}`},
		{"/v2/health/ready", 200, `{"live":true,"ready":true}`},
		{"/v2/models/bc", 200, metadata},
		{"/v2/models/bc/versions/7", 200, metadata},
		{"/v2/models/bc/ready", 200, `{"name":"bc","ready":true}`},
		{"/v2/models/bc/versions/7/ready", 200, `{"name":"bc","ready":true}`},
		{"/v2/models/other", 404, "unknown model"},
		{"/v2/models/other/ready", 404, "unknown model"},
		{"/v2/models/other/versions/7/ready", 404, "unknown model"},
		{"/v2/models/bc/versions/8", 404, "unknown version"},
		{"/v2/models/bc/versions/8/ready", 404, "unknown version"},
		{"/v2/models/b%2Fc", 404, "unknown model"},
		{"/v2/models/", 404, "no such path"},
		{"/v2/models/bc/metrics", 404, "no such path"},
		{"/v3", 404, "no such path"},
		{"/v2/models/bc/infer", 405, "use POST"},
		{"/v2/models/bc/versions/7/infer", 405, "use POST"},
	} {
		code, body := s.get(c.path)
		if c.code == 200 {
			if code != 200 || !sameJSON(t, body, c.want) {
				t.Errorf("%s: %d %s, want %s", c.path, code, body, c.want)
			}
		} else if code != c.code || !isError(body, c.want) {
			t.Errorf("%s: %d %s, want %d with %q", c.path, code, body, c.code, c.want)
		}
	}
	for _, path := range []string{"/v2", "/v2/"} {
		if code, body := s.get(path); code != 200 || !strings.Contains(body, `"name":"pitwall"`) || !strings.Contains(body, `"extensions":[]`) {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
}

// outputs of the fake for a first feature of .75
const (
	labels        = `{"name":"label","shape":[1],"datatype":"BYTES","data":["yes"]}`
	probabilities = `{"name":"probabilities","shape":[1,2],"datatype":"FP32","data":[0.25,0.75]}`
)

func TestInfer(t *testing.T) {
	s := begin(t, Config{Name: "bc", Version: "7"}, &fake{})
	both := labels + "," + probabilities
	two := `{"name":"label","shape":[2],"datatype":"BYTES","data":["yes","no"]},
		{"name":"probabilities","shape":[2,2],"datatype":"FP32","data":[0.25,0.75,1,0]}`
	tensor := func(shape, datatype, data string) string {
		return fmt.Sprintf(`{"inputs":[{"name":"input","shape":%s,"datatype":%q,"data":%s}]}`, shape, datatype, data)
	}
	for _, c := range []struct{ body, id, outputs string }{
		{tensor(`[1,3]`, "FP32", `[0.75,1,2]`), "", both},
		{tensor(`[1,3]`, "FP32", `[[0.75,1,2]]`), "", both},
		{tensor(`[3]`, "FP64", `[0.75,1,2]`), "", both},
		{tensor(`[2,3]`, "FP32", `[0.75,1,2,0,0,0]`), "", two},
		{tensor(`[2,3]`, "FP32", ` [ [0.75,1,2] , [0,0,null] ] `), "", two},
		{tensor(`[2,3]`, "FP16", `[[0.75,1,65504],[0,0,0]]`), "", two},
		{tensor(`[2,3]`, "FP32", `[[0.75,1,1e38],[0,0,0]]`), "", two},
		{tensor(`[1,3]`, "BOOL", `[false,true,false]`), "", `{"name":"label","shape":[1],"datatype":"BYTES","data":["no"]},
			{"name":"probabilities","shape":[1,2],"datatype":"FP32","data":[1,0]}`},
		{tensor(`[1,3]`, "INT64", `[0,-9223372036854775808,1]`), "", `{"name":"label","shape":[1],"datatype":"BYTES","data":["no"]},
			{"name":"probabilities","shape":[1,2],"datatype":"FP32","data":[1,0]}`},
		{`{"id":"a \"b\" ☃","parameters":{"x":1},"inputs":[{"name":"X","shape":[1,3],"datatype":"FP32","parameters":{"y":[]},"data":[0.75,1,2]}]}`,
			`"a \"b\" ☃"`, both},
		{`{"id":"","inputs":[{"name":"X","shape":[1,3],"datatype":"FP32","data":[0.75,1,2]}],"outputs":[]}`, `""`, both},
		{`{"outputs":[{"name":"probabilities","parameters":{"binary_data":false}}],
			"inputs":[{"data":[0.75,1,2],"datatype":"FP32","shape":[1,3],"name":"X"}]}`, "", probabilities},
		{`{"outputs":[{"name":"probabilities"},{"name":"label"}],"inputs":[{"name":"X","shape":[1,3],"datatype":"FP32","data":[0.75,1,2]}]}`,
			"", probabilities + "," + labels},
	} {
		for _, path := range []string{"/v2/models/bc/infer", "/v2/models/bc/versions/7/infer"} {
			want := `{"model_name":"bc","model_version":"7","outputs":[` + c.outputs + `]`
			if c.id != "" {
				want += `,"id":` + c.id
			}
			response, body := s.request(http.MethodPost, path, c.body)
			if response.StatusCode != 200 || !sameJSON(t, body, want+"}") {
				t.Errorf("%s: %d %s, want %s}", c.body, response.StatusCode, body, want)
			}
			if v := response.Header.Get("X-Model-Version"); v != "7" {
				t.Errorf("X-Model-Version %q", v)
			}
		}
	}
}

func TestInferRefuses(t *testing.T) {
	s := begin(t, Config{Name: "bc", Version: "7", MaxRows: 5}, &fake{})
	tensor := func(shape, datatype, data string) string {
		return fmt.Sprintf(`{"inputs":[{"name":"input","shape":%s,"datatype":%q,"data":%s}]}`, shape, datatype, data)
	}
	for _, c := range []struct {
		body string
		code int
		want string
	}{
		{``, 400, "read the request"},
		{`[]`, 400, "read the request"},
		{`{"id":3}`, 400, "read the request"},
		{`{}`, 400, "0 inputs"},
		{`{"inputs":[{},{}]}`, 400, "2 inputs"},
		{`{"inputs":[{}]}`, 400, "datatype"},
		{tensor(`[1,3]`, "BYTES", `["a","b","c"]`), 400, "datatype \"BYTES\""},
		{tensor(`[1,3]`, "fp32", `[1,2,3]`), 400, "datatype \"fp32\""},
		{tensor(`[1,4]`, "FP32", `[1,2,3,4]`), 400, "shape [1 4]"},
		{tensor(`[]`, "FP32", `[]`), 400, "shape []"},
		{tensor(`[0,3]`, "FP32", `[]`), 400, "shape [0 3]"},
		{tensor(`[-1,3]`, "FP32", `[1,2,3]`), 400, "shape [-1 3]"},
		{tensor(`[1,1,3]`, "FP32", `[1,2,3]`), 400, "shape [1 1 3]"},
		{tensor(`[4611686018427387904,3]`, "FP32", `[1,2,3]`), 413, "split the batch"},
		{tensor(`[6,3]`, "FP32", `[1,2,3]`), 413, "at most 5"},
		{tensor(`[1.5,3]`, "FP32", `[1,2,3]`), 400, "read the request"},
		{tensor(`[1,3]`, "FP32", `[1,2]`), 400, "2 values, the shape says 3"},
		{tensor(`[1,3]`, "FP32", `[1,2,3,4]`), 400, "']' after 3 values"},
		{tensor(`[2,3]`, "FP32", `[[1,2,3]]`), 400, "data has 1 rows, the shape says 2"},
		{tensor(`[2,3]`, "FP32", `[[1,2,3],[1,2]]`), 400, "2 values, the shape says 3"},
		{tensor(`[2,3]`, "FP32", `[[1,2,3],[1,2,3],[1,2,3]]`), 400, "']' after the rows"},
		{tensor(`[2,3]`, "FP32", `[[1,2,3],4,5,6]`), 400, "'[' to begin a row"},
		{tensor(`[2,3]`, "FP32", `[1,2,3,[4,5,6]]`), 400, "a number or null"},
		{tensor(`[3]`, "FP32", `[[1,2,3]]`), 400, "a number or null"},
		{tensor(`[1,3]`, "FP32", `{"a":1}`), 400, "no array"},
		{tensor(`[1,3]`, "FP32", `null`), 400, "no array"},
		{tensor(`[1,3]`, "FP32", `[1,2,"3"]`), 400, "a number or null"},
		{tensor(`[1,3]`, "FP32", `[1,2,true]`), 400, "a number or null"},
		{tensor(`[1,3]`, "FP16", `[1,2,65505]`), 400, "beyond the datatype's range"},
		{tensor(`[1,3]`, "FP64", `[1,2,1e300]`), 400, "beyond the range"},
		{tensor(`[1,3]`, "INT32", `[1,2,2.5]`), 400, "2.5 is no INT32"},
		{tensor(`[1,3]`, "INT32", `[1,2,null]`), 400, "a number or null"},
		{tensor(`[1,3]`, "INT8", `[1,2,128]`), 400, "128 is no INT8"},
		{tensor(`[1,3]`, "UINT8", `[1,2,-1]`), 400, "-1 is no UINT8"},
		{tensor(`[1,3]`, "BOOL", `[true,false,1]`), 400, "true or false"},
		{`{"outputs":[{"name":"z"}],"inputs":[{}]}`, 400, "unknown output"},
		{`{"outputs":[{"name":"label"},{"name":"label"}],"inputs":[{}]}`, 400, "twice"},
	} {
		if code, body := s.post("/v2/models/bc/infer", c.body); code != c.code || !isError(body, c.want) {
			t.Errorf("%s: %d %s, want %d with %q", c.body, code, body, c.code, c.want)
		}
	}
	for _, path := range []string{"/v2/models/x/infer", "/v2/models/bc/versions/8/infer"} {
		if code, body := s.post(path, `{}`); code != 404 || !isError(body, "unknown") {
			t.Errorf("%s: %d %s, want 404", path, code, body)
		}
	}
}

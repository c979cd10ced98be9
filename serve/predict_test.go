package serve

import (
	"net/http"
	"strings"
	"testing"
)

var abc = []string{"a", "b", "c"}

func TestPredict(t *testing.T) {
	s := begin(t, Config{Version: "1.2.0", MaxRows: 3}, &fake{names: abc})
	yes := `{"label":"yes","probabilities":{"no":0.25,"yes":0.75}}`
	no := `{"label":"no","probabilities":{"no":0.75,"yes":0.25}}`
	half := `{"label":"no","probabilities":{"no":0.5,"yes":0.5}}`
	for _, c := range []struct{ body, want string }{
		{`{"features":[0.75,1,2]}`, yes},
		{` { "features" : [ 75e-2 , -0 , 1E+2 ] } ` + "\r\n\t", yes},
		{`{"features":[null,null,null]}`, half},
		{`{"features":{"a":0.25,"b":1,"c":null}}`, no},
		{`{"features":{"c":1,"\u0061":0.25,"b":1}}`, no},
		{`{"instances":[[0.75,1,2]]}`, yes},
		{`{"instances":[[0.75,1,2],{"b":0,"a":0.25,"c":0},[null,0,0]]}`, yes + "," + no + "," + half},
		{`{"\u0066eatures":[0.75,1,2]}`, yes},
	} {
		response, body := s.request(http.MethodPost, "/predict", c.body)
		want := `{"predictions":[` + c.want + `],"model":"m","version":"1.2.0"}`
		if response.StatusCode != 200 || !sameJSON(t, body, want) {
			t.Errorf("%s: %d %s, want %s", c.body, response.StatusCode, body, want)
		}
		if v, ct := response.Header.Get("X-Model-Version"), response.Header.Get("Content-Type"); v != "1.2.0" || ct != "application/json" {
			t.Errorf("headers: version %q, type %q", v, ct)
		}
	}
}

func TestPredictRefuses(t *testing.T) {
	s := begin(t, Config{MaxRows: 3}, &fake{names: abc})
	row := `[1,2,3]`
	for _, c := range []struct {
		body string
		code int
		want string
	}{
		{``, 400, "ends at byte 0"},
		{`[`, 400, "'{' to begin"},
		{`{`, 400, "a key in double quotes"},
		{`{}`, 400, "a key in double quotes"},
		{`{"features"`, 400, "':' after a key"},
		{`{"features":`, 400, "a row"},
		{`{"features":[1,2,3]`, 400, "'}' to end"},
		{`{"features":[1,2,3]} x`, 400, "nothing more"},
		{`{"features":[1,2,3],"instances":[]}`, 400, "takes one key"},
		{`{"rows":[1,2,3]}`, 400, `unknown key \"rows\"`},
		{`{"features":[]}`, 400, "row 0 has 0 values, the model takes 3"},
		{`{"features":[1,2]}`, 400, "row 0 has 2 values, the model takes 3"},
		{`{"features":[1,2,3,4]}`, 400, "row 0 has more than the 3 values"},
		{`{"features":[1,2,]}`, 400, "want a number or null"},
		{`{"features":[,1,2]}`, 400, "want a number or null"},
		{`{"features":[1 2,3]}`, 400, "',' or the end"},
		{`{"features":[[1,2,3]]}`, 400, "want a number or null"},
		{`{"features":[1,2,"3"]}`, 400, "want a number or null"},
		{`{"features":[1,2,true]}`, 400, "want a number or null"},
		{`{"features":[1,2,NaN]}`, 400, "want a number or null"},
		{`{"features":[1,2,nul]}`, 400, "want a number or null"},
		{`{"features":[1,2,Infinity]}`, 400, "want a number or null"},
		{`{"features":[1,2,-Inf]}`, 400, "want a number or null"},
		{`{"features":[1,2,+1]}`, 400, "want a number or null"},
		{`{"features":[1,2,01]}`, 400, "want a number or null"},
		{`{"features":[1,2,-01]}`, 400, "want a number or null"},
		{`{"features":[1,2,.5]}`, 400, "want a number or null"},
		{`{"features":[1,2,1.]}`, 400, "digit after the point"},
		{`{"features":[1,2,1e]}`, 400, "digit in the exponent"},
		{`{"features":[1,2,1_0]}`, 400, "',' or the end"},
		{`{"features":[1,2,0x1p-2]}`, 400, "',' or the end"},
		{`{"features":[1,2,1e39]}`, 400, "beyond the range"},
		{`{"features":[1,2,3]}` + "\x00", 400, "nothing more"},
		{`{"features":{"a":1,"b":2}}`, 400, `row 0 lacks 1 of 3 features (\"c\")`},
		{`{"features":{"a":1,"b":2,"c":3,"d":4}}`, 400, `no feature \"d\"`},
		{`{"features":{"a":1,"b":2,"a":3}}`, 400, `\"a\" comes twice`},
		{`{"features":{"a":1,"b":2,"c":{}}}`, 400, "want a number or null"},
		{`{"features":{"a\x":1}}`, 400, "cannot be read"},
		{"{\"fea\ntures\":[]}", 400, "rest of a string"},
		{`{"features":{"a\`, 400, "rest of a string"},
		{`{"instances":{}}`, 400, "'[' to begin the list"},
		{`{"instances":[]}`, 400, "instances is empty"},
		{`{"instances":[1,2,3]}`, 400, "want a row"},
		{`{"instances":[` + row + `,` + row + `,[1]]}`, 400, "row 2 has 1 values"},
		{`{"instances":[` + strings.Repeat(row+",", 3) + row + `]}`, 413, "more than 3 rows"},
		{`{"instances":` + strings.Repeat("[", 100000), 400, "want a number or null"},
	} {
		code, body := s.post("/predict", c.body)
		// compare with the encoded text, so that escapes in c.want stay as written
		if code != c.code || !isError(body, "") || !strings.Contains(body, c.want) {
			t.Errorf("%.60s: %d %s, want %d with %q", c.body, code, body, c.code, c.want)
		}
	}
}

func TestPredictWithoutNames(t *testing.T) {
	for _, names := range [][]string{nil, {"a", "b", "a"}} {
		s := begin(t, Config{}, &fake{names: names})
		if code, body := s.post("/predict", `{"features":{"a":1,"b":2,"c":3}}`); code != 400 || !isError(body, "no feature names") {
			t.Errorf("names %q: %d %s", names, code, body)
		}
	}
}

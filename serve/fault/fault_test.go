package fault

import (
	"strings"
	"testing"
)

func TestParseLine(t *testing.T) {
	for _, c := range []struct {
		line string
		want Fault
		err  string // part of the error, "" for none
	}{
		{`{"fault":{"kind":"slow","latency_ms":250,"jitter_ms":100}}`, Fault{Kind: Slow, LatencyMS: 250, JitterMS: 100}, ""},
		{`{"fault":{"kind":"errors","ratio":0.2}}`, Fault{Kind: Errors, Ratio: 0.2}, ""},
		{`{"fault":{"kind":"crash","after_ms":4000}}`, Fault{Kind: Crash, AfterMS: 4000}, ""},
		{`{"fault":{"kind":"leak","bytes_per_second":4194304,"limit_bytes":402653184}}`,
			Fault{Kind: Leak, BytesPerSecond: 4 << 20, LimitBytes: 384 << 20}, ""},
		{`{"fault":{"kind":"none"}}` + "\n", Fault{Kind: None}, ""},
		{`{"fault":{"kind":"meteor"}}`, Fault{}, "unknown fault kind"},
		{`{"fault":{"kind":"errors","ratio":1.5}}`, Fault{}, "at most 1"},
		{`{"fault":{"kind":"errors"}}`, Fault{}, "above 0"},
		{`{"fault":{"kind":"errors","ratio":0.2,"latency_ms":3}}`, Fault{}, "another kind"},
		{`{"fault":{"kind":"none","ratio":0.2}}`, Fault{}, "another kind"},
		{`{"fault":{"kind":"slow"}}`, Fault{}, "above 0"},
		{`{"fault":{"kind":"slow","latency_ms":-1}}`, Fault{}, "latency_ms"},
		{`{"fault":{"kind":"crash","after_ms":99999999}}`, Fault{}, "after_ms"},
		{`{"fault":{"kind":"leak","bytes_per_second":1,"limit_bytes":99999999999}}`, Fault{}, "limit_bytes"},
		{`{"fault":{"kind":"none","colour":"red"}}`, Fault{}, "unknown field"},
		{`{"fault":{"kind":"none"}} {}`, Fault{}, "more than one"},
		{`{"state":{}}`, Fault{}, "unknown field"},
		{`{}`, Fault{}, "no \"fault\""},
		{``, Fault{}, "EOF"},
	} {
		got, err := ParseLine([]byte(c.line))
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("ParseLine(%s) error %v, want one with %q", c.line, err, c.err)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("ParseLine(%s) = %+v, %v, want %+v", c.line, got, err, c.want)
		}
	}
}

func FuzzParseLine(f *testing.F) {
	f.Add([]byte(`{"fault":{"kind":"slow","latency_ms":250,"jitter_ms":100}}`))
	f.Add([]byte(`{"fault":{"kind":"none"}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		got, err := ParseLine(line)
		if err != nil {
			return
		}
		again, err := got.Line()
		if err != nil {
			t.Fatalf("Line of a parsed fault %+v: %v", got, err)
		}
		if back, err := ParseLine(again); err != nil || back != got {
			t.Fatalf("%+v came back as %+v, %v", got, back, err)
		}
	})
}

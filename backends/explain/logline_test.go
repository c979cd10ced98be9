package explain

import "testing"

func TestSaid(t *testing.T) {
	for line, want := range map[string]string{
		`{"time":"x","level":"ERROR","msg":"the model cannot be read","error":"no such file"}`: "the model cannot be read: no such file",
		`{"level":"info","message":"ready"}`:                                                   "ready",
		`{"level":"info"}`:                                                                     `{"level":"info"}`,
		"panic: boom":                                                                          "panic: boom",
		"{not json":                                                                            "{not json",
	} {
		if got := said(line); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

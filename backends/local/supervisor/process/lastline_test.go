package process

import "testing"

func TestLastLineIsTheOneThatTellsMost(t *testing.T) {
	const failed = `{"level":"ERROR","msg":"no model"}`
	for name, test := range map[string]struct {
		lines []string
		want  string
	}{
		"nothing":               {nil, ""},
		"no trouble":            {[]string{"starting", "ready"}, "ready"},
		"an error before ready": {[]string{failed, `{"level":"INFO","msg":"ready"}`}, failed},
		"a panic with a stack":  {[]string{"ready", "panic: boom", "", "goroutine 1 [running]:"}, "panic: boom"},
		"the word alone":        {[]string{"do not panic: all is well", "ready"}, "ready"},
	} {
		var l lastLine
		for _, line := range test.lines {
			l.add(line)
		}
		if got := l.text(); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
	var l lastLine
	l.add(failed)
	for range recentTrouble + 1 {
		l.add("ready")
	}
	if got := l.text(); got != "ready" {
		t.Errorf("long ago: %q", got)
	}
}

package logs

import (
	"strings"
	"testing"

	"pitwall/backends"
)

func TestReadable(t *testing.T) {
	for in, want := range map[string]struct {
		text  string
		level level
	}{
		`{"time":"x","level":"WARN","msg":"practice fault","kind":"slow","n":3,"o":{"a":1}}`: {`WARN  practice fault kind=slow n=3 o={"a":1}`, warn},
		`level=error msg="it broke" path=/p`:                                                 {`ERROR it broke path=/p`, failure},
		`ts=1 lvl=info msg=ok empty=`:                                                        {`INFO  ok empty=""`, info},
		`2026-11-24 [ERROR] disk full`:                                                       {`2026-11-24 [ERROR] disk full`, failure},
		`{"level":"info"`:                                                                    {`{"level":"info"`, noLevel},
		`{"msg":"a"} trailing`:                                                               {`{"msg":"a"} trailing`, noLevel},
		`GET /predict?x=1 200`:                                                               {`GET /predict?x=1 200`, noLevel},
		`{"message":"two\nlines","severity":"debug"}`:                                        {"DEBUG two\nlines", debug},
	} {
		if text, level := readable(in); text != want.text || level != want.level {
			t.Errorf("%s\n gives %q, %v\n want %q, %v", in, text, level, want.text, want.level)
		}
	}
}

func FuzzReadable(f *testing.F) {
	for _, l := range sample() {
		f.Add(l.Text)
	}
	f.Fuzz(func(t *testing.T, in string) {
		l := clean(backends.LogLine{Text: in})
		for _, s := range []string{l.text, l.raw} {
			if strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }) {
				t.Errorf("%q holds a control character", s)
			}
		}
	})
}

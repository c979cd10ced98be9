package nginx

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
)

// FuzzConf feeds the reader foreign bytes: it never panics, loses nothing, and
// an edit changes bytes within the split, the upstreams and the proof only.
func FuzzConf(f *testing.F) {
	for _, name := range userFiles {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), uint16(3000))
	}
	f.Fuzz(func(t *testing.T, text string, b uint16) {
		tokens, err := lex("/c", text)
		if err != nil {
			return
		}
		at := 0
		for _, token := range tokens {
			if token.start != at || token.end <= at {
				t.Fatalf("a token from %d to %d follows on %d", token.start, token.end, at)
			}
			at = token.end
		}
		if at != len(text) {
			t.Fatalf("the tokens end at %d of %d", at, len(text))
		}
		conf, err := load("/c", source{read: func(string) (string, error) { return text, nil }, list: func(string) ([]string, error) { return nil, nil }})
		if err != nil {
			return
		}
		p, err := find(conf)
		if err != nil {
			return
		}
		p.view()
		share := float64(b%10001) / 100
		want := frontdoor.Want{
			Split:   backends.Split{"A": 100 - share, "B": share},
			Members: map[string][]frontdoor.Member{"A": {{Name: "x", Host: "10.0.0.1", Port: uint16(b) + 1}, {Name: "y", Host: "10.0.0.2", Port: 80, Draining: b%2 > 0}}},
		}
		done, err := p.edit(want, someTime)
		if err != nil {
			return
		}
		again, err := conf.with(done.texts)
		if err != nil {
			t.Fatal(err)
		}
		q, err := find(again)
		if err != nil {
			t.Fatal(err)
		}
		if was, is := foreign(p), foreign(q); was != is {
			t.Fatalf("bytes outside changed:\n%q\n%q", was, is)
		}
	})
}

// foreign is the text without the blocks that pitwall edits.
func foreign(p *plan) string {
	var all strings.Builder
	for _, f := range p.conf.files {
		var cuts [][2]int
		cut := func(d *directive, from, to int) {
			if d.file == f {
				cuts = append(cuts, [2]int{from, to})
			}
		}
		cut(p.split, p.split.open, p.split.close)
		for _, v := range p.variants {
			if v.upstream != nil {
				cut(v.upstream, v.upstream.open, v.upstream.close)
			}
		}
		if p.proof != nil {
			cut(p.proof, p.proof.words[2].start, p.proof.words[2].end)
		}
		slices.SortFunc(cuts, func(a, b [2]int) int { return a[0] - b[0] })
		at := 0
		for _, c := range cuts {
			if c[0] >= at {
				all.WriteString(f.text[at:c[0]])
				at = c[1]
			}
		}
		all.WriteString(f.text[at:])
	}
	return all.String()
}

func TestEditsStayInside(t *testing.T) {
	for _, name := range userFiles {
		p := onDisk(t, name)
		q := after(t, p, frontdoor.Want{
			Split:   backends.Split{"A": 1, "B": 99},
			Members: map[string][]frontdoor.Member{"A": {}, "B": {{Name: "n", Host: "10.1.1.1", Port: 1}, {Host: "10.1.1.2", Port: 1}}},
		})
		if foreign(p) != foreign(q) {
			t.Errorf("%s: bytes outside changed:\n%s", name, text(q))
		}
	}
}

package checklist

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hostile is text that no format may take for its own.
const hostile = "a|b <script>\n| x | \x1b[31m `c` *d*"

func sample() Report {
	bad := found("limits", Fail)
	bad.Text, bad.Next = "container "+hostile+" has no memory limit", "set a limit"
	l := Standard()
	s := signed("1", Waive, "ana")
	s.Item, s.Link = "secrets", "https://example.com/RISK-7"
	scan := found("image.scan", Unknown)
	scan.Text = "no scanner on PATH"
	return l.Judge(Record{Evidence: []Evidence{bad, found("model.size", Pass), found("image.identity", Pass), scan, found("autoscaling", NotApplicable)}, SignOffs: []SignOff{s}}, running, noon)
}

func TestReport(t *testing.T) {
	r := sample()
	if r.Passes() || !strings.HasSuffix(r.Verdict(), "items do not hold") {
		t.Errorf("verdict %q", r.Verdict())
	}
	if got, want := r.Summary(), "1 verified · 1 waived · 1 failed · 22 unknown · 2 n/a"; got != want {
		t.Errorf("summary %q, want %q", got, want)
	}
	for _, row := range r.Holding() {
		if row.Item.Phase == Practice {
			t.Errorf("%s holds a gate up: it is advice", row.Item.ID)
		}
	}
	if r := Standard().Judge(Record{Evidence: []Evidence{found("model.size", Pass)}}, running, noon); r.Passes() {
		t.Error("a list of which nearly nothing is known passes")
	}
}

func TestVerdicts(t *testing.T) {
	if r := (Report{}); r.Passes() || r.Verdict() != "there are no items: nothing was checked" {
		t.Errorf("nothing: %v %q", r.Passes(), r.Verdict())
	}
	r := Report{Rows: []Row{{State: Pass}, {Item: Item{Advice: true}, State: Fail}}}
	if !r.Passes() || r.Verdict() != "the checklist passes; of its advice 1 do not hold" {
		t.Errorf("advice: %v %q", r.Passes(), r.Verdict())
	}
}

func TestMarkdown(t *testing.T) {
	var b bytes.Buffer
	if err := sample().Markdown(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.md", b.Bytes())
	if strings.Contains(b.String(), "<script>") || strings.Contains(b.String(), "a|b") {
		t.Error("foreign text is not escaped")
	}
}

func TestJUnit(t *testing.T) {
	var b bytes.Buffer
	if err := sample().JUnit(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.xml", b.Bytes())
	var read suites
	if err := xml.Unmarshal(b.Bytes(), &read); err != nil || read.Tests != 27 || read.Failures != len(sample().Holding()) {
		t.Errorf("%d tests, %d failures, %v", read.Tests, read.Failures, err)
	}
}

func TestReportAsJSON(t *testing.T) {
	data, err := json.Marshal(sample())
	var read struct {
		Passes bool
		Count  map[string]int
		Items  []struct {
			ID, State string
			Evidence  []Evidence
		}
	}
	if err != nil || json.Unmarshal(data, &read) != nil || read.Passes || read.Count["fail"] != 1 || len(read.Items) != 27 {
		t.Fatalf("%s, %v", data, err)
	}
	if x := read.Items[2]; x.ID != "resource-limits" || x.State != "fail" || len(x.Evidence) != 1 || x.Evidence[0].Subject != running {
		t.Errorf("item %+v", x)
	}
}

var update = flag.Bool("update", false, "write golden files")

// golden compares with a file of testdata (-update writes it).
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s differs (%v):\n%s", path, err, got)
	}
}

package scaffold

import (
	"flag"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// aLine draws a text of one line, as hostile as it may be.
func aLine() *rapid.Generator[string] {
	part := rapid.OneOf(
		rapid.SampledFrom([]string{`"`, `'`, `\`, "`", "$(reboot)", "${HOME}", "${{ secrets.X }}", "{{ .X }}", "{{", "}}", "#", " # ", ";", ": ", "- ", "|", "&", "*", "!", "%", "@", "<b>", "</script>", "[x](y)", "[%", "%]", "$$", "$", "é", "日本", "\U0001F600", "EOF", "null", "~"}),
		rapid.StringMatching(`[ -~]{1,12}`),
	)
	return rapid.Map(rapid.SliceOfN(part, 1, 8), func(parts []string) string {
		if s := strings.TrimSpace(strings.Join(parts, "")); s != "" {
			return s
		}
		return "x"
	})
}

func label63() *rapid.Generator[string] {
	return rapid.StringMatching(`[a-z]([a-z0-9-]{0,30}[a-z0-9])?`)
}

// valid draws answers that can stand.
func valid() *rapid.Generator[Answers] {
	return rapid.Custom(func(t *rapid.T) Answers {
		a := Answers{
			Name: label63().Draw(t, "name"), Runtime: rapid.SampledFrom(Runtimes()).Draw(t, "runtime"),
			Version: rapid.StringMatching(`[A-Za-z0-9]([A-Za-z0-9._-]{0,10}[A-Za-z0-9])?`).Filter(func(s string) bool { return s != "latest" }).Draw(t, "version"),
			Image:   rapid.SampledFrom([]string{"churn", "acme/churn", "ghcr.io/acme/churn", "localhost:5000/a/b-c__d", "registry.example.com/x"}).Draw(t, "image"),
			About:   aLine().Draw(t, "about"), OnCall: aLine().Draw(t, "on_call"),
			Replicas: rapid.IntRange(2, 100).Draw(t, "replicas"), CPU: rapid.IntRange(10, 64000).Draw(t, "cpu"), Memory: rapid.IntRange(32, 1<<20).Draw(t, "memory"),
			Latency:   time.Duration(rapid.IntRange(1, 60000).Draw(t, "latency")) * time.Millisecond,
			Errors:    float64(rapid.IntRange(1, 9999).Draw(t, "errors")) / 100,
			Candidate: rapid.IntRange(1, 99).Draw(t, "candidate"),
			Metric:    rapid.StringMatching(`[A-Za-z_][A-Za-z0-9_.-]{0,20}`).Draw(t, "metric"), Minimum: rapid.Float64Range(-1e6, 1e6).Draw(t, "minimum"),
		}
		if rapid.Bool().Draw(t, "built") {
			a.Image += "@sha256:" + strings.Repeat("0a", 32)
		}
		if rapid.Bool().Draw(t, "mounted") {
			a.Claim = label63().Draw(t, "claim")
		}
		dir := rapid.SampledFrom([]string{"", "models/", "models/" + a.Version + "/", "m/x-1+2/_y/"}).Draw(t, "dir")
		if strings.ContainsAny(a.Version[:1], "-.") {
			dir = ""
		}
		a.Model = dir + rapid.StringMatching(`[a-z0-9_][A-Za-z0-9_.+-]{0,12}`).Draw(t, "file") + ".onnx"
		if rapid.Bool().Draw(t, "elsewhere") {
			a.Namespace, a.Host, a.Gateway = label63().Draw(t, "namespace"), label63().Draw(t, "host")+".example.org", label63().Draw(t, "gateway")
		}
		return a.WithDefaults()
	})
}

// TestMain makes a run short: every check lints everything. -rapid.checks=1000
// is a longer one. A failure is told, with its seed, and leaves no file here.
func TestMain(m *testing.M) {
	_ = flag.Set("rapid.checks", "15")
	_ = flag.Set("rapid.nofailfile", "true")
	os.Exit(m.Run())
}

// TestEveryValidAnswer: whatever is answered, what is written passes lint, can
// be parsed, and says exactly what was answered.
func TestEveryValidAnswer(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		a := valid().Draw(r, "answers")
		if err := a.Validate(); err != nil {
			r.Fatal(err)
		}
		whole(r, a, true)
	})
}

// FuzzFiles: texts that may stand anywhere come back from what is written as
// they were; others are refused.
func FuzzFiles(f *testing.F) {
	f.Add("churn", "1.0.0", "models/1.0.0/m.onnx", "ghcr.io/acme/churn", "about $(x) {{ y }} ${z} \"'", "on call")
	f.Add("a\nb", "$(x)", "../m", "x:y", "\u202e", "#")
	f.Fuzz(func(t *testing.T, name, version, model, image, about, onCall string) {
		a := Answers{Name: name, Version: version, Model: model, Image: image, About: about, OnCall: onCall}.WithDefaults()
		if a.Validate() == nil {
			whole(t, a, false)
		}
	})
}

// tb is what both kinds of tests have.
type tb interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// whole judges everything that is written. Lint is most of the time of it, and
// a hundred times slower where a fuzzer counts what is run.
func whole(t tb, a Answers, linted bool) {
	list, err := Files(a)
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]string{}
	for _, f := range list {
		written[f.Path] = string(f.Text)
		if again, err := Files(a); err != nil || len(again) != len(list) {
			t.Fatalf("the same answers give other files: %v", err)
		}
	}
	if linted {
		for _, f := range lintOf(t, written) {
			t.Errorf("%s:%d %s %s", f.File, f.Line, f.ID, f.Text)
		}
	}
	for name, text := range written {
		if ext := path.Ext(name); ext == ".yaml" || ext == ".yml" {
			parses(t, name, text)
		}
	}
	same(t, "pitwall.yaml", must1(ReadAnswers([]byte(written[AnswersFile]))), a)
	inKubernetes(t, a, written)
	inCompose(t, a, written["compose.yaml"], 1)
	inCompose(t, a, written["compose.ab.yaml"], a.Replicas)
	inDockerfile(t, a, written["Dockerfile"])
	inMonitoring(t, a, written)
	inChecklist(t, a, written["checklist.yaml"])
	inWorkflow(t, a, written[".github/workflows/deploy.yml"])
	if got := unescaped(strings.Split(written["RUNBOOK.md"], "\n")[2]); got != a.About {
		t.Errorf("the runbook is about %q, want %q", got, a.About)
	}
}

package scaffold

import (
	"os/exec"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
)

// hostile are texts that no check would let through: quoting holds without one.
var hostile = []string{"", "a\nb", "a\r\nRUN reboot", "\x00", "'", `"`, `\`, "$(reboot)", "`reboot`", "${HOME}", "$$", "{{ .X }}", "${{ secrets.X }}", "#", " # x", "a: b", "- a", "; rm", "| x", "&", "*a", "!x", "\u202e", "\u2028", "\u0085", "~", "null", "no", "1e3", "é\U0001F600", "'; reboot; '", "\\'", "a\\", "\tx"}

// TestYAMLQuoted: whatever it is, YAML reads the same text back, in one line.
func TestYAMLQuoted(t *testing.T) {
	check := func(t tb, s string) {
		var got struct{ A, B string }
		text := "a: " + yamlQuoted(s) + "\nb: {b: " + yamlQuoted(s) + "}\n"
		if err := yaml.Unmarshal([]byte("a: "+yamlQuoted(s)+"\nb: x\n"), &got); err != nil || got.A != s || got.B != "x" {
			t.Errorf("%q comes back as %q, %v", s, got.A, err)
		}
		if strings.Count(text, "\n") != 2 {
			t.Errorf("%q takes more than a line", s)
		}
	}
	for _, s := range hostile {
		check(t, s)
	}
	if t.Failed() {
		return
	}
	rapid.Check(t, func(r *rapid.T) { check(r, rapid.String().Draw(r, "text")) })
}

// TestShellQuoted: a shell takes each as one word, as it is.
func TestShellQuoted(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("needs a shell")
	}
	var script strings.Builder
	var want []string
	for _, s := range hostile {
		if !strings.Contains(s, "\x00") { // no argument can hold it
			script.WriteString("printf '%s\\001' " + shellQuoted(s) + "\n")
			want = append(want, s)
		}
	}
	out, err := exec.CommandContext(t.Context(), sh, "-c", script.String()).CombinedOutput()
	if got := strings.Split(strings.TrimSuffix(string(out), "\x01"), "\x01"); err != nil || strings.Join(got, "\x01") != strings.Join(want, "\x01") {
		t.Errorf("a shell reads %q, %v, want %q", got, err, want)
	}
}

// TestNothingEndsALine: what has no way to write the end of a line writes none.
func TestNothingEndsALine(t *testing.T) {
	for _, s := range hostile {
		for name, quote := range map[string]func(string) string{"docker": dockerQuoted, "dockerjson": dockerJSON, "md": markdownQuoted, "word": word, "compose": composeQuoted, "alert": alertQuoted, "gha": workflowQuoted} {
			if got := quote(s); strings.ContainsAny(got, "\n\r\x00\u2028\u0085") {
				t.Errorf("%s writes %q of %q", name, got, s)
			}
		}
		if got := word(s); strings.ContainsAny(got, " '\"`$\\;|&#{}()<>*!~") {
			t.Errorf("a word is %q", got)
		}
	}
	if got := workflowQuoted("${{ x }}"); got != `"${{ '${{' }} x }}"` {
		t.Errorf("GitHub would evaluate %s", got)
	}
	if got := composeQuoted("$x"); got != `"$$x"` {
		t.Errorf("Compose would put a variable into %s", got)
	}
}

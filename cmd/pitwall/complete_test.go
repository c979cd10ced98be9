package main

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spf13/cobra"

	"pitwall/backends"
)

// Whoever adds a command that takes a deployment or a model gets it completed.
func TestEveryNameIsCompleted(t *testing.T) {
	root := (&app{}).rootCommand()
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if fields := strings.Fields(c.Use); len(fields) > 1 && strings.Contains(fields[1], "NAME") && c.ValidArgsFunction == nil {
			t.Errorf("%s completes nothing", c.CommandPath())
		}
		for _, flag := range []string{"variant", "replica", "to", "phase"} {
			if _, done := c.GetFlagCompletionFunc(flag); c.Flags().Lookup(flag) != nil && !done {
				t.Errorf("%s --%s completes nothing", c.CommandPath(), flag)
			}
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
}

// What hangs is given up in time, and a shell gets nothing that it would run
// or that would move the cursor.
func TestCompletionIsBoundedAndPlain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		defer close(hang)
		c := &cobra.Command{}
		c.SetContext(t.Context())
		from := time.Now()
		list, directive := (&app{}).completion(func(context.Context, typed) ([]word, error) { <-hang; return []word{{text: "late"}}, nil }, cobra.ShellCompDirectiveNoFileComp)(c, nil, "")
		if took := time.Since(from); list != nil || directive != cobra.ShellCompDirectiveNoFileComp || took > 2*time.Second {
			t.Errorf("%v, %v after %v", list, directive, took)
		}
	})
	got := offered([]word{{"model-api", "ok \x1b]0;owned\a\nB"}, {"model$(touch owned)", ""}, {"model`x`", ""}, {"model b", ""}, {"model\x1b[2J", ""}, {"model;x", ""}, {"-model", ""}, {"model/ü:1@sha256", ""}, {"other", ""}}, "model")
	if len(got) != 2 || controls.MatchString(strings.ReplaceAll(got[0], "\t", "")) || strings.Contains(got[0], "\n") || got[1] != "model/ü:1@sha256\t" {
		t.Errorf("offered %q", got)
	}
}

func TestWeightsAreCompletedToAHundred(t *testing.T) {
	d := backends.Deployment{Variants: []backends.Variant{{Name: "A", Version: "1", Weight: 70}, {Name: "B", Version: "2", Weight: 30}, {Name: "C", Version: "3"}}}
	for line, want := range map[string]string{"": "A= B= C=", "A=60": "B= C=", "A=60 C=5": "B=35", "A=80 C=50": "B=", "A=60 C=5 B=35": "", "A=x": "A= B= C="} {
		list, err := weightWords(t.Context(), nil, d, typed{args: append([]string{"n"}, strings.Fields(line)...)})
		var texts []string
		for _, w := range list {
			texts = append(texts, w.text)
		}
		if got := strings.Join(texts, " "); err != nil || got != want {
			t.Errorf("after %q: %q, want %q", line, got, want)
		}
	}
}

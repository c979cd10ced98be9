package main

import (
	"io"
	"strings"
	"testing"
)

// TestUnknownCommand: who types what another tool calls it, or types it badly,
// reads what it is called here.
func TestUnknownCommand(t *testing.T) {
	for word, want := range map[string]string{
		"describe": "did you mean `pitwall inspect`? `pitwall help`",
		"ls":       "did you mean `pitwall get`?",
		"log":      "did you mean `pitwall logs`?",
		"slpit":    "did you mean `pitwall split`?",
		"frobnize": "unknown command \"frobnize\": `pitwall help` lists them",
	} {
		root := (&app{}).rootCommand()
		root.SetArgs([]string{word})
		root.SetOut(io.Discard)
		if err := root.Execute(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", word, err, want)
		}
	}
}

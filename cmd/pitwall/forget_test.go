package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// TestForgetRefuses: it is for the Docker backend, and changes nothing read-only.
func TestForgetRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"another backend": {[]string{"forget"}, "add --backend docker:"},
		"read-only":       {[]string{"forget", "--backend", "docker:", "--read-only"}, "read-only removes nothing"},
		"two names":       {[]string{"forget", "--backend", "docker:", "a", "b"}, "at most 1 arg"},
		"down elsewhere":  {[]string{"down"}, "down removes a stack of containers"},
		"down read-only":  {[]string{"down", "--backend", "docker:", "--read-only"}, "read-only removes nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			a := &app{out: &out, err: &errs, env: func(string) string { return "" }, now: time.Now}
			c := a.rootCommand()
			c.SetArgs(test.args)
			if err := c.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v, want %q", err, test.says)
			}
		})
	}
}

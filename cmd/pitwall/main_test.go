package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary be pitwall itself, so that scripts and
// terminals run the real program and its children.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pitwall": main})
}

// e2e skips a test that starts the whole stack, unless `make e2e` asked for it.
func e2e(t *testing.T) {
	t.Helper()
	if os.Getenv("PITWALL_E2E") == "" {
		t.Skip("starts the whole stack: run with `make e2e`")
	}
}

// TestScripts runs the binary as a person would, without a stack.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Setup: setup, Cmds: scriptCommands})
}

// TestStackScripts runs the binary against a real local stack each.
func TestStackScripts(t *testing.T) {
	e2e(t)
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata/stack", Setup: setup, Cmds: scriptCommands, Deadline: time.Now().Add(12 * time.Minute)})
}

// setup gives a script a home of its own and the project's test models.
func setup(env *testscript.Env) error {
	models, err := filepath.Abs("../../testdata/models")
	if err != nil {
		return err
	}
	env.Vars = append(env.Vars, "HOME="+env.WorkDir, "XDG_STATE_HOME=", "XDG_CONFIG_HOME=", "MODELS="+models, "TERM=xterm-256color", "PITWALL_STATE="+filepath.Join(env.WorkDir, "state"))
	return nil
}

// scriptCommands are the commands that scripts have beside testscript's own.
var scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"until":   until,
	"replace": replace,
}

// until runs a command again and again until its output matches a pattern, or
// with ! no longer does:
//
//	until PATTERN COMMAND ARGS…
func until(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: until PATTERN COMMAND ARGS…")
	}
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	deadline := time.Now().Add(90 * time.Second)
	out := ""
	for time.Now().Before(deadline) {
		err := ts.Exec(args[1], args[2:]...)
		out = ts.ReadFile("stdout") + ts.ReadFile("stderr")
		if err == nil && pattern.MatchString(out) != neg {
			return
		}
		time.Sleep(250 * time.Millisecond)
	}
	ts.Fatalf("after 90 s %v prints:\n%s", args[1:], out)
}

// replace changes a text in a file:
//
//	replace FILE OLD NEW
func replace(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: replace FILE OLD NEW")
	}
	name := ts.MkAbs(args[0])
	text := ts.ReadFile(name)
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(name, []byte(strings.Replace(text, args[1], args[2], 1)), 0o600))
}

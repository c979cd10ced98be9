package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pitwall/backends/manifests"
)

const shellForm = "FROM scratch\nUSER 7\nCMD run it\n"

// lintRun runs `pitwall lint` and returns what it prints together.
func lintRun(t *testing.T, args ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	a := &app{in: strings.NewReader(""), out: &out, err: &out, now: time.Now, env: func(string) string { return "" }}
	code := a.run(t.Context(), append([]string{"lint"}, args...))
	return out.String(), code
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestLintFixWritesWholeFilesInTheirPlace(t *testing.T) {
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "Dockerfile")
	write(t, filepath.Join(dir, "Dockerfile"), shellForm, 0o640)
	write(t, outside, shellForm, 0o600)
	if err := os.Symlink(outside, filepath.Join(dir, "Dockerfile.link")); err != nil {
		t.Fatal(err)
	}
	if out, code := lintRun(t, dir, "--fix", "--dry-run"); code != exitDone || !strings.Contains(out, "--- a/Dockerfile\n+++ b/Dockerfile\n") || !strings.Contains(out, "-CMD run it\n+CMD [\"run\", \"it\"]\n") {
		t.Errorf("dry run: exit %d\n%s", code, out)
	}
	if content(t, filepath.Join(dir, "Dockerfile")) != shellForm {
		t.Error("a dry run changed the file")
	}
	out, code := lintRun(t, dir, "--fix")
	info, err := os.Stat(filepath.Join(dir, "Dockerfile"))
	if code != exitDone || err != nil || info.Mode().Perm() != 0o640 || !strings.Contains(out, "mended Dockerfile: docker/shell-form\n") || !strings.Contains(out, "left Dockerfile.link: it is a symbolic link") || strings.Contains(out, "is run by a shell") {
		t.Errorf("exit %d, %v, %v\n%s", code, info.Mode(), err, out)
	}
	if content(t, filepath.Join(dir, "Dockerfile")) != "FROM scratch\nUSER 7\nCMD [\"run\", \"it\"]\n" || content(t, outside) != shellForm {
		t.Error("not that file was changed")
	}
	if out, _ := lintRun(t, dir, "--fix"); strings.Contains(out, "mended") {
		t.Errorf("a second time:\n%s", out)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if out, code := lintRun(t, dir, "--dry-run"); code != exitMisuse || !strings.Contains(out, "give both") {
		t.Errorf("exit %d: %s", code, out)
	}
}

// When one file cannot be written none is.
func TestLintFixIsAllOrNothing(t *testing.T) {
	for name, spoil := range map[string]func(dir string) string{
		"in the way": func(dir string) string {
			write(t, filepath.Join(dir, "z/.pitwall-Dockerfile"), "", 0o600)
			return "in the way"
		},
		"changed": func(dir string) string {
			write(t, filepath.Join(dir, "z/Dockerfile"), "FROM other\n", 0o600)
			return "changed meanwhile"
		},
		"a link": func(dir string) string {
			linkTo(t, filepath.Join(dir, "z/Dockerfile"), "/etc/passwd")
			return "is no file any more"
		},
		"a link above it": func(dir string) string { linkTo(t, filepath.Join(dir, "z"), t.TempDir()); return "escapes" },
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "a/Dockerfile"), shellForm, 0o600)
		write(t, filepath.Join(dir, "z/Dockerfile"), shellForm, 0o600)
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		list, err := manifests.Fix(root.FS())
		if err != nil || len(list) != 2 {
			t.Fatal(list, err)
		}
		want := spoil(dir)
		if err := replaceAll(root, list); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
		if content(t, filepath.Join(dir, "a/Dockerfile")) != shellForm {
			t.Errorf("%s: the other file was changed", name)
		}
		if entries, err := os.ReadDir(filepath.Join(dir, "a")); err != nil || len(entries) != 1 {
			t.Errorf("%s: left behind %v, %v", name, entries, err)
		}
		_ = root.Close()
	}
}

// linkTo makes a link where something else was.
func linkTo(t *testing.T, path, target string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

func TestLintFixOfAFileThatMayNotBeWritten(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everything")
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "Dockerfile"), shellForm, 0o400)
	if out, code := lintRun(t, dir, "--fix"); code != exitFailed || !strings.Contains(out, "nothing was changed: ") || !strings.Contains(out, "permission denied") || strings.Contains(out, "mended") {
		t.Errorf("exit %d: %s", code, out)
	}
}

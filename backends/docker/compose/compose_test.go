package compose

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pitwall/backends/docker/engine"
)

// fake is a Compose whose hash of a service is that of the text of its files,
// with the image that the last one names.
func fake(t *testing.T, tool string, calls *int) func(context.Context, string, []string) ([]byte, error) {
	image := regexp.MustCompile(`"image":"([^"]*)"`)
	return func(_ context.Context, host string, argv []string) ([]byte, error) {
		*calls++
		if argv[0] != tool {
			return nil, fmt.Errorf("look: %w", exec.ErrNotFound)
		}
		if host != "unix:///run/docker.sock" || !slices.Contains(argv, "--hash=churn-b") || argv[len(argv)-2] != "config" {
			t.Errorf("%s %q", host, argv)
		}
		text, named := "", ""
		for i, arg := range argv {
			if arg != "-f" {
				continue
			}
			more, err := os.ReadFile(argv[i+1])
			if err != nil {
				return nil, err
			}
			if m := image.FindSubmatch(more); m != nil {
				named = string(m[1])
			} else {
				text += string(more)
			}
		}
		return fmt.Appendf(nil, "WARNING: something\nchurn-b %s\n", hashOf(text, named)), nil
	}
}

func hashOf(text, image string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(text+"|"+image)))
}

const file = "services:\n  churn-b:\n    image: churn:1\n    deploy: {replicas: 2}\n"

// service is churn-b of a project whose file is on disk.
func service(t *testing.T, labels map[string]string) Service {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "docker-compose.yml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"com.docker.compose.project": "shop", "com.docker.compose.service": "churn-b", labelHash: hashOf(file, "churn:1"),
		labelDir: dir, labelFiles: "docker-compose.yml"}
	for k, v := range labels {
		all[k] = v
	}
	s, ok := ServiceOf(engine.Container{Labels: all, Image: "churn:1", ImageID: "sha256:one"})
	if !ok {
		t.Fatal("no service")
	}
	return s
}

func TestLabels(t *testing.T) {
	for name, test := range map[string]struct {
		tool   string
		labels map[string]string
		want   string
		err    error
	}{
		"version 1":            {"docker-compose", nil, fmt.Sprint(map[string]string{labelHash: hashOf(file, "churn:2")}), nil},
		"version 2":            {"docker", map[string]string{labelImage: "sha256:one"}, fmt.Sprint(map[string]string{labelHash: hashOf(file, "churn:2"), labelImage: "sha256:two"}), nil},
		"built, without name":  {"docker", map[string]string{labelHash: hashOf(file, "")}, fmt.Sprint(map[string]string{labelHash: hashOf(file, "churn:2")}), nil},
		"the file was changed": {"docker-compose", map[string]string{labelHash: hashOf("other", "churn:1")}, "map[]", ErrDiffers},
		"no Compose":           {"podman", nil, "map[]", ErrAbsent},
	} {
		calls := 0
		a := NewAsker("unix:///run/docker.sock")
		a.run = fake(t, test.tool, &calls)
		s := service(t, test.labels)
		got, err := a.Labels(t.Context(), s, "churn:2", "sha256:two")
		if fmt.Sprint(got) != test.want || !errors.Is(err, test.err) {
			t.Errorf("%s: %v, %v, want %s", name, got, err, test.want)
		}
		asked := calls
		if again, err := a.Labels(t.Context(), s, "churn:2", "sha256:two"); fmt.Sprint(again) != test.want || !errors.Is(err, test.err) || calls != asked && test.err != ErrAbsent {
			t.Errorf("%s, again: %v, %v, asked %d times more", name, again, err, calls-asked)
		}
		asked = calls
		if same, err := a.Labels(t.Context(), s, "churn:1", "sha256:one"); same != nil || err != nil || calls != asked {
			t.Errorf("%s: the same image gets %v, %v", name, same, err)
		}
	}
}

func TestSaid(t *testing.T) {
	s := service(t, nil)
	said, err := s.Said()
	if err != nil || said.Image != "churn:1" || said.Replicas != "2" || !strings.HasPrefix(said.File, s.Dir) || !said.Names("churn:1") || said.Names("churn") {
		t.Errorf("%+v, %v", said, err)
	}
	over := filepath.Join(s.Dir, "over.yml")
	if err := os.WriteFile(over, []byte("services: {churn-b: {image: churn, scale: \"${N}\"}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Files = append(s.Files, over)
	if said, err := s.Said(); err != nil || said.File != over || !said.Names("churn:latest") || said.Replicas != "${N}" {
		t.Errorf("%+v, %v", said, err)
	}
	for name, text := range map[string]string{"no YAML": "{", "no service": "services: {}", "a list": "[]"} {
		if err := os.WriteFile(over, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s.Files = []string{over}
		if _, err := s.Said(); err == nil || !strings.Contains(err.Error(), over) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestServiceOfHostileLabels(t *testing.T) {
	good := service(t, nil)
	for name, labels := range map[string]map[string]string{
		"flag":       {"com.docker.compose.service": "--help"},
		"two names":  {"com.docker.compose.service": "a,b"},
		"project":    {"com.docker.compose.project": "-f"},
		"no file":    {labelFiles: ""},
		"no dir":     {labelDir: "here"},
		"no hash":    {labelHash: ""},
		"newline in": {"com.docker.compose.project": "a\nb"},
	} {
		all := map[string]string{"com.docker.compose.project": "shop", "com.docker.compose.service": "churn-b", labelHash: "1", labelDir: good.Dir, labelFiles: "x.yml"}
		for k, v := range labels {
			all[k] = v
		}
		if s, ok := ServiceOf(engine.Container{Labels: all}); ok {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

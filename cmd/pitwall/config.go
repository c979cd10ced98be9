package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// config is the configuration file. Flags win over it, and of the registry
// MLflow's own environment too.
type config struct {
	Backend    string        `yaml:"backend"`    // as --backend
	Prometheus yaml.Node     `yaml:"prometheus"` // a URL, or a source with url, TLS, auth and headers
	MLflow     string        `yaml:"mlflow"`     // as --mlflow; a relative directory begins at the configuration's own
	Profile    profileConfig `yaml:"profile"`
	ReadOnly   bool          `yaml:"read_only"` // cannot be turned off inside the console or by a flag
	Theme      string        `yaml:"theme"`     // auto, dark, light or high-contrast
	Mouse      *bool         `yaml:"mouse"`     // default: on, but off over SSH
	ASCII      bool          `yaml:"ascii"`

	Docker struct {
		Services []serviceConfig `yaml:"services"` // what Compose services are whose containers do not tell
	} `yaml:"docker"`

	Kubernetes kubernetesConfig `yaml:"kubernetes"`

	Checklist checklistConfig `yaml:"checklist"`
}

// loadConfig reads the file that --config names, or the user's own when there
// is one.
func (a *app) loadConfig() (config, error) {
	path, asked := a.global.config, a.global.config != ""
	if !asked {
		dir, err := a.configDir()
		if err != nil {
			return config{}, nil // no home directory: no configuration
		}
		path = filepath.Join(dir, "config.yaml")
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !asked {
		return config{}, nil
	}
	if err != nil {
		return config{}, misuse{fmt.Errorf("read configuration: %w", err)}
	}
	return parseConfig(path, data)
}

func parseConfig(path string, data []byte) (config, error) {
	var c config
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return config{}, misuse{fmt.Errorf("configuration %s: %s", path, plainly(err))}
	}
	c.Checklist = c.Checklist.below(filepath.Dir(path))
	if c.MLflow != "" && !strings.Contains(c.MLflow, ":") && !filepath.IsAbs(c.MLflow) {
		c.MLflow = filepath.Join(filepath.Dir(path), c.MLflow)
	}
	switch c.Theme {
	case "", "auto", "dark", "light", "high-contrast":
	default:
		return config{}, misuse{fmt.Errorf("configuration %s: theme %q: choose auto, dark, light or high-contrast", path, c.Theme)}
	}
	return c, nil
}

// The words of the decoder that name types of Go.
var (
	unknownField = regexp.MustCompile(`field (\S+) not found in type \S+`)
	wrongValue   = regexp.MustCompile("cannot unmarshal !!(\\S+)((?: `[^`]*`)?) into ([^\n]+)")
)

// plainly is an error of the decoder in words of the configuration.
func plainly(err error) string {
	text := unknownField.ReplaceAllString(err.Error(), "there is no field $1 here")
	text = wrongValue.ReplaceAllStringFunc(text, func(s string) string {
		m := wrongValue.FindStringSubmatch(s)
		return yamlKind(m[1]) + m[2] + " stands where " + goKind(m[3]) + " is needed"
	})
	return strings.Replace(text, "yaml: unmarshal errors:\n  ", "", 1)
}

func yamlKind(tag string) string {
	switch tag {
	case "seq":
		return "a list"
	case "map":
		return "a mapping"
	}
	return "the value"
}

func goKind(name string) string {
	switch {
	case strings.HasPrefix(name, "[]"):
		return "a list"
	case strings.HasSuffix(name, "bool"):
		return "true or false"
	case strings.HasSuffix(name, "string"):
		return "a text"
	case strings.HasPrefix(name, "int"), strings.HasPrefix(name, "uint"), strings.HasPrefix(name, "float"):
		return "a number"
	}
	return "a mapping"
}

func (a *app) configDir() (string, error) {
	if dir := a.env("XDG_CONFIG_HOME"); dir != "" {
		return filepath.Join(dir, "pitwall"), nil
	}
	home := a.env("HOME")
	if home == "" {
		return "", errors.New("HOME is not set")
	}
	return filepath.Join(home, ".config", "pitwall"), nil
}

// stateDirOf is where a backend keeps its journal, and the local stack everything.
func (a *app) stateDirOf(choice backendChoice) (string, error) {
	dir, err := a.stateDir()
	if err == nil && choice.kind != localBackend && a.global.state == "" && a.env("PITWALL_STATE") == "" {
		dir = filepath.Join(filepath.Dir(dir), string(choice.kind))
	}
	return dir, err
}

// stateDir is where the local stack keeps everything.
func (a *app) stateDir() (string, error) {
	if a.global.state != "" {
		return filepath.Abs(a.global.state)
	}
	if dir := a.env("PITWALL_STATE"); dir != "" {
		return filepath.Abs(dir)
	}
	if dir := a.env("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "pitwall", "local"), nil
	}
	home := a.env("HOME")
	if home == "" {
		return "", misuse{errors.New("no state directory: HOME is not set, give --state DIR")}
	}
	return filepath.Join(home, ".local", "state", "pitwall", "local"), nil
}

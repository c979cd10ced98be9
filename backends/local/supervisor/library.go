package supervisor

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"pitwall/backends/desired"
	"pitwall/backends/local/supervisor/state"
	"pitwall/serve/model"
)

// maxModelBytes bounds a model file that deploy takes over.
const maxModelBytes = 512 << 20

// library holds the model files and their drift baselines in the state
// directory. Files are named by their digest and never change.
type library struct {
	dir *state.Dir
	now func() time.Time
	// baseline makes the drift baseline of a model file from the data that a
	// deployment's models are trained on.
	baseline func(deployment, modelPath string, w io.Writer) error
}

// modelPath is where a model's file is.
func (l library) modelPath(m desired.Model) string { return l.dir.Path("models", m.SHA256, m.File) }

// baselinePath is where a model's drift baseline is, "" when it has none.
func (l library) baselinePath(m desired.Model) string {
	if m.Baseline == "" {
		return ""
	}
	return l.dir.Path("baselines", m.Baseline)
}

// Read describes a model file without taking it over. A file that a replica
// could not load is an error: it would only use up the version.
func (l library) Read(path, version string) (desired.Model, []byte, error) {
	name := filepath.Base(path)
	switch {
	case strings.ContainsFunc(name, unicode.IsControl):
		return desired.Model{}, nil, fmt.Errorf("the name of model file %q has control characters in it", name)
	case strings.ContainsFunc(version, unicode.IsControl):
		return desired.Model{}, nil, fmt.Errorf("version %q has control characters in it", version)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return desired.Model{}, nil, fmt.Errorf("read the model file: %w", err)
	case !info.Mode().IsRegular():
		return desired.Model{}, nil, fmt.Errorf("read the model file: %s is not a file", path)
	case info.Size() > maxModelBytes:
		return desired.Model{}, nil, fmt.Errorf("read the model file: %s has %d MiB and at most %d are taken", path, info.Size()>>20, maxModelBytes>>20)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return desired.Model{}, nil, fmt.Errorf("read the model file: %w", err)
	}
	if _, err := model.Parse(name, data, model.Options{}); err != nil {
		return desired.Model{}, nil, err
	}
	return l.describe(name, version, data), data, nil
}

func (l library) describe(name, version string, data []byte) desired.Model {
	sum := sha256.Sum256(data)
	return desired.Model{Version: version, File: name, SHA256: hex.EncodeToString(sum[:]), AddedAt: l.now()}
}

// Store takes a model over: its file, and a drift baseline if one can be made.
// note says why there is none.
func (l library) Store(deployment string, m desired.Model, data []byte) (stored desired.Model, note error, err error) {
	path := l.modelPath(m)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := state.WriteFile(path, data); err != nil {
			return m, nil, err
		}
	}
	name := deployment + "-" + m.SHA256 + ".json"
	if _, err := os.Stat(l.dir.Path("baselines", name)); err == nil {
		m.Baseline = name
		return m, nil, nil
	}
	var b strings.Builder
	if err := l.baseline(deployment, path, &b); err != nil {
		return m, fmt.Errorf("no drift baseline for %s: %w", m.File, err), nil
	}
	if err := state.WriteFile(l.dir.Path("baselines", name), []byte(b.String())); err != nil {
		return m, nil, err
	}
	m.Baseline = name
	return m, nil, nil
}

package local

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"pitwall/backends"
	"pitwall/backends/local/control"
)

// MutableBackend is a Backend that can also change the stack.
type MutableBackend struct{ *Backend }

var (
	_ backends.Changer   = (*MutableBackend)(nil)
	_ backends.Practicer = (*MutableBackend)(nil)
)

// Mutable gives the backend with the capabilities that change the stack.
func (b *Backend) Mutable() *MutableBackend { return &MutableBackend{b} }

// DryRun implements backends.Changer.
func (b *MutableBackend) DryRun(ctx context.Context, c backends.Change) ([]backends.Effect, error) {
	var out control.Effects
	err := b.post(ctx, control.PathDryRun, withModelPath(c), &out)
	return out.Effects, err
}

// Apply implements backends.Changer. It returns when the change was accepted:
// a new split is in effect then, a rollout has begun.
func (b *MutableBackend) Apply(ctx context.Context, c backends.Change) error {
	return b.post(ctx, control.PathApply, withModelPath(c), &struct{}{})
}

// Scenarios implements backends.Practicer.
func (b *MutableBackend) Scenarios(ctx context.Context) ([]backends.Scenario, error) {
	var list []backends.Scenario
	err := b.get(ctx, control.PathScenarios, nil, &list)
	return list, err
}

// StartScenario implements backends.Practicer.
func (b *MutableBackend) StartScenario(ctx context.Context, name string) error {
	return b.post(ctx, control.PathScenario, control.ScenarioName{Name: name}, &struct{}{})
}

// withModelPath makes the path of a model file absolute, for the supervisor
// works in another directory. A name that is no file here is left as it is: it
// may be one of the stack's own.
func withModelPath(c backends.Change) backends.Change {
	if c.Op != backends.OpDeploy || c.Image == "" || filepath.IsAbs(c.Image) {
		return c
	}
	if _, err := os.Stat(c.Image); err != nil {
		return c
	}
	if path, err := filepath.Abs(c.Image); err == nil {
		c.Image = path
	}
	return c
}

func (b *Backend) post(ctx context.Context, path string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode the request: %w", err)
	}
	return b.call(ctx, http.MethodPost, path, nil, bytes.NewReader(text), into)
}

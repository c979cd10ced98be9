package docker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/world"
)

// Usage implements backends.Measurer.
func (b *Backend) Usage(ctx context.Context, deployment string) (map[string]backends.Usage, error) {
	d, err := b.findOne(ctx, deployment)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string)
	var ids []string
	for _, v := range d.Variants {
		for _, m := range v.Members {
			if m.Container.Running() {
				names[m.Container.ID] = m.Container.Name
				ids = append(ids, m.Container.ID)
			}
		}
	}
	stats, err := b.engine.Stats(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[string]backends.Usage, len(stats))
	for id, u := range stats {
		out[names[id]] = backends.Usage{CPU: u.CPU, CPULimit: u.CPULimit, Memory: u.Memory, MemoryLimit: u.MemoryLimit}
	}
	return out, nil
}

func (b *Backend) findOne(ctx context.Context, deployment string) (world.Deployment, error) {
	found, _, err := b.find(ctx)
	if err != nil {
		return world.Deployment{}, err
	}
	return pick(found, deployment)
}

// Inspect implements backends.Inspector.
func (b *Backend) Inspect(ctx context.Context, deployment, replica string) (backends.Node, error) {
	d, err := b.findOne(ctx, deployment)
	if err != nil {
		return backends.Node{}, err
	}
	id := ""
	if replica == "" && d.Door != nil {
		id = d.Door.ID
	}
	var have []string
	for _, v := range d.Variants {
		for _, m := range append(slices.Clone(v.Members), v.Kept...) {
			have = append(have, m.Container.Name)
			if m.Container.Name == replica {
				id = m.Container.ID
			}
		}
	}
	if id == "" {
		return backends.Node{}, &backends.NotFoundError{Kind: "replica", Name: replica, Have: have}
	}
	return b.engine.InspectTree(ctx, id)
}

// smokeTimeout bounds a smoke test.
const smokeTimeout = 30 * time.Second

// SmokeTest implements backends.SmokeTester: a declared command runs in the
// container, a declared request goes to its predict path.
func (m *MutableBackend) SmokeTest(ctx context.Context, deployment, replica string) (backends.SmokeResult, error) {
	d, err := m.findOne(ctx, deployment)
	if err != nil {
		return backends.SmokeResult{}, err
	}
	var have []string
	for _, v := range d.Variants {
		for _, member := range v.Members {
			have = append(have, member.Container.Name)
			if member.Container.Name == replica {
				return m.smoke(ctx, member)
			}
		}
	}
	return backends.SmokeResult{}, &backends.NotFoundError{Kind: "replica", Name: replica, Have: have}
}

func (m *MutableBackend) smoke(ctx context.Context, member world.Member) (backends.SmokeResult, error) {
	ctx, cancel := backends.Within(ctx, smokeTimeout)
	defer cancel()
	began := m.now()
	out := backends.SmokeResult{Replica: member.Container.Name, Test: member.Smoke}
	var command []string
	var err error
	switch {
	case member.Smoke == "":
		return out, fmt.Errorf("%s declares no smoke test: label its container %s with a JSON list (a command) or a JSON request", member.Container.Name, world.LabelSmoke)
	case json.Unmarshal([]byte(member.Smoke), &command) == nil && len(command) > 0:
		err = m.smokeCommand(ctx, member, command, &out)
	case json.Valid([]byte(member.Smoke)):
		err = m.smokeRequest(ctx, member, &out)
	default:
		err = fmt.Errorf("the smoke test of %s is neither a JSON list of words nor a JSON request", member.Container.Name)
	}
	out.Took = m.now().Sub(began)
	return out, err
}

func (m *MutableBackend) smokeCommand(ctx context.Context, member world.Member, command []string, out *backends.SmokeResult) error {
	r, err := m.engine.Exec(ctx, member.Container.ID, command, nil)
	if err != nil {
		return fmt.Errorf("run the smoke test of %s: %w", out.Replica, err)
	}
	out.Passed = r.Code == 0
	out.Output = strings.TrimSpace(string(r.Stdout) + string(r.Stderr))
	if !out.Passed {
		out.Output = strings.TrimSpace(fmt.Sprintf("status %d: %s", r.Code, out.Output))
	}
	return nil
}

func (m *MutableBackend) smokeRequest(ctx context.Context, member world.Member, out *backends.SmokeResult) error {
	url := memberURL(member, member.Predict)
	if !m.engine.Local() || url == "" {
		return errors.New("a request needs an engine on this machine and a container that runs: declare a command instead")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader([]byte(member.Smoke)))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := m.probes.Do(req)
	if err != nil {
		return fmt.Errorf("send the smoke test of %s: %w", out.Replica, err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", out.Replica, err)
	}
	out.Output = resp.Status + " " + strings.TrimSpace(string(text))
	version := resp.Header.Get("X-Model-Version")
	out.Passed = resp.StatusCode == http.StatusOK && (version == "" || version == member.Version)
	if version != "" && version != member.Version {
		out.Output = fmt.Sprintf("version %s answered, not %s: %s", version, member.Version, out.Output)
	}
	return nil
}

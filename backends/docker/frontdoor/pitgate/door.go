package pitgate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/serve/gateway"
)

// Execer runs a command in a container; *engine.Client is one.
type Execer interface {
	Exec(ctx context.Context, id string, cmd []string, stdin io.Reader) (engine.ExecResult, error)
}

// Options are what the container does not tell.
type Options struct {
	// Versions gives the model version of each variant, for the gateway's
	// metrics. A variant without one keeps what the gateway has.
	Versions map[string]string
	// Salt goes to a gateway that has no state. It has to be the one that the
	// gateway had before, or a restart reshuffles every user.
	Salt string
}

// Door is the gateway of one container. It implements frontdoor.Door.
type Door struct {
	exec      Execer
	container engine.Container
	options   Options
	changing  sync.Mutex
}

var _ frontdoor.Door = (*Door)(nil)

// New makes the door of a container that runs `pitwall gateway`.
func New(c Execer, container engine.Container, o Options) *Door {
	return &Door{exec: c, container: container, options: o}
}

// Read implements frontdoor.Door.
func (d *Door) Read(ctx context.Context) (frontdoor.Config, error) {
	s, err := d.state(ctx)
	if err != nil {
		return frontdoor.Config{}, err
	}
	return configOf(s), nil
}

// Check implements frontdoor.Door: the gateway's own rules, on a copy.
func (d *Door) Check(ctx context.Context, want frontdoor.Want) error {
	s, err := d.state(ctx)
	if err != nil {
		return err
	}
	return check(d.stateOf(want, s))
}

// Set implements frontdoor.Door. The gateway answers once no new request goes
// the old way.
func (d *Door) Set(ctx context.Context, want frontdoor.Want, base string) error {
	d.changing.Lock()
	defer d.changing.Unlock()
	now, err := d.state(ctx)
	if err != nil {
		return err
	}
	if hashOf(now) != base {
		return frontdoor.ErrChanged
	}
	next := d.stateOf(want, now)
	if err := check(next); err != nil {
		return err
	}
	after, err := d.set(ctx, next, now.Generation)
	conflict := (*gateway.ConflictError)(nil)
	switch {
	case errors.As(err, &conflict):
		return frontdoor.ErrChanged
	case errors.Is(err, gateway.ErrInvalid):
		return &frontdoor.RejectedError{Kind: frontdoor.Gateway, Text: err.Error()}
	case err != nil:
		return fmt.Errorf("change the gateway in %s: %w", d.container.Name, err)
	}
	if got := configOf(after); !got.Split.Equal(want.Split) {
		return fmt.Errorf("the gateway in %s took the change and serves %s, not %s", d.container.Name, got.Split, want.Split)
	}
	return nil
}

func check(s gateway.State) error {
	if err := s.Validate(); err != nil {
		return &frontdoor.RejectedError{Kind: frontdoor.Gateway, Text: err.Error()}
	}
	return nil
}

func (d *Door) state(ctx context.Context) (gateway.State, error) {
	answer, err := d.ask(ctx, nil)
	if err != nil {
		return gateway.State{}, err
	}
	s, err := answer.Result()
	if err != nil {
		return gateway.State{}, d.unreadable(err.Error())
	}
	return s, nil
}

func (d *Door) set(ctx context.Context, s gateway.State, generation int64) (gateway.State, error) {
	body, err := json.Marshal(s)
	if err != nil {
		return gateway.State{}, fmt.Errorf("encode the state: %w", err)
	}
	answer, err := d.ask(ctx, bytes.NewReader(body), "--set", "--generation", strconv.FormatInt(generation, 10))
	if err != nil {
		return gateway.State{}, err
	}
	return answer.Result()
}

// ask runs the state command in the container.
func (d *Door) ask(ctx context.Context, stdin io.Reader, more ...string) (gateway.Answer, error) {
	in, ok := readCommand(d.container.Command)
	switch {
	case !ok:
		return gateway.Answer{}, d.unreadable("its command is not `pitwall gateway`")
	case in.tokenFile == "":
		return gateway.Answer{}, d.unreadable("its command has no --token-file, without which the gateway cannot be asked")
	}
	r, err := d.exec.Exec(ctx, d.container.ID, in.state(more...), stdin)
	if err != nil {
		return gateway.Answer{}, fmt.Errorf("ask the gateway in %s: %w", d.container.Name, err)
	}
	if answer, err := gateway.ParseAnswer(r.Stdout); err == nil {
		return answer, nil
	}
	return gateway.Answer{}, d.unreadable(fmt.Sprintf("`%s gateway state` ended with exit status %d: %s", in.binary, r.Code, firstLine(r.Stderr, r.Stdout)))
}

func (d *Door) unreadable(why string) error {
	return &frontdoor.UnreadableError{Kind: frontdoor.Gateway, Where: d.container.Name, Why: why}
}

// firstLine gives the first line of the first output that has one.
func firstLine(outputs ...[]byte) string {
	for _, out := range outputs {
		if line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n"); line != "" {
			return line[:min(len(line), 300)]
		}
	}
	return "it printed nothing"
}

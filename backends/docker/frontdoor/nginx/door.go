package nginx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
)

// Containers is what a Door uses of an engine; *engine.Client has it.
type Containers interface {
	Exec(ctx context.Context, id string, cmd []string, stdin io.Reader) (engine.ExecResult, error)
	Kill(ctx context.Context, id, signal string) error
	Top(ctx context.Context, id string) ([]engine.Process, error)
	ReadFile(ctx context.Context, id, path string) ([]byte, error)
	NewOutput(ctx context.Context, id string) (io.ReadCloser, error)
}

// Door is nginx in a running container. It is safe for concurrent use.
type Door struct {
	containers Containers
	files      Files
	container  engine.Container
	path       string // of the main file in the container
	client     *http.Client
	limit      time.Duration // until a change must have been proven
	now        func() time.Time
	counter    counter

	mu sync.Mutex // one change at a time
}

var _ frontdoor.Door = (*Door)(nil)

// proveLimit is far above the 0.2 s that a reload takes, for a busy machine.
const proveLimit = 10 * time.Second

// New makes a door of a container as it is now: make another one when the
// container was started again. path is the main configuration file in it.
func New(c Containers, f Files, container engine.Container, path string) *Door {
	d := &Door{
		containers: c, files: f, container: container, path: path, limit: proveLimit, now: time.Now,
		client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
	}
	d.counter.open = func(ctx context.Context) (io.ReadCloser, error) { return c.NewOutput(ctx, container.ID) }
	return d
}

// Close ends what follows the container's log. The door can be read on.
func (d *Door) Close() { d.counter.close() }

// Read gives what the files say, with notes when nginx serves something else.
func (d *Door) Read(ctx context.Context) (frontdoor.Config, error) {
	p, err := d.read(ctx)
	if err != nil {
		return frontdoor.Config{}, err
	}
	c := p.view()
	if note := d.notLoaded(ctx, p); note != "" {
		c.Notes = append(c.Notes, note)
	}
	if f, ok := d.files.(*EngineFiles); ok && f.Why != nil {
		c.Notes = append(c.Notes, f.Why.Error())
	}
	d.count(ctx, p, &c)
	return c, nil
}

// count adds what was counted, or why nothing is.
func (d *Door) count(ctx context.Context, p *plan, c *frontdoor.Config) {
	how, why := p.counting()
	if why == "" {
		var err error
		if c.Counts, err = d.counter.read(ctx, how, d.now()); err != nil {
			why = err.Error()
		}
	}
	if why != "" {
		c.Uncounted = why
		c.Notes = append(c.Notes, "what each variant answers is not counted here, so a change is not seen in traffic: "+why)
	}
}

func (d *Door) read(ctx context.Context) (*plan, error) {
	conf, err := load(d.path, source{
		read: func(name string) (string, error) { return d.readFile(ctx, name) },
		list: func(dir string) ([]string, error) { return d.files.List(ctx, dir) },
	})
	var syntax *SyntaxError
	switch {
	case errors.As(err, &syntax):
		return nil, &frontdoor.UnreadableError{Kind: frontdoor.NGINX, Where: d.path, Why: syntax.Error()}
	case err != nil:
		return nil, fmt.Errorf("read the configuration of %s: %w", d.container.Name, err)
	}
	p, err := find(conf)
	if errors.As(err, &syntax) {
		return nil, &frontdoor.UnreadableError{Kind: frontdoor.NGINX, Where: d.path, Why: syntax.Error()}
	}
	return p, err
}

// readFile takes what is not mounted out of the container.
func (d *Door) readFile(ctx context.Context, name string) (string, error) {
	text, err := d.files.Read(ctx, name)
	var elsewhere *NotHereError
	if errors.As(err, &elsewhere) {
		inside, err := d.containers.ReadFile(ctx, d.container.ID, name)
		return string(inside), err
	}
	return text, err
}

// notLoaded tells whether the files were changed since nginx loaded them.
func (d *Door) notLoaded(ctx context.Context, p *plan) string {
	if p.proof != nil {
		want := p.proofText()
		if got, ok := d.served(ctx, p); ok && got != want {
			return fmt.Sprintf("the file says %q and nginx serves %q: the file was changed and not reloaded", want, got)
		}
	}
	host, here := d.files.(*HostFiles)
	if !here {
		return ""
	}
	started, ok := workersStarted(d.container.PID)
	if !ok {
		return ""
	}
	const blur = 2 * time.Second // of a process's start
	for _, f := range p.conf.files {
		if changed, err := host.Changed(f.path); err == nil && changed.After(started.Add(blur)) {
			return fmt.Sprintf("%s was changed at %s, after nginx loaded it at %s: what is served may differ until a reload",
				f.path, changed.Format(time.DateTime), started.Format(time.DateTime))
		}
	}
	return ""
}

// Check has nginx test the configuration in files beside the real ones.
func (d *Door) Check(ctx context.Context, want frontdoor.Want) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	unlock, err := d.files.Lock(ctx, d.path)
	if err != nil {
		return err
	}
	defer unlock()
	p, err := d.read(ctx)
	if err != nil {
		return err
	}
	done, err := p.edit(want, d.now())
	if err != nil {
		return err
	}
	return d.test(ctx, p, done)
}

// test writes the copies, has nginx test them and removes them.
// Errors: *frontdoor.RejectedError with nginx's words.
func (d *Door) test(ctx context.Context, p *plan, done edited) (err error) {
	if err := d.sameFile(ctx, p); err != nil {
		return err
	}
	copies, err := p.conf.checkTexts(done.texts)
	if err != nil {
		return err
	}
	defer func() {
		for name := range copies {
			if gone := d.files.Remove(context.WithoutCancel(ctx), checkName(name)); gone != nil && err == nil {
				err = fmt.Errorf("remove what nginx tested: %w", gone)
			}
		}
	}()
	for name, text := range copies {
		if err := d.files.Write(ctx, checkName(name), name, text); err != nil {
			return err
		}
	}
	result, err := d.containers.Exec(ctx, d.container.ID, d.testCommand(p), nil)
	if err != nil {
		return fmt.Errorf("test the configuration: %w", err)
	}
	if result.Code != 0 {
		words := strings.TrimSpace(string(result.Stderr) + string(result.Stdout))
		return refuse("%s", strings.ReplaceAll(words, "."+checkPrefix, ""))
	}
	return nil
}

// testCommand runs the nginx that the container runs.
func (d *Door) testCommand(p *plan) []string {
	command := []string{"nginx", "-t", "-q", "-c", p.conf.checkMain()}
	for i, arg := range d.container.Command {
		switch {
		case path.Base(arg) == "nginx" && command[0] == "nginx":
			command[0] = arg
		case arg == "-p" && i+1 < len(d.container.Command):
			command = append(command, "-p", d.container.Command[i+1])
		}
	}
	return command
}

// sameFile makes sure that the file here is the one that the container sees,
// and not one of the same name on another machine.
func (d *Door) sameFile(ctx context.Context, p *plan) error {
	inside, err := d.containers.ReadFile(ctx, d.container.ID, p.conf.main.path)
	if err != nil {
		return err
	}
	if string(inside) != p.conf.main.text {
		return &NotHereError{d.path, "the file here is not the one that the container sees"}
	}
	return nil
}

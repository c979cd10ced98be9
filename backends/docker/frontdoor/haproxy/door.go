package haproxy

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
)

// Options are what the container does not tell.
type Options struct {
	Deployment string
	Config     string // path of the configuration in the container; "" as its command says
	Backend    string // section that splits the traffic; "" finds it
	Local      bool   // the engine runs on this machine: addresses of its containers are reachable

	// Known reports whether a container has this name. With it a member is
	// named by its server line only when that is a container's name. nil: it is
	// named by the host of its line where that is a name, else by the line.
	Known func(name string) bool
	Now   func() time.Time // nil: time.Now

	// RemoveWait is how long a change waits for the open requests of servers
	// that it takes out, before it leaves their deletion to the next change.
	// 0: 2 s.
	RemoveWait time.Duration
}

// Door is the HAProxy of one container. It implements frontdoor.Door.
type Door struct {
	client    Execer
	container engine.Container
	options   Options
	tally     tally

	changing sync.Mutex // one change at a time
	mu       sync.Mutex
	dialer   Dialer // that worked last
}

var _ frontdoor.Door = (*Door)(nil)

// New makes the door of a container that runs HAProxy. The same Door should
// serve for as long as the container runs: it keeps the counts of servers that
// are deleted.
func New(c Execer, container engine.Container, o Options) *Door {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.RemoveWait = cmp.Or(o.RemoveWait, 2*time.Second)
	return &Door{client: c, container: container, options: o}
}

func (d *Door) lastDialer() Dialer {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dialer
}

func (d *Door) keepDialer(x Dialer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dialer = x
}

// Read implements frontdoor.Door.
func (d *Door) Read(ctx context.Context) (frontdoor.Config, error) {
	v, err := d.look(ctx)
	if err != nil {
		return frontdoor.Config{}, err
	}
	configured, achieved := d.split(v)
	counts := map[string]counted{}
	for _, l := range v.running.servers {
		if !l.backup {
			counts[l.name] = counted{d.variantOf(v, l), l.count}
		}
	}
	apart := d.apart(v)
	return frontdoor.Config{
		Kind: frontdoor.HAProxy, Split: configured, Members: d.membersOf(v), Hash: v.hash(), Key: v.backend.key(),
		Notes: d.notes(v, configured, achieved, apart), Apart: apart, Counts: d.tally.add(v.running.start, counts),
	}, nil
}

// Check implements frontdoor.Door: HAProxy itself checks the file that the
// change would leave.
func (d *Door) Check(ctx context.Context, want frontdoor.Want) error {
	v, err := d.look(ctx)
	if err != nil {
		return err
	}
	p, err := d.plan(v, want)
	if err != nil {
		return err
	}
	return d.checkText(ctx, v, p.text)
}

func rejected(format string, args ...any) error {
	return &frontdoor.RejectedError{Kind: frontdoor.HAProxy, Text: fmt.Sprintf(format, args...)}
}

// checkText runs `haproxy -c` on a text in the container.
func (d *Door) checkText(ctx context.Context, v *view, text string) error {
	command := d.checkCommand(v.path)
	r, err := d.client.Exec(ctx, d.container.ID, command, strings.NewReader(text))
	if err != nil {
		return fmt.Errorf("check the configuration of %s: %w", d.container.Name, err)
	}
	if r.Code != 0 {
		said := bytes.TrimSpace(append(r.Stderr, r.Stdout...))
		return rejected("%s", cut(string(said)))
	}
	return nil
}

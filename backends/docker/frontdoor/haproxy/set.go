package haproxy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"pitwall/backends/docker/frontdoor"
)

const (
	maxLine    = 8 << 10 // bytes of a line of commands; HAProxy takes 16 KiB
	poll       = 50 * time.Millisecond
	reloadWait = 10 * time.Second
)

// Set implements frontdoor.Door: the running process first, then its file.
func (d *Door) Set(ctx context.Context, want frontdoor.Want, base string) error {
	d.changing.Lock()
	defer d.changing.Unlock()
	path, b, err := d.readConf(ctx)
	if err != nil {
		return err
	}
	if hostPath, _, err := d.writable(path, b.conf.text); err == nil {
		unlock, err := lock(hostPath)
		if err != nil {
			return err
		}
		defer unlock()
	}
	v, err := d.look(ctx)
	if err != nil {
		return err
	}
	if v.hash() != base {
		return frontdoor.ErrChanged
	}
	p, err := d.plan(v, want)
	if err != nil {
		return err
	}
	why := v.reload(p)
	// A change of weights alone is not held up by a file that somebody broke:
	// the running process is right, and taking traffic away may be urgent.
	if p.members && v.unkept == nil || why != "" {
		if err := d.checkText(ctx, v, p.text); err != nil {
			return err
		}
	}
	if why != "" {
		return d.setByReload(ctx, v, p, why)
	}
	return d.setRunning(ctx, v, p)
}

// setRunning makes the change over the runtime API.
func (d *Door) setRunning(ctx context.Context, v *view, p plan) error {
	if len(p.add) > 0 {
		answer, err := d.command(ctx, v, p.add)
		if err != nil {
			return err
		}
		if said := complaints(answer); said != "" { // a parameter that only the file knows
			return d.setByReload(ctx, v, p, said)
		}
	}
	commands := append(p.raise, p.lower...)
	for _, name := range p.remove {
		id := v.backend.name + "/" + name
		commands = append(commands, "set server "+id+" state maint", "del server "+id)
	}
	commands = append(commands, question(v.backend.name)) // the proof, in the same exchange
	answer, err := d.command(ctx, v, commands)
	if err != nil {
		return err
	}
	said, proof, _ := strings.Cut(answer, "Name: HAProxy\n")
	after, err := readRunning("Name: HAProxy\n" + proof)
	if err == nil {
		err = p.differs(after)
	}
	switch said = complaints(said); {
	case err != nil && said != "":
		return fmt.Errorf("HAProxy in %s took only a part of the change: %s: %w", d.container.Name, said, err)
	case err != nil:
		return fmt.Errorf("HAProxy in %s took the change and does not show it: %w", d.container.Name, err)
	}
	if v.unkept == nil {
		if err := write(v.hostPath, p.text, v.inPlace); err != nil {
			return fmt.Errorf("the change is in effect, and a restart would undo it: %w", err)
		}
	}
	return d.deleteRest(ctx, v, p.left(after))
}

// command sends commands, several in one line.
func (d *Door) command(ctx context.Context, v *view, commands []string) (string, error) {
	var answers strings.Builder
	for len(commands) > 0 {
		n, size := 0, 0
		for n < len(commands) && (n == 0 || size+len(commands[n]) < maxLine) {
			size += len(commands[n]) + 1
			n++
		}
		text := strings.Join(commands[:n], ";")
		if v.running.major == 2 && v.running.minor == 5 {
			text = "experimental-mode on;" + text // what dynamic servers were then
		}
		answer, err := d.ask(ctx, v.backend.conf, text)
		if err != nil {
			return "", fmt.Errorf("change HAProxy in %s: %w", d.container.Name, err)
		}
		answers.WriteString(answer)
		commands = commands[n:]
	}
	return answers.String(), nil
}

// deleteRest deletes the servers that had open requests as these end. What is
// left when its time is over gets nothing new, and the next change deletes it.
func (d *Door) deleteRest(ctx context.Context, v *view, left []string) error {
	deadline := time.Now().Add(d.options.RemoveWait)
	for len(left) > 0 && time.Now().Before(deadline) {
		if err := sleep(ctx, poll); err != nil {
			return err
		}
		var still []string
		for _, name := range left {
			answer, err := d.command(ctx, v, []string{"del server " + v.backend.name + "/" + name})
			if err != nil {
				return err
			}
			if !strings.Contains(answer, "Server deleted.") && !strings.Contains(answer, "No such server") {
				still = append(still, name)
			}
		}
		left = still
	}
	return nil
}

// left lists the servers to remove that still exist.
func (p plan) left(r running) []string {
	var names []string
	for _, name := range p.remove {
		for _, l := range r.servers {
			if l.name == name {
				names = append(names, name)
			}
		}
	}
	return names
}

// differs says which server is not as expected.
func (p plan) differs(r running) error {
	seen := map[string]bool{}
	for _, l := range r.servers {
		x, wanted := p.expect[l.name]
		seen[l.name] = true
		switch {
		case !wanted && !l.backup && !l.inMaint():
			return fmt.Errorf("server %s is still there", l.name)
		case !wanted:
		case l.weight != x.weight && (x.takes || l.takes()):
			return fmt.Errorf("server %s has weight %d, not %d", l.name, l.weight, x.weight)
		case l.takes() != x.takes && (x.takes || l.weight > 0):
			return fmt.Errorf("server %s takes requests: %v", l.name, l.takes())
		case x.host != "" && (l.addr != x.host || l.port != x.port):
			return fmt.Errorf("server %s is at %s, not %s", l.name, joinAddress(l.addr, l.port), joinAddress(x.host, x.port))
		}
	}
	for name := range p.expect {
		if !seen[name] {
			return fmt.Errorf("server %s is missing", name)
		}
	}
	return nil
}

// setByReload writes the file and lets the master start a new worker with it.
func (d *Door) setByReload(ctx context.Context, v *view, p plan, why string) error {
	switch {
	case v.unkept != nil:
		return rejected("%s, so it takes a reload, and the file cannot be changed: %v", why, v.unkept)
	case !d.hasMaster(v.backend.conf):
		return rejected("%s, so it takes a reload, for which HAProxy has to run with -W", why)
	}
	if err := write(v.hostPath, p.text, v.inPlace); err != nil {
		return err
	}
	if err := d.client.Kill(ctx, d.container.ID, "SIGUSR2"); err != nil {
		return fmt.Errorf("reload HAProxy in %s: %w", d.container.Name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, reloadWait)
	defer cancel()
	last := errors.New("it does not answer")
	for {
		if now, err := d.look(ctx); err == nil {
			last = p.differs(now.running)
			if now.running.pid == v.running.pid {
				last = errors.New("the old process still answers")
			}
			if last == nil {
				return nil
			}
		}
		if sleep(ctx, poll) != nil {
			return fmt.Errorf("HAProxy in %s was told to reload and does not show the change: %w", d.container.Name, last)
		}
	}
}

// hasMaster reports whether the container's first process is a master that
// reloads on SIGUSR2.
func (d *Door) hasMaster(c conf) bool {
	for _, word := range d.container.Command {
		if word == "-W" || word == "-Ws" {
			return true
		}
	}
	for _, s := range c.sections {
		for _, l := range c.in(s) {
			if s.kind == "global" && l.keyword() == "master-worker" {
				return true
			}
		}
	}
	return false
}

func sleep(ctx context.Context, t time.Duration) error {
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

package nginx

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pitwall/backends/docker/frontdoor"
)

// provePoll is the pause between looks at the workers.
const provePoll = 15 * time.Millisecond

// Set changes the files and reloads nginx, also when want is what the files
// say: a reload looks the names of members up again. Once the files are
// replaced it does not end with ctx, but with the proof or the restored files.
func (d *Door) Set(ctx context.Context, want frontdoor.Want, base string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	unlock, err := d.files.Lock(ctx, d.path)
	if err != nil {
		return err
	}
	defer unlock()
	p, err := d.unchanged(ctx, base)
	if err != nil {
		return err
	}
	done, err := p.edit(want, d.now())
	if err != nil {
		return err
	}
	if err := d.test(ctx, p, done); err != nil {
		return err
	}
	before, err := d.workers(ctx)
	if err != nil {
		return err
	}
	// Somebody's editor does not take the lock, and the test took a while.
	if _, err := d.unchanged(ctx, base); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if err := d.replace(ctx, done.texts); err != nil {
		return errors.Join(err, d.replace(ctx, p.previous(done.texts)))
	}
	if err := d.reload(ctx, p, done.change.served(), before); err != nil {
		return d.restore(ctx, p, done, err)
	}
	return nil
}

// unchanged reads the files, which must be what base was.
func (d *Door) unchanged(ctx context.Context, base string) (*plan, error) {
	p, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	if p.conf.hash() != base {
		return nil, frontdoor.ErrChanged
	}
	return p, nil
}

func (d *Door) replace(ctx context.Context, texts map[string]string) error {
	for name, text := range texts {
		if err := d.files.Write(ctx, name, name, text); err != nil {
			return err
		}
	}
	return nil
}

// previous are the texts that were read of the files that change.
func (p *plan) previous(texts map[string]string) map[string]string {
	old := make(map[string]string, len(texts))
	for _, f := range p.conf.files {
		if _, ok := texts[f.path]; ok {
			old[f.path] = f.text
		}
	}
	return old
}

// reload makes nginx load the files and proves that it serves them: its live
// workers are new ones, and the proof location answers served.
func (d *Door) reload(ctx context.Context, p *plan, served string, before workers) error {
	ctx, cancel := context.WithTimeout(ctx, d.limit)
	defer cancel()
	if err := d.containers.Kill(ctx, d.container.ID, "HUP"); err != nil {
		return fmt.Errorf("reload nginx: %w", err)
	}
	var last error
	for {
		if last = d.proven(ctx, p, served, before); last == nil {
			return nil
		}
		select {
		case <-time.After(provePoll):
		case <-ctx.Done():
			return fmt.Errorf("not proven to be in use after %v: %w", d.limit, last)
		}
	}
}

func (d *Door) proven(ctx context.Context, p *plan, served string, before workers) error {
	now, err := d.workers(ctx)
	if err != nil {
		return err
	}
	if !now.replaces(before) {
		return fmt.Errorf("of the workers %v some still take requests", before.live)
	}
	if p.proof == nil || served == "" {
		return nil
	}
	if got, ok := d.served(ctx, p); ok && got != served {
		return fmt.Errorf("nginx serves %q, not %q", got, served)
	}
	return nil // where nothing answers from here, the workers prove it
}

// restore brings the previous files back into use after a change that was not
// proven, and says what is served.
func (d *Door) restore(ctx context.Context, p *plan, done edited, why error) error {
	if err := d.replace(ctx, p.previous(done.texts)); err != nil {
		return fmt.Errorf("%w; restoring the previous configuration failed too, the new one stays in the files: %w", why, err)
	}
	before, err := d.workers(ctx)
	if err == nil {
		err = d.reload(ctx, p, p.proofText(), before)
	}
	if err != nil {
		return fmt.Errorf("%w; the previous configuration was restored, but nginx was not seen to load it, and may serve either: %w", why, err)
	}
	return refuse("%v; the previous configuration was restored and is served", why)
}

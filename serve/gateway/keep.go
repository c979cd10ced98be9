package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// loadKept takes up the state that the last run kept, if it kept one. A file
// that cannot be used is an error: without its split the gateway would refuse
// every request and look as if nobody had told it any.
func (g *Gateway) loadKept(ctx context.Context, path string) (found bool, err error) {
	if path == "" {
		return false, nil
	}
	if err := g.loadState(ctx, path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("take up the kept state: %w: remove the file to start without a split", err)
	} else if err != nil {
		g.keepFile = path
		return false, nil
	}
	g.keepFile = path
	return true, nil
}

// keep remembers a state. The gateway serves it even when it cannot be kept,
// and says so in its log.
func (g *Gateway) keep(s State) {
	if g.keepFile == "" {
		return
	}
	if err := writeKept(g.keepFile, s); err != nil {
		g.log.Error("the state cannot be kept for the next start", "error", err.Error())
	}
}

// writeKept replaces the file so that a crash leaves the old state or the new.
func writeKept(path string, s State) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	temp := path + ".new"
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(temp, path)
}

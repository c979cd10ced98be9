package gateway

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// readControl obeys the supervisor's commands, one JSON object a line, until
// its end of the pipe closes; then it calls stop. The only command is
// {"state":{…}}, and only while no state was set: later changes need the admin
// API's generation check.
func (g *Gateway) readControl(ctx context.Context, commands io.Reader, stop func()) {
	defer stop()
	lines := bufio.NewScanner(commands)
	lines.Buffer(nil, maxStateBytes)
	for lines.Scan() {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		if err := g.obey(ctx, line); err != nil {
			g.log.Error("command refused", "error", err.Error())
		}
	}
	if err := lines.Err(); err != nil {
		g.log.Error("commands ended", "error", err.Error())
	}
}

func (g *Gateway) obey(ctx context.Context, line []byte) error {
	var command map[string]json.RawMessage
	if err := json.Unmarshal(line, &command); err != nil {
		return fmt.Errorf("read command: %w", err)
	}
	state, ok := command["state"]
	if !ok || len(command) != 1 {
		return errors.New(`read command: not a {"state":{…}} object`)
	}
	s, err := ParseState(state)
	if err != nil {
		return err
	}
	_, err = g.SetState(ctx, s, 0)
	return err
}

package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/moby/moby/client"
)

// Process is a process of a container.
type Process struct {
	PID     int    // on the engine's machine
	Command string // with arguments, foreign text
}

// Top lists the processes of a running container. It needs ps on the engine's
// machine, not in the container.
func (c *Client) Top(ctx context.Context, id string) ([]Process, error) {
	doing := "list the processes of container " + id
	r, err := c.api.ContainerTop(ctx, id, client.ContainerTopOptions{Arguments: []string{"-eo", "pid,args"}})
	if err != nil {
		return nil, c.missing(ctx, doing, "container", id, err)
	}
	processes, err := processes(r.Titles, r.Processes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return processes, nil
}

// processes reads the columns of ps, whose titles depend on its version.
func processes(titles []string, rows [][]string) ([]Process, error) {
	pid := slices.Index(titles, "PID")
	command := slices.IndexFunc(titles, func(t string) bool { return t == "COMMAND" || t == "CMD" || t == "ARGS" })
	if pid < 0 || command < 0 {
		return nil, fmt.Errorf("ps answers with the columns %q", titles)
	}
	var found []Process
	for _, row := range rows {
		if len(row) <= max(pid, command) {
			continue
		}
		n, err := strconv.Atoi(row[pid])
		if err != nil {
			return nil, fmt.Errorf("ps answers with the PID %q", row[pid])
		}
		found = append(found, Process{PID: n, Command: row[command]})
	}
	return found, nil
}

package supervisor

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"pitwall/backends/local/control"
	"pitwall/serve/loopback"
)

// Prometheus names the listener of the embedded Prometheus in Config.Listen.
const Prometheus = "prometheus"

// preferredPrometheus is where it listens unless that is taken.
const preferredPrometheus = "127.0.0.1:7490"

// Config says what to run.
type Config struct {
	StateDir   string // made when absent
	Executable string // the pitwall binary, whose serve and gateway commands the children are
	Models     fs.FS  // seed models and their data under models/

	// Listen has the addresses that were asked for, by deployment name or
	// Prometheus. An address that is taken is an error then. The others listen
	// where they did last time, or on their default, or on a free port.
	Listen map[string]string

	Rate     float64  // requests a second that the traffic generator sends to each deployment; 0 for none
	Scenario string   // incident to begin with; "" is calm
	Env      []string // added to the environment of the children

	// Ready is called once, when every front door listens or has failed to.
	Ready func(control.Stack)

	Log *slog.Logger     // nil writes to supervisor.log in the state directory
	Now func() time.Time // nil is time.Now
}

func (c Config) withDefaults() (Config, error) {
	if c.StateDir == "" || c.Executable == "" || c.Models == nil {
		return c, errors.New("supervisor: StateDir, Executable and Models are required")
	}
	dir, err := filepath.Abs(c.StateDir)
	if err != nil {
		return c, fmt.Errorf("find the state directory: %w", err)
	}
	c.StateDir = dir
	if c.Executable, err = exec.LookPath(c.Executable); err == nil {
		c.Executable, err = filepath.Abs(c.Executable) // the children work in other directories
	}
	if err != nil {
		return c, fmt.Errorf("find the pitwall binary: %w", err)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rate < 0 {
		return c, fmt.Errorf("a rate of %v requests/s is not possible: use 0 for no traffic", c.Rate)
	}
	for name, addr := range c.Listen {
		if _, known := seedOf(name); !known && name != Prometheus {
			return c, fmt.Errorf("no deployment %q to listen for", name)
		}
		if host, _, err := net.SplitHostPort(addr); err != nil || !loopback.Is(host) {
			return c, fmt.Errorf("%s cannot listen on %q: the local stack stays on loopback, use 127.0.0.1:PORT", name, addr)
		}
	}
	return c, nil
}

// maxLog is the size in bytes from which a new run begins a new log file.
const maxLog = 4 << 20

// openLog gives the log to write to, and closes it.
func (c Config) openLog() (*slog.Logger, func(), error) {
	if c.Log != nil {
		return c.Log, func() {}, nil
	}
	path := filepath.Join(c.StateDir, "supervisor.log")
	if info, err := os.Stat(path); err == nil && info.Size() > maxLog {
		_ = os.Rename(path, path+".1") // else it grows on
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open the supervisor's log: %w", err)
	}
	return slog.New(slog.NewJSONHandler(f, nil)), func() { _ = f.Close() }, nil
}

// listenAddress decides where something listens now: where it was asked to,
// else where it did last time, else where it prefers to, else on any free port
// with a note about it. Asked for any port (0), it is the one of last time while
// that is free: what listens again after a crash keeps its clients.
func listenAddress(name, asked, last, preferred string) (addr, note string, err error) {
	if anyPort(asked, last) && free(last) == nil {
		return last, "", nil
	}
	if asked != "" {
		if err := free(asked); err != nil {
			return "", "", fmt.Errorf("%s cannot listen where it was asked to: %w: choose another port", name, err)
		}
		return asked, "", nil
	}
	for _, addr := range []string{last, preferred, "127.0.0.1:0"} {
		if addr == "" {
			continue
		}
		if free(addr) == nil {
			return addr, note, nil
		}
		note = fmt.Sprintf("%s is taken: %s listens on another port", addr, name)
	}
	return "127.0.0.1:0", note, nil
}

// anyPort reports whether last is one of the addresses that asked leaves open.
func anyPort(asked, last string) bool {
	host, port, err := net.SplitHostPort(asked)
	lastHost, _, lastErr := net.SplitHostPort(last)
	return err == nil && lastErr == nil && port == "0" && host == lastHost
}

// free tells why nothing can listen on an address now.
func free(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	return l.Close()
}

package supervisor

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/local/supervisor/process"
	"pitwall/backends/local/supervisor/state"
	"pitwall/serve/gateway"
)

// startReplica runs `pitwall serve` for a replica.
func (s *Supervisor) startReplica(deployment string, r *replica, m desired.Model) (instance, error) {
	args := []string{"serve", "--supervised", "--listen", "127.0.0.1:0", "--name", deployment,
		"--version", m.Version, "--sha256", m.SHA256}
	if path := s.library.baselinePath(m); path != "" {
		args = append(args, "--baseline", path)
	}
	// The process works where its model is, for its messages name the file as it was given.
	path := s.library.modelPath(m)
	args = append(args, "./"+filepath.Base(path))
	return s.startChild(r.name, filepath.Dir(path), args, s.logOf(deployment, r.variant, r.name))
}

// startGateway runs `pitwall gateway` for a deployment.
func (s *Supervisor) startGateway(deployment, listen string) (instance, error) {
	if _, err := s.token(deployment); err != nil {
		return nil, err
	}
	name := deployment + "-gateway"
	return s.startChild(name, s.config.StateDir, []string{"gateway", "--supervised", "--listen", listen, "--admin-listen", "127.0.0.1:0",
		"--token-file", s.tokenPath(deployment), "--deployment", deployment}, s.logOf(deployment, "", name))
}

// logOf takes the lines of one process; the front door has no variant.
func (s *Supervisor) logOf(deployment, variant, name string) func(time.Time, string) {
	return func(at time.Time, text string) {
		s.logs.Add(backends.LogLine{At: at, Deployment: deployment, Variant: variant, Replica: name, Text: text})
	}
}

// startChild runs a process that the next supervisor will find if this one is
// killed.
func (s *Supervisor) startChild(name, dir string, args []string, output func(time.Time, string)) (instance, error) {
	child, err := process.Start(process.Command{Path: s.config.Executable, Args: args, Env: s.config.Env, Dir: dir, Name: name}, s.now, output)
	if err != nil {
		return nil, err
	}
	if err := s.store.AddChild(state.Child{PID: child.PID(), Started: process.Started(child.PID()), Name: name}); err != nil {
		s.log.Warn("a process could not be noted", "name", name, "error", err.Error())
	}
	s.children.Go(func() {
		<-child.Done()
		if err := s.store.RemoveChild(child.PID()); err != nil {
			s.log.Warn("the end of a process could not be noted", "name", name, "error", err.Error())
		}
	})
	return child, nil
}

func (s *Supervisor) tokenPath(deployment string) string { return s.dir.Path("tokens", deployment) }

// token reads the admin token of a gateway, and makes it the first time.
func (s *Supervisor) token(deployment string) (string, error) {
	path := s.tokenPath(deployment)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := state.WriteFile(path, []byte(rand.Text()+"\n")); err != nil {
			return "", fmt.Errorf("make the admin token of %s: %w", deployment, err)
		}
	}
	return gateway.ReadToken(path)
}

// dial makes a client for the admin API of a gateway.
func (s *Supervisor) dial(deployment, admin string) (door, error) {
	token, err := s.token(deployment)
	if err != nil {
		return nil, err
	}
	return gateway.NewClient(admin, token), nil
}

// listen decides where a front door listens now.
func (s *Supervisor) listen(deployment string) string {
	seed, _ := seedOf(deployment)
	last := s.store.Stack().Listen[deployment]
	asked := s.config.Listen[deployment]
	addr, note, err := listenAddress(deployment, asked, last, seed.listen)
	if err != nil {
		return asked // the gateway will say what is wrong with it
	}
	if note != "" {
		s.note(note)
	}
	return addr
}

// listens remembers where a front door listens.
func (s *Supervisor) listens(deployment, addr string) {
	if err := s.store.SetListen(deployment, addr); err != nil {
		s.log.Warn("the address of a front door could not be remembered", "deployment", deployment, "error", err.Error())
	}
}

package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// processes are the components of a cluster, each this binary again. Safe for concurrent use.
type processes struct {
	self string // the path of this binary
	logs string // the directory of NAME.log
	died chan *process

	mu    sync.Mutex
	named map[string]*process
	order []string
}

// process is one run of a component.
type process struct {
	name  string
	args  []string
	cmd   *exec.Cmd
	done  chan struct{}
	err   error // after done
	meant bool  // it was told to end
}

func newProcesses(logs string) (*processes, error) {
	self, err := os.Executable()
	return &processes{self: self, logs: logs, died: make(chan *process, 16), named: map[string]*process{}}, err
}

// start runs a component that does not run. Its log goes on where that of an earlier run ended.
func (ps *processes) start(name string, args ...string) error {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	before, known := ps.named[name]
	if known && before.runs() {
		return fmt.Errorf("%s runs", name)
	}
	log, err := os.OpenFile(filepath.Join(ps.logs, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	p := &process{name: name, args: args, cmd: exec.Command(ps.self, append([]string{name}, args...)...), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = ownGroup()
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	if !known {
		ps.order = append(ps.order, name)
	}
	ps.named[name] = p
	go ps.await(p)
	return nil
}

// await tells of an end that nobody asked for.
func (ps *processes) await(p *process) {
	err := p.cmd.Wait()
	ps.mu.Lock()
	defer ps.mu.Unlock()
	p.err = err
	close(p.done)
	if !p.meant {
		ps.died <- p
	}
}

// again starts a component that was killed, with the arguments that it had.
func (ps *processes) again(name string) error {
	p, err := ps.find(name)
	if err != nil {
		return err
	}
	return ps.start(name, p.args...)
}

// kill ends a component at once (SIGKILL), and returns when it is gone.
func (ps *processes) kill(name string) error {
	p, err := ps.find(name)
	if err != nil {
		return err
	}
	if !p.runs() {
		return fmt.Errorf("%s does not run", name)
	}
	ps.end(p, syscall.SIGKILL)
	<-p.done
	return nil
}

// signal sends a signal that does not end the component.
func (ps *processes) signal(name string, s syscall.Signal) error {
	p, err := ps.find(name)
	if err != nil {
		return err
	}
	return p.cmd.Process.Signal(s)
}

func (ps *processes) find(name string) (*process, error) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	p, ok := ps.named[name]
	if !ok {
		return nil, fmt.Errorf("no component %q: there are %v", name, ps.order)
	}
	return p, nil
}

func (ps *processes) end(p *process, s syscall.Signal) {
	ps.mu.Lock()
	p.meant = true
	ps.mu.Unlock()
	_ = p.cmd.Process.Signal(s)
}

// stop ends all components, the API server last; what has not gone after 5 s is killed. The API server waits for its
// open watches when it is asked politely, which nobody needs.
func (ps *processes) stop() {
	ps.mu.Lock()
	all := maps.Clone(ps.named)
	ps.mu.Unlock()
	for _, p := range all {
		if p.name != apiServer {
			ps.end(p, syscall.SIGTERM)
			_ = p.cmd.Process.Signal(syscall.SIGCONT) // a frozen one too
		}
	}
	patience := time.After(5 * time.Second)
	for _, p := range all {
		if p.name == apiServer {
			continue
		}
		select {
		case <-p.done:
		case <-patience:
			_ = p.cmd.Process.Kill()
			<-p.done
		}
	}
	if server, ok := all[apiServer]; ok {
		ps.end(server, syscall.SIGKILL)
		<-server.done
	}
}

// pids are the processes that run, by component.
func (ps *processes) pids() map[string]int {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	pids := map[string]int{}
	for name, p := range ps.named {
		if p.runs() {
			pids[name] = p.cmd.Process.Pid
		}
	}
	return pids
}

func (p *process) runs() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

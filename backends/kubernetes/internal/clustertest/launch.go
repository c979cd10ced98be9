package clustertest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// binary is the path of the cluster's program, built if it is not in the user's cache.
var binary = sync.OnceValues(func() (string, error) { return script("build.sh") })

// script runs a script of testdata/cluster, and gives what it prints: the path of a program that it built, or had.
func script(name string) (string, error) {
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("find the module of this test: %w", err)
	}
	cmd := exec.Command(filepath.Join(strings.TrimSpace(string(root)), "testdata", "cluster", name))
	cmd.Stderr = os.Stderr // the progress of a build that takes minutes
	path, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("testdata/cluster/%s: %w", name, err)
	}
	return strings.TrimSpace(string(path)), nil
}

// launch starts a cluster and waits until it can be used. It ends by stop, or when this process ends, however that
// happens: then its standard input ends.
func launch(flags ...string) (c *Cluster, stop func(), err error) {
	program, err := binary()
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp("", "pitwall-") // not t.TempDir: a socket's path is short
	if err != nil {
		return nil, nil, err
	}
	var output bytes.Buffer
	cmd := exec.Command(program, append([]string{"up", "-dir", dir, "-remove", "-leash"}, flags...)...)
	cmd.Stdout, cmd.Stderr = &output, &output
	leash, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("start a cluster: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	if err := await(dir, ended); err != nil {
		_ = leash.Close()
		return nil, nil, fmt.Errorf("start a cluster: %w: %s", err, &output)
	}
	stop = func() {
		_ = leash.Close()
		<-ended
	}
	if c, err = open(dir); err != nil {
		stop()
	}
	return c, stop, err
}

// await waits for a cluster's ready.json, for at most two minutes.
func await(dir string, ended <-chan error) error {
	late := time.After(2 * time.Minute)
	for {
		if _, err := os.Stat(filepath.Join(dir, "ready.json")); err == nil {
			return nil
		}
		select {
		case err := <-ended:
			return fmt.Errorf("it ended: %w", err)
		case <-late:
			return errors.New("not ready in two minutes")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

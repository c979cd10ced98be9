package main

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// ready is what DIR/ready.json says of a cluster that runs. It is there when the cluster can be used, and gone when it
// ends.
type ready struct {
	Kubeconfig string             `json:"kubeconfig"`
	Server     string             `json:"server"`
	Program    string             `json:"program"` // this binary
	Kubectl    string             `json:"kubectl"` // this binary under a name with which it is kubectl
	Control    string             `json:"control"` // the socket that control.go answers on
	PIDs       map[string]int     `json:"pids"`    // etcd is part of "cluster"
	Seconds    map[string]float64 `json:"seconds"` // from the start to each step's end
}

func (c *cluster) readyPath() string { return filepath.Join(c.dir, "ready.json") }

// writeReady writes ready.json, whole or not at all.
func (c *cluster) writeReady() error {
	pids := c.processes.pids()
	pids["cluster"] = os.Getpid()
	text, err := json.MarshalIndent(ready{
		Kubeconfig: c.kubeconfig(),
		Server:     c.server(),
		Program:    c.processes.self,
		Kubectl:    c.kubectl(),
		Control:    c.socket(),
		PIDs:       pids,
		Seconds:    c.seconds,
	}, "", "  ")
	if err != nil {
		return err
	}
	part := c.readyPath() + ".part"
	if err := os.WriteFile(part, text, 0o600); err != nil {
		return err
	}
	return os.Rename(part, c.readyPath())
}

// kubectl is a link to this binary.
func (c *cluster) kubectl() string { return filepath.Join(c.dir, "kubectl") }

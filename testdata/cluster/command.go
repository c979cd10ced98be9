package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pitwall.test/cluster/internal/pki"
)

// tellRunning sends a command of control.go to the cluster that runs in -dir: `cluster kill kube-apiserver`.
func tellRunning(command string, args []string) error {
	fs := flag.NewFlagSet("cluster "+command, flag.ExitOnError)
	state := stateFlag(fs)
	_ = fs.Parse(args) // ExitOnError
	running, err := find(*state)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", running.Control)
	}}}
	path := strings.Join(append([]string{command}, fs.Args()...), "/")
	answer, err := client.Post("http://cluster/"+path, "", nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = errors.New(strings.TrimSpace(string(text)))
	}
	return err
}

// writeUser writes a kubeconfig for another user of a cluster: `cluster user -user ann -group dev -file ann.kubeconfig`.
func writeUser(args []string) error {
	fs := flag.NewFlagSet("cluster user", flag.ExitOnError)
	state := stateFlag(fs)
	var who pki.Identity
	fs.StringVar(&who.User, "user", "", "name of the user")
	fs.Func("group", "a group of the user; may be given several times", func(group string) error {
		who.Groups = append(who.Groups, group)
		return nil
	})
	fs.DurationVar(&who.Lifetime, "for", time.Hour, "how long the certificate is valid")
	file := fs.String("file", "", "the kubeconfig to write")
	_ = fs.Parse(args) // ExitOnError
	if who.User == "" || *file == "" {
		return errors.New("-user and -file are needed")
	}
	running, err := find(*state)
	if err != nil {
		return err
	}
	authority, err := pki.Load(filepath.Join(filepath.Dir(running.Kubeconfig), "pki"))
	if err != nil {
		return err
	}
	return authority.Kubeconfig(*file, running.Server, who)
}

func stateFlag(fs *flag.FlagSet) *string {
	return fs.String("dir", os.Getenv("PITWALL_CLUSTER"), "state directory (default: that of PITWALL_CLUSTER, else as with up)")
}

// find reads what the cluster of a state directory says of itself.
func find(dir string) (running ready, err error) {
	if dir == "" {
		if dir, err = usual(); err != nil {
			return running, err
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "ready.json"))
	if err != nil {
		return running, fmt.Errorf("no cluster runs in %s: %w", dir, err)
	}
	return running, json.Unmarshal(text, &running)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/server/v3/embed"
)

// startEtcd runs etcd in this process with its data in dir/etcd; client and peer are "127.0.0.1:PORT". Without fsync
// (fsync false) a start is faster, and the data survives the API server but not a loss of power.
func startEtcd(dir, client, peer string, fsync bool) (*embed.Etcd, error) {
	config := embed.NewConfig()
	config.Name = "pitwall"
	config.Dir = filepath.Join(dir, "etcd")
	config.ListenClientUrls = []url.URL{{Scheme: "http", Host: client}}
	config.AdvertiseClientUrls = config.ListenClientUrls
	config.ListenPeerUrls = []url.URL{{Scheme: "http", Host: peer}}
	config.AdvertisePeerUrls = config.ListenPeerUrls
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.UnsafeNoFsync = !fsync
	config.QuotaBackendBytes = 8 << 30
	config.AutoCompactionMode, config.AutoCompactionRetention = "periodic", "5m"
	config.TickMs, config.ElectionMs = 10, 100 // the only member: elected at once
	config.LogLevel = "warn"
	config.LogOutputs = []string{filepath.Join(dir, "logs", "etcd.log")}
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		return nil, fmt.Errorf("start etcd: %w", err)
	}
	select {
	case <-etcd.Server.ReadyNotify():
		return etcd, nil
	case err = <-etcd.Err():
	case <-time.After(30 * time.Second):
		err = errors.New("not ready in 30 s")
	}
	etcd.Close()
	return nil, fmt.Errorf("start etcd: %w (see %s)", err, config.LogOutputs[0])
}

// forget moves etcd on by one revision and compacts everything before it, so that a watch that goes on from an earlier
// revision can only be told 410 Gone. The watch cache of an API server that runs remembers longer: see control.expire.
func forget(ctx context.Context, etcd *embed.Etcd) error {
	written, err := etcd.Server.Put(ctx, &etcdserverpb.PutRequest{Key: []byte("/pitwall/forget"), Value: []byte{}})
	if err != nil {
		return fmt.Errorf("move etcd to a new revision: %w", err)
	}
	compact := &etcdserverpb.CompactionRequest{Revision: written.Header.Revision, Physical: true}
	if _, err := etcd.Server.Compact(ctx, compact); err != nil {
		return fmt.Errorf("compact etcd: %w", err)
	}
	return nil
}

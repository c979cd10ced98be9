package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"pitwall/backends"
	"pitwall/backends/prometheus"
)

// peerTimeout bounds how long `pitwall version` waits for each it asks.
const peerTimeout = 3 * time.Second

// peer is something that pitwall talks to, and how it is asked for its version.
type peer struct {
	name string
	ask  func(ctx context.Context, into *peerOut) error
}

// asked are the peers that the flags and the configuration select.
func (a *app) asked() ([]peer, error) {
	conf, err := a.loadConfig()
	if err != nil {
		return nil, err
	}
	choice, err := a.chooseBackend(conf)
	if err != nil {
		return nil, err
	}
	var list []peer
	switch choice.kind {
	case dockerBackend:
		list = append(list, peer{"docker", func(ctx context.Context, into *peerOut) error { return a.askDocker(ctx, choice, into) }})
	case kubernetesBackend:
		list = append(list, peer{"kubernetes", func(ctx context.Context, into *peerOut) error { return a.askCluster(ctx, conf, choice, into) }})
	}
	list = append(list, peer{"prometheus", func(ctx context.Context, into *peerOut) error { return a.askPrometheus(ctx, conf, choice, into) }})
	return append(list, peer{"mlflow", a.askRegistry}), nil
}

// askAll asks each in its own time, all at once, and keeps their order.
func askAll(ctx context.Context, peers []peer) []peerOut {
	list := make([]peerOut, len(peers))
	var all sync.WaitGroup
	for i, p := range peers {
		all.Go(func() { list[i] = p.answer(ctx) })
	}
	all.Wait()
	return list
}

// answer asks, and does not wait longer than peerTimeout for whoever ignores
// that its context has ended.
func (p peer) answer(ctx context.Context) peerOut {
	ctx, cancel := backends.Within(ctx, peerTimeout)
	defer cancel()
	answered := make(chan peerOut, 1)
	go func() {
		o := peerOut{Name: p.name}
		if err := p.ask(ctx, &o); err != nil {
			o.Version, o.Error = "", err.Error()
			if errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil {
				o.Error = context.Cause(ctx).Error()
			}
		}
		answered <- o
	}()
	select {
	case o := <-answered:
		return o
	case <-ctx.Done():
	}
	select { // what was said at the same moment tells more
	case o := <-answered:
		return o
	case <-time.After(peerTimeout / 10):
		return peerOut{Name: p.name, Error: context.Cause(ctx).Error()}
	}
}

func (a *app) askDocker(ctx context.Context, choice backendChoice, into *peerOut) error {
	c, err := a.engine(choice)
	if err != nil {
		return err
	}
	defer c.Close()
	into.At = c.Host()
	info, err := c.Ping(ctx)
	into.Version, into.API = info.Version, info.APIVersion
	return err
}

func (a *app) askCluster(ctx context.Context, conf config, choice backendChoice, into *peerOut) error {
	c, err := a.cluster(conf, choice)
	if err != nil {
		return err
	}
	defer c.Close()
	into.At = c.Server
	into.Version, err = c.ServerVersion(ctx)
	return err
}

func (a *app) askPrometheus(ctx context.Context, conf config, choice backendChoice, into *peerOut) error {
	dir, err := a.stateDirOf(choice)
	if err != nil {
		return err
	}
	o, err := a.open(conf, choice, dir, true)
	if err != nil {
		return err
	}
	defer o.close()
	find, err := a.metricsSource(conf, o.reader)
	if err != nil {
		return err
	}
	source, err := find(ctx)
	if err != nil {
		return err
	}
	into.At = source.URL.Redacted()
	c, err := prometheus.New(source, prometheus.Pitwall())
	if err != nil {
		return err
	}
	into.Version, err = c.ServerVersion(ctx)
	return err
}

func (a *app) askRegistry(ctx context.Context, into *peerOut) error {
	r, err := a.registryReader()
	if err != nil {
		return err
	}
	into.At = r.Where()
	server, err := r.Server(ctx)
	into.Version = server.Version
	return err
}

package local

import (
	"context"
	"errors"
	"net/url"

	"pitwall/backends"
	"pitwall/backends/local/control"
)

// Setup implements backends.Configurer.
func (b *Backend) Setup(ctx context.Context, deployment string) (backends.Setup, error) {
	var s control.Setup
	if err := b.get(ctx, control.PathSetup, url.Values{"deployment": {deployment}}, &s); err != nil {
		return backends.Setup{}, err
	}
	return setupOf(s), nil
}

// What is read for the facts, as they say it.
const (
	fromSupervisor = "the supervisor of the local stack"
	fromGateway    = "the gateway's admin API"
)

// setupOf puts the supervisor's answer into the words of the checklist.
func setupOf(s control.Setup) backends.Setup {
	out := backends.Setup{Balancer: backends.Known(backends.Balancer{Kind: "gateway", Address: s.Door.Address, Endpoints: s.Door.Endpoints}, fromGateway)}
	if s.Door.Error != "" {
		out.Balancer = backends.NotKnown[backends.Balancer](fromGateway, errors.New(s.Door.Error))
	}
	for _, v := range s.Variants {
		out.Variants = append(out.Variants, variantOf(s, v))
	}
	return out
}

func variantOf(s control.Setup, v control.VariantSetup) backends.VariantSetup {
	out := backends.VariantSetup{
		Variant: v.Variant, Containers: backends.Known([]backends.Container{server(s, v)}, fromSupervisor), Replacing: backends.Known(s.Replacing, fromSupervisor),
		Autoscaler: backends.NotHere[backends.Autoscaler]("the local stack runs as many processes as it is told: nothing scales them by itself"),
		Earlier:    backends.Known(v.Earlier, fromSupervisor), ModelBytes: backends.Known(v.Model.Bytes, v.Model.Path), Logging: backends.Known("file", s.Logs)}
	if v.EarlierError != "" {
		out.Earlier = backends.NotKnown[[]backends.EarlierImage](fromSupervisor, errors.New(v.EarlierError))
	}
	if v.Model.Error != "" {
		out.ModelBytes = backends.NotKnown[int64](v.Model.Path, errors.New(v.Model.Error))
	}
	return out
}

// server is a replica's process.
func server(s control.Setup, v control.VariantSetup) backends.Container {
	c := backends.NoLimits("server", backends.RoleServer)
	c.Process = "it is a process of this machine: it has no image, and nothing limits it"
	c.Digest, c.Env, c.Readiness, c.Liveness, c.Startup = v.Digest, s.Env, s.Readiness, s.Liveness, s.Startup
	c.User = backends.Known(backends.User{UID: s.UID, From: "process"}, fromSupervisor)
	if s.UID < 0 {
		c.User = backends.NotHere[backends.User]("this system knows no numbers of users")
	}
	return c
}

package kubernetes

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"pitwall/backends"
	"pitwall/backends/kubernetes/setup"
	"pitwall/backends/kubernetes/split"
	"pitwall/backends/kubernetes/store"
)

// balancer is what spreads the requests: a front door, else an Ingress or a
// Service.
func (r *setupReader) balancer(ctx context.Context) backends.Fact[backends.Balancer] {
	from := "Services and EndpointSlices of " + r.found.Namespace
	if d := r.found.Door; d != nil {
		from = d.String() + ", " + from
	}
	unknown := func(err error) backends.Fact[backends.Balancer] {
		return backends.NotKnown[backends.Balancer](from, err)
	}
	if err := r.unseenEndpoints(); err != nil {
		return unknown(err)
	}
	out := setup.Balancer(r.space, r.found)
	if out.Address == "" && out.Kind != "" {
		out.Address = r.scene.shown.Address
	}
	if d := r.found.Door; d != nil && d.Mechanism == split.GatewayAPI {
		conditions, err := r.gateways(ctx, d)
		if err != nil {
			return unknown(err)
		}
		out.Accepted = append(out.Accepted, conditions...)
	}
	return backends.Known(out, from)
}

// unseenEndpoints is why it is not known which pods get requests.
func (r *setupReader) unseenEndpoints() error {
	if err := cmp.Or(r.unseen(store.Services, r.found.Namespace), r.unseen(store.Slices, r.found.Namespace)); err != nil {
		return err
	}
	for _, v := range r.found.Variants {
		if elsewhere := v.Side.Elsewhere; elsewhere != "" && elsewhere != r.found.Namespace {
			return fmt.Errorf("%s is in the namespace %s: it is not looked at from here", v.Name, elsewhere)
		}
	}
	return nil
}

// gateways tell whether the gateways of a route serve.
func (r *setupReader) gateways(ctx context.Context, d *split.Door) ([]backends.Condition, error) {
	route := r.space.Custom(d.Resource.GroupResource(), d.Name)
	if route == nil {
		return nil, fmt.Errorf("the %s is gone", d.Ref)
	}
	var out []backends.Condition
	for _, g := range setup.Gateways(route) {
		resource := d.Resource.GroupVersion().WithResource("gateways")
		if strings.Contains(resource.Version, "alpha") {
			resource.Version = "v1"
		}
		o, err := r.client.Dynamic().Resource(resource).Namespace(g.Namespace).Get(ctx, g.Name, meta.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			out = append(out, setup.Programmed(g, nil))
		case err != nil:
			return nil, denied(err, "get", resource, g.Namespace)
		default:
			out = append(out, setup.Programmed(g, o.Object))
		}
	}
	return out, nil
}

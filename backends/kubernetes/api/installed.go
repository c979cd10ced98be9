package api

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/metadata"
)

// aggregated asks for all groups and resources in one answer (since 1.26);
// older servers answer with the groups alone.
const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"

// groupList is the part of both answers that is needed.
type groupList struct {
	Items []struct {
		Metadata struct{ Name string }
		Versions []struct {
			Version   string
			Resources []struct{ Resource string }
		}
	}
	Groups []struct {
		Name     string
		Versions []struct{ Version string }
	}
}

// Installed tells which of the resources the API server has, in the order
// given. Of a resource that is wanted in several versions the first is taken
// that is served.
func (c *Client) Installed(ctx context.Context, wanted []schema.GroupVersionResource) ([]schema.GroupVersionResource, error) {
	text, err := c.typed.Get().AbsPath("apis").SetHeader("Accept", aggregated).Do(ctx).Raw()
	if err != nil {
		return nil, fmt.Errorf("ask which kinds the cluster has: %w", Explain(err))
	}
	var list groupList
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("read which kinds the cluster has: %w", err)
	}
	served := make(map[schema.GroupVersionResource]bool)
	for _, g := range list.Items {
		for _, v := range g.Versions {
			for _, r := range v.Resources {
				served[schema.GroupVersionResource{Group: g.Metadata.Name, Version: v.Version, Resource: r.Resource}] = true
			}
		}
	}
	for _, g := range list.Groups {
		for _, v := range g.Versions {
			if err := c.addResources(ctx, schema.GroupVersion{Group: g.Name, Version: v.Version}, wanted, served); err != nil {
				return nil, err
			}
		}
	}
	var out []schema.GroupVersionResource
	for _, r := range wanted {
		if served[r] && !slices.ContainsFunc(out, func(o schema.GroupVersionResource) bool { return o.GroupResource() == r.GroupResource() }) {
			out = append(out, r)
		}
	}
	return out, nil
}

// addResources asks an older server for the resources of a group that matters.
func (c *Client) addResources(ctx context.Context, gv schema.GroupVersion, wanted []schema.GroupVersionResource, served map[schema.GroupVersionResource]bool) error {
	if !slices.ContainsFunc(wanted, func(r schema.GroupVersionResource) bool { return r.GroupVersion() == gv }) {
		return nil
	}
	text, err := c.typed.Get().AbsPath("apis", gv.Group, gv.Version).SetHeader("Accept", "application/json").Do(ctx).Raw()
	if err != nil {
		return fmt.Errorf("ask which kinds of %s the cluster has: %w", gv, Explain(err))
	}
	var list struct{ Resources []struct{ Name string } }
	if err := json.Unmarshal(text, &list); err != nil {
		return fmt.Errorf("read which kinds of %s the cluster has: %w", gv, err)
	}
	for _, r := range list.Resources {
		served[gv.WithResource(r.Name)] = true
	}
	return nil
}

// Metadata makes a client that reads the metadata of objects alone.
func (c *Client) Metadata() (metadata.Interface, error) {
	return metadata.NewForConfigAndClient(c.config, c.http)
}

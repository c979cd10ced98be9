package api

import (
	"context"
	"fmt"
	"strings"

	authorization "k8s.io/api/authorization/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Right is a verb on a resource in a namespace.
type Right struct {
	Verb        string // get, list, watch, patch, create, delete
	Group       string
	Resource    string
	Subresource string
	Namespace   string
	Name        string
}

// String writes "patch httproutes.gateway.networking.k8s.io in prod".
func (r Right) String() string {
	resource := r.Resource
	if r.Group != "" {
		resource += "." + r.Group
	}
	if r.Subresource != "" {
		resource += "/" + r.Subresource
	}
	text := r.Verb + " " + resource
	if r.Namespace != "" {
		text += " in " + r.Namespace
	}
	return text
}

// NeededFor is the right that a patch needs.
func NeededFor(p Patch) Right {
	return Right{Verb: "patch", Group: p.Resource.Group, Resource: p.Resource.Resource, Subresource: p.Subresource, Namespace: p.Namespace, Name: p.Name}
}

// May asks the API server whether this user has a right
// (SelfSubjectAccessReview), and why not.
func (c *Client) May(ctx context.Context, r Right) (bool, string, error) {
	review := &authorization.SelfSubjectAccessReview{
		TypeMeta: meta.TypeMeta{APIVersion: "authorization.k8s.io/v1", Kind: "SelfSubjectAccessReview"},
		Spec: authorization.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorization.ResourceAttributes{
			Namespace: r.Namespace, Verb: r.Verb, Group: r.Group, Resource: r.Resource, Subresource: r.Subresource, Name: r.Name}}}
	answer := &authorization.SelfSubjectAccessReview{}
	err := c.typed.Post().AbsPath("apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews").Body(review).Do(ctx).Into(answer)
	if err != nil {
		return false, "", fmt.Errorf("ask whether this user may %s: %w", r, Explain(err))
	}
	return answer.Status.Allowed, strings.TrimSpace(answer.Status.Reason), nil
}

package api

import (
	"context"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
)

// Typed lists and watches a built-in kind, in protobuf. A namespace of "" is
// all of them; list makes an empty list of the kind.
func (c *Client) Typed(r schema.GroupVersionResource, namespace string, list func() runtime.Object) *cache.ListWatch {
	path := Path(r, namespace, "")
	return &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o meta.ListOptions) (runtime.Object, error) {
			into := list()
			err := c.typed.Get().AbsPath(path...).SpecificallyVersionedParams(&o, c.params, v1).Do(ctx).Into(into)
			return into, err
		},
		WatchFuncWithContext: func(ctx context.Context, o meta.ListOptions) (watch.Interface, error) {
			o.Watch = true
			return c.typed.Get().AbsPath(path...).SpecificallyVersionedParams(&o, c.params, v1).Watch(ctx)
		},
	}
}

// Custom lists and watches objects of any kind, whole.
func (c *Client) Custom(r schema.GroupVersionResource, namespace string) *cache.ListWatch {
	objects := c.dynamic.Resource(r).Namespace(namespace)
	return &cache.ListWatch{
		ListWithContextFunc:  func(ctx context.Context, o meta.ListOptions) (runtime.Object, error) { return objects.List(ctx, o) },
		WatchFuncWithContext: objects.Watch,
	}
}

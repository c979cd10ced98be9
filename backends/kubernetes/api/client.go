package api

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	apps "k8s.io/api/apps/v1"
	authorization "k8s.io/api/authorization/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// Client talks to one API server as one user. It is safe for concurrent use.
// Open does no request: an API server that is away is found by the first one.
type Client struct {
	Context    string   // of the kubeconfig, or "in-cluster"
	Server     string   // URL of the API server
	Namespaces []string // to look at, never empty; AllNamespaces alone for all

	config  *rest.Config // without a credential plugin
	http    *http.Client
	typed   rest.Interface // built-in kinds, in protobuf
	dynamic dynamic.Interface
	scheme  *runtime.Scheme
	params  runtime.ParameterCodec

	credentials *credentials // of a plugin, nil for none
}

// Limits of this client's own; the API server's fairness comes on top.
const (
	perSecond = 50
	burst     = 200
)

// Open reads the kubeconfig and makes a client.
func Open(o Options) (*Client, error) {
	t, err := o.target()
	if err != nil {
		return nil, err
	}
	conf := rest.CopyConfig(t.rest)
	conf.UserAgent, conf.QPS, conf.Burst = o.Agent, perSecond, burst
	conf.DisableCompression = conf.DisableCompression || local(conf.Host)
	conf.WarningHandler = rest.NoWarnings{} // they would be printed over the screen
	c := &Client{Context: t.context, Server: conf.Host, Namespaces: slices.Clone(o.Namespaces), config: conf}
	if len(c.Namespaces) == 0 {
		c.Namespaces = []string{t.namespace}
	}
	if slices.Contains(c.Namespaces, AllNamespaces) {
		c.Namespaces = []string{AllNamespaces}
	}
	if err := c.connect(); err != nil {
		return nil, fmt.Errorf("context %s: %w", t.context, err)
	}
	if c.dynamic, err = dynamic.NewForConfigAndClient(conf, c.http); err != nil {
		return nil, fmt.Errorf("context %s: %w", t.context, err)
	}
	return c, c.openTyped()
}

// local reports whether an API server is on this machine, as that of kind,
// minikube or a tunnel is: packing what it lists costs it more time than the way
// that this saves.
func local(host string) bool {
	u, _, err := rest.DefaultServerURL(host, "", schema.GroupVersion{}, true)
	if err != nil {
		return false
	}
	name := u.Hostname()
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

// connect makes the client that all requests go by.
func (c *Client) connect() error {
	p, found, err := pluginOf(c.config)
	if err != nil {
		return err
	}
	if c.config.ExecProvider = nil; !found {
		c.http, err = rest.HTTPClientFor(c.config)
		return err
	}
	c.credentials = newCredentials(p, time.Now)
	c.http, err = c.credentials.client(c.config)
	return err
}

// openTyped makes the client of the built-in kinds. One client serves all
// groups: its requests name whole paths.
func (c *Client) openTyped() error {
	c.scheme = runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{core.AddToScheme, apps.AddToScheme, autoscaling.AddToScheme, policy.AddToScheme,
		discovery.AddToScheme, authorization.AddToScheme} {
		if err := add(c.scheme); err != nil {
			return err
		}
	}
	meta.AddToGroupVersion(c.scheme, schema.GroupVersion{Version: "v1"})
	c.params = runtime.NewParameterCodec(c.scheme)
	conf := rest.CopyConfig(c.config)
	conf.ContentType = runtime.ContentTypeProtobuf
	conf.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	conf.NegotiatedSerializer = serializer.NewCodecFactory(c.scheme).WithoutConversion()
	typed, err := rest.UnversionedRESTClientForConfigAndClient(conf, c.http)
	c.typed = typed
	return err
}

// Close ends idle connections, and the credential plugin if it runs.
func (c *Client) Close() {
	if c.credentials != nil {
		c.credentials.close()
	}
	c.http.CloseIdleConnections()
}

// All reports whether all namespaces are looked at.
func (c *Client) All() bool { return c.Namespaces[0] == AllNamespaces }

// Path is the URL path of a resource's collection, or of one object of it.
func Path(r schema.GroupVersionResource, namespace, name string) []string {
	path := []string{"apis", r.Group, r.Version}
	if r.Group == "" {
		path = []string{"api", r.Version}
	}
	if namespace != "" {
		path = append(path, "namespaces", namespace)
	}
	path = append(path, r.Resource)
	if name != "" {
		path = append(path, name)
	}
	return path
}

var v1 = schema.GroupVersion{Version: "v1"}

// Get reads one object of a built-in kind into a typed one.
func (c *Client) Get(ctx context.Context, r schema.GroupVersionResource, namespace, name string, into runtime.Object) error {
	err := c.typed.Get().AbsPath(Path(r, namespace, name)...).Do(ctx).Into(into)
	if err != nil {
		return fmt.Errorf("read %s %s/%s: %w", r.Resource, namespace, name, err)
	}
	return nil
}

// List reads the objects of a built-in kind into a typed list. A namespace of
// "" is all of them.
func (c *Client) List(ctx context.Context, r schema.GroupVersionResource, namespace string, o meta.ListOptions, into runtime.Object) error {
	err := c.typed.Get().AbsPath(Path(r, namespace, "")...).SpecificallyVersionedParams(&o, c.params, v1).Do(ctx).Into(into)
	if err != nil {
		return fmt.Errorf("list %s: %w", r.Resource, err)
	}
	return nil
}

// Dynamic reads and writes objects of any kind.
func (c *Client) Dynamic() dynamic.Interface { return c.dynamic }

package split

import (
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

// kind is a kind of object that divides traffic or writes those that do.
type kind struct {
	group, resource, name string
	versions              []string // newest that pitwall reads first
}

func (k kind) groupResource() schema.GroupResource {
	return schema.GroupResource{Group: k.group, Resource: k.resource}
}

// The kinds, by what they are called in this package.
var (
	httpRoute       = kind{"gateway.networking.k8s.io", "httproutes", "HTTPRoute", []string{"v1", "v1beta1"}}
	grpcRoute       = kind{"gateway.networking.k8s.io", "grpcroutes", "GRPCRoute", []string{"v1", "v1alpha2"}}
	virtualService  = kind{"networking.istio.io", "virtualservices", "VirtualService", []string{"v1", "v1beta1", "v1alpha3"}}
	destinationRule = kind{"networking.istio.io", "destinationrules", "DestinationRule", []string{"v1", "v1beta1", "v1alpha3"}}
	traefikService  = kind{"traefik.io", "traefikservices", "TraefikService", []string{"v1alpha1"}}
	traefikOld      = kind{"traefik.containo.us", "traefikservices", "TraefikService", []string{"v1alpha1"}}
	ingress         = kind{"networking.k8s.io", "ingresses", "Ingress", []string{"v1"}}
	inference       = kind{"serving.kserve.io", "inferenceservices", "InferenceService", []string{"v1beta1"}}
	knativeService  = kind{"serving.knative.dev", "services", "Service", []string{"v1"}}
	knativeRoute    = kind{"serving.knative.dev", "routes", "Route", []string{"v1"}}
	experiment      = kind{"mlops.seldon.io", "experiments", "Experiment", []string{"v1alpha1"}}
	seldonModel     = kind{"mlops.seldon.io", "models", "Model", []string{"v1alpha1"}}
	argoRollout     = kind{"argoproj.io", "rollouts", "Rollout", []string{"v1alpha1"}}
	flaggerCanary   = kind{"flagger.app", "canaries", "Canary", []string{"v1beta1"}}
)

// service and deployment name built-in kinds, which have types of their own.
var (
	service    = kind{"", "services", "Service", []string{"v1"}}
	deployment = kind{"apps", "deployments", objects.Deployment, []string{"v1"}}
)

func kinds() []kind { return append(doors(), aside()...) }

// doors are the kinds that may be front doors, or write them.
func doors() []kind {
	return []kind{httpRoute, grpcRoute, virtualService, traefikService, traefikOld, ingress, inference,
		knativeService, knativeRoute, experiment, argoRollout, flaggerCanary}
}

// aside are kinds that divide no traffic: they only say more about those that
// do, and pitwall never writes them.
func aside() []kind { return []kind{destinationRule, seldonModel} }

// Resources are what Find reads of a namespace's Customs, besides the built-in
// kinds that a Space has types for. Of several versions of one resource the
// first that the server has is the one to watch.
func Resources() []schema.GroupVersionResource {
	return append(DoorResources(), AsideResources()...)
}

// DoorResources are those of them that may be front doors, or write them: what
// a change of a split patches.
func DoorResources() []schema.GroupVersionResource { return resources(doors()) }

// AsideResources are the others, which are only read.
func AsideResources() []schema.GroupVersionResource { return resources(aside()) }

func resources(of []kind) []schema.GroupVersionResource {
	var out []schema.GroupVersionResource
	for _, k := range of {
		for _, version := range k.versions {
			out = append(out, k.groupResource().WithVersion(version))
		}
	}
	return out
}

// refOf names an object of a kind, in the version in which it was read.
func refOf(k kind, c *objects.Custom) api.Ref {
	_, version := cutVersion(text(c.Object, "apiVersion"))
	if version == "" {
		version = k.versions[0]
	}
	return api.Ref{Resource: k.groupResource().WithVersion(version), Kind: k.name, Namespace: c.Namespace, Name: c.Name, UID: c.UID}
}

// workloadKind is the kind of a workload.
func workloadKind(w *objects.Workload) kind {
	return kind{"apps", strings.ToLower(w.Kind) + "s", w.Kind, []string{"v1"}}
}

// workloadRef names a workload.
func workloadRef(w *objects.Workload) api.Ref {
	gvr := workloadKind(w).groupResource().WithVersion("v1")
	return api.Ref{Resource: gvr, Kind: w.Kind, Namespace: w.Namespace, Name: w.Name, UID: w.UID}
}

// refOfOwner names the controller of an object.
func refOfOwner(namespace string, o objects.Owner) api.Ref {
	group, version := cutVersion(o.APIVersion)
	resource := strings.ToLower(o.Kind) + "s" // of a kind that pitwall does not read: only shown
	for _, k := range kinds() {
		if k.group == group && k.name == o.Kind {
			resource = k.resource
		}
	}
	gvr := schema.GroupVersionResource{Group: group, Version: version, Resource: resource}
	return api.Ref{Resource: gvr, Kind: o.Kind, Namespace: namespace, Name: o.Name, UID: o.UID}
}

// cutVersion takes "apps/v1" apart; the core group is "".
func cutVersion(apiVersion string) (group, version string) {
	if group, version, ok := strings.Cut(apiVersion, "/"); ok {
		return group, version
	}
	return "", apiVersion
}

package store

import (
	"fmt"

	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	policy "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"pitwall/backends/kubernetes/objects"
)

// Resources of the built-in kinds that are watched.
var (
	Pods         = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	Services     = schema.GroupVersionResource{Version: "v1", Resource: "services"}
	Events       = schema.GroupVersionResource{Version: "v1", Resource: "events"}
	Nodes        = schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
	Deployments  = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	StatefulSets = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "statefulsets"}
	DaemonSets   = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "daemonsets"}
	ReplicaSets  = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "replicasets"}
	Slices       = schema.GroupVersionResource{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"}
	Scalers      = schema.GroupVersionResource{Group: "autoscaling", Version: "v2", Resource: "horizontalpodautoscalers"}
	Budgets      = schema.GroupVersionResource{Group: "policy", Version: "v1", Resource: "poddisruptionbudgets"}
)

// builtin are the kinds that every cluster has: how an empty object of one
// looks, for the decoder, and whether the kind has namespaces.
var builtin = []kind{
	{Deployments, &apps.Deployment{}, &apps.DeploymentList{}, true},
	{StatefulSets, &apps.StatefulSet{}, &apps.StatefulSetList{}, true},
	{DaemonSets, &apps.DaemonSet{}, &apps.DaemonSetList{}, true},
	{ReplicaSets, &apps.ReplicaSet{}, &apps.ReplicaSetList{}, true},
	{Pods, &core.Pod{}, &core.PodList{}, true},
	{Services, &core.Service{}, &core.ServiceList{}, true},
	{Slices, &discovery.EndpointSlice{}, &discovery.EndpointSliceList{}, true},
	{Scalers, &autoscaling.HorizontalPodAutoscaler{}, &autoscaling.HorizontalPodAutoscalerList{}, true},
	{Budgets, &policy.PodDisruptionBudget{}, &policy.PodDisruptionBudgetList{}, true},
	{Events, &core.Event{}, &core.EventList{}, true},
	{Nodes, &core.Node{}, &core.NodeList{}, false},
}

type kind struct {
	resource   schema.GroupVersionResource
	object     runtime.Object
	list       runtime.Object
	namespaced bool
}

// trimmed is an object of package objects.
type trimmed interface{ Identity() *objects.Meta }

// trim makes what is kept of an object. It is a cache.TransformFunc: an object
// may come trimmed already.
func trim(o any) (any, error) {
	switch o := o.(type) {
	case trimmed:
		return o, nil
	case *core.Pod:
		return objects.TrimPod(o), nil
	case *apps.Deployment:
		return objects.TrimDeployment(o), nil
	case *apps.StatefulSet:
		return objects.TrimStatefulSet(o), nil
	case *apps.DaemonSet:
		return objects.TrimDaemonSet(o), nil
	case *apps.ReplicaSet:
		return objects.TrimReplicaSet(o), nil
	case *core.Service:
		return objects.TrimService(o), nil
	case *discovery.EndpointSlice:
		return objects.TrimSlice(o), nil
	case *autoscaling.HorizontalPodAutoscaler:
		return objects.TrimScaler(o), nil
	case *policy.PodDisruptionBudget:
		return objects.TrimBudget(o), nil
	case *core.Event:
		return objects.TrimEvent(o), nil
	case *core.Node:
		return objects.TrimNode(o), nil
	case *unstructured.Unstructured:
		return objects.TrimCustom(o), nil
	}
	return nil, fmt.Errorf("an object of an unknown type: %T", o)
}

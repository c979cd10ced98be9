package objects

import (
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Service gives pods one address.
type Service struct {
	Meta
	Type       string // ClusterIP, NodePort, LoadBalancer, ExternalName
	ClusterIP  string
	Selector   map[string]string
	Ports      []ServicePort
	EvenBefore bool // publishNotReadyAddresses: pods get requests before they are ready
	Sticky     bool // sessionAffinity ClientIP
}

// ServicePort is one port of a Service.
type ServicePort struct {
	Name   string
	Number int32
	Target string // number or name of a container's port
}

// TrimService keeps what is needed of a Service.
func TrimService(s *core.Service) *Service {
	out := &Service{Meta: trimMeta(&s.ObjectMeta), Type: string(s.Spec.Type), ClusterIP: s.Spec.ClusterIP, Selector: s.Spec.Selector,
		EvenBefore: s.Spec.PublishNotReadyAddresses, Sticky: s.Spec.SessionAffinity == core.ServiceAffinityClientIP}
	for _, p := range s.Spec.Ports {
		out.Ports = append(out.Ports, ServicePort{p.Name, p.Port, p.TargetPort.String()})
	}
	return out
}

// Slice is a part of a Service's endpoints.
type Slice struct {
	Meta
	Service   string
	Endpoints []Endpoint
}

// Endpoint is one address of a Service.
type Endpoint struct {
	Address     string
	Pod         string
	PodUID      types.UID
	Ready       bool // unknown counts as ready, as the API says
	Serving     bool
	Terminating bool
}

// TrimSlice keeps what is needed of an EndpointSlice.
func TrimSlice(s *discovery.EndpointSlice) *Slice {
	out := &Slice{Meta: trimMeta(&s.ObjectMeta), Service: s.Labels[discovery.LabelServiceName]}
	out.Managers = nil
	for _, e := range s.Endpoints {
		c := e.Conditions
		kept := Endpoint{Ready: c.Ready == nil || *c.Ready, Terminating: c.Terminating != nil && *c.Terminating}
		kept.Serving = c.Serving == nil && kept.Ready || c.Serving != nil && *c.Serving
		if len(e.Addresses) > 0 {
			kept.Address = e.Addresses[0]
		}
		if e.TargetRef != nil && e.TargetRef.Kind == "Pod" {
			kept.Pod, kept.PodUID = e.TargetRef.Name, e.TargetRef.UID
		}
		out.Endpoints = append(out.Endpoints, kept)
	}
	return out
}

package split

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
)

// preflight tells why a Service cannot be cut over to a version, and what has to
// be known when it can.
func (c cutover) preflight(d Door, op backends.Op, to int) (notes []string, err error) {
	from, target := d.Sides[0], d.Sides[to]
	switch {
	case c.service.EvenBefore:
		return nil, refuse(op, "the Service sends requests to pods before they are ready (publishNotReadyAddresses)")
	case target.Ready == 0:
		return nil, refuse(op, "%s has no ready pod", target.Name)
	case target.Ready < from.Ready && op != backends.OpAbort:
		return nil, refuse(op, "%s has %d ready pods, %s serves with %d: scale it first", target.Name, target.Ready, from.Name, from.Ready)
	case target.Ready < from.Ready:
		notes = append(notes, fmt.Sprintf("%s has %d ready pods, %s serves with %d", target.Name, target.Ready, from.Name, from.Ready))
	}
	for _, w := range c.versions[target.Name] {
		if op != backends.OpAbort && !complete(w) {
			return nil, refuse(op, "%s is still being rolled out: %d of %d pods are new and ready", w.Name, min(w.Updated, w.Ready), w.Desired)
		}
		h := c.scaled[w.Kind+"/"+w.Name]
		switch {
		case h == nil:
		case h.Desired != h.Current && op != backends.OpAbort:
			return nil, refuse(op, "HorizontalPodAutoscaler %s is about to take %s from %d to %d pods", h.Name, w.Name, h.Current, h.Desired)
		default:
			notes = append(notes, fmt.Sprintf("HorizontalPodAutoscaler %s scales %s: it may have shrunk while nobody asked it", h.Name, w.Name))
		}
	}
	more, err := c.checkPorts(op, from.Name, target.Name)
	return append(notes, more...), err
}

// complete reports whether every pod of a workload is of its newest template
// and ready.
func complete(w *objects.Workload) bool {
	return w.Observed >= w.Generation && w.Updated >= w.Desired && w.Available >= w.Desired
}

// checkPorts tells whether the version has the ports that the Service sends to.
// A port by number need not be declared: where the version that serves declares
// it, the other has to as well.
func (c cutover) checkPorts(op backends.Op, from, to string) (notes []string, err error) {
	for _, w := range c.versions[to] {
		var missing []string
		for _, port := range c.service.Ports {
			number, numeric := strconv.Atoi(port.Target)
			switch {
			case declares(w, port.Target, number):
			case numeric != nil, slices.ContainsFunc(c.versions[from], func(w *objects.Workload) bool { return declares(w, port.Target, number) }):
				missing = append(missing, port.Target)
			default:
				notes = append(notes, fmt.Sprintf("neither version declares port %d: nothing tells whether %s listens on it", number, to))
			}
		}
		if len(missing) > 0 {
			return nil, refuse(op, "the containers of %s have no port %s, to which the Service sends", w.Name, strings.Join(missing, ", "))
		}
	}
	return notes, nil
}

func declares(w *objects.Workload, name string, number int) bool {
	for _, container := range w.Template.Containers {
		for _, port := range container.Ports {
			if port.Name == name || number > 0 && int(port.Number) == number {
				return true
			}
		}
	}
	return false
}

// aware reports whether a load balancer or a mesh that knows the pods stands
// before a Service: it loses requests when all of them change at once.
func aware(s *objects.Service, versions map[string][]*objects.Workload) bool {
	a := s.Annotations
	if strings.Contains(a["cloud.google.com/neg"], "true") || a["cloud.google.com/neg-status"] != "" ||
		strings.Contains(a["service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"], "ip") {
		return true
	}
	for _, workloads := range versions {
		for _, w := range workloads {
			if w.Template.Annotations["linkerd.io/inject"] == "enabled" || w.Template.Labels["kuma.io/sidecar-injection"] == "enabled" {
				return true
			}
		}
	}
	return false
}

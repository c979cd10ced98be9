package manifests

import (
	"fmt"
	"path"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// objects are all Kubernetes objects of a directory. What one refers to is
// looked for among them: what is nowhere in the directory is told only where
// nothing else of its kind could be meant.
type objects []document

func (all objects) judge() {
	for _, x := range all {
		if x.object != nil {
			x.single()
		}
		switch o := x.object.(type) {
		case *appsv1.Deployment:
			all.deployment(x, o)
		case *corev1.Service:
			all.service(x, o)
		case *autoscalingv2.HorizontalPodAutoscaler:
			all.autoscaler(x, o)
		case *policyv1.PodDisruptionBudget:
			all.budget(x, o)
		}
		switch x.kind {
		case "HTTPRoute", "GRPCRoute":
			all.route(x)
		case "ServiceMonitor":
			all.monitor(x)
		}
	}
}

func (all objects) same(x, y document) bool { return x.namespace() == y.namespace() }

func (all objects) deployment(x document, o *appsv1.Deployment) {
	selector, err := metav1.LabelSelectorAsSelector(o.Spec.Selector)
	if err != nil || o.Spec.Selector == nil || !selector.Matches(labels.Set(o.Spec.Template.Labels)) {
		x.add("k8s/selector", "spec.selector", "the selector of "+x.String()+" does not match its own template")
	}
	scaled := slices.ContainsFunc(all, func(y document) bool {
		h, ok := y.object.(*autoscalingv2.HorizontalPodAutoscaler)
		return ok && all.same(x, y) && h.Spec.ScaleTargetRef.Kind == "Deployment" && h.Spec.ScaleTargetRef.Name == o.Name
	})
	switch {
	case scaled && o.Spec.Replicas != nil:
		x.add("k8s/hpa-replicas", "spec.replicas", x.String()+" sets replicas, and an autoscaler does too")
	case !scaled && (o.Spec.Replicas == nil || *o.Spec.Replicas == 1):
		x.add("k8s/one-replica", "spec.replicas", x.String()+" has one replica")
		return
	}
	covered := slices.ContainsFunc(all, func(y document) bool {
		b, ok := y.object.(*policyv1.PodDisruptionBudget)
		if !ok || !all.same(x, y) {
			return false
		}
		s, err := metav1.LabelSelectorAsSelector(b.Spec.Selector)
		return err == nil && s.Matches(labels.Set(o.Spec.Template.Labels))
	})
	if !covered && (o.Spec.Replicas == nil || *o.Spec.Replicas > 0) {
		x.add("k8s/no-budget", "metadata.name", "no PodDisruptionBudget covers "+x.String())
	}
}

// near reports whether there is such an object beside one: only there can be told
// that what one names is missing, and does not come from elsewhere.
func (all objects) near(x document, such func(document) bool) bool {
	return slices.ContainsFunc(all, func(y document) bool {
		return path.Dir(x.report.file) == path.Dir(y.report.file) && all.same(x, y) && such(y)
	})
}

// selected are the pod templates that labels select.
func (all objects) selected(x document, by labels.Selector) []corev1.PodTemplateSpec {
	var list []corev1.PodTemplateSpec
	for _, y := range all {
		if pod, _ := y.template(); pod != nil && all.same(x, y) && by.Matches(labels.Set(pod.Labels)) {
			list = append(list, *pod)
		}
	}
	return list
}

// hasPods reports whether any workload is in the directory at all.
func (all objects) hasPods() bool {
	return slices.ContainsFunc(all, func(y document) bool { pod, _ := y.template(); return pod != nil })
}

func (all objects) service(x document, o *corev1.Service) {
	if len(o.Spec.Selector) == 0 || !all.hasPods() {
		return
	}
	pods := all.selected(x, labels.SelectorFromSet(o.Spec.Selector))
	if len(pods) == 0 {
		if all.meant(x, o.Spec.Selector) {
			x.add("k8s/service-empty", "spec.selector", x.String()+" selects no pod template")
		} else {
			x.add("k8s/service-elsewhere", "spec.selector", x.String()+" selects pods that are not in this directory")
		}
		return
	}
	for i, p := range o.Spec.Ports {
		target := p.TargetPort.String()
		if target == "0" || target == "" {
			target = fmt.Sprint(p.Port)
		}
		if !slices.ContainsFunc(pods, func(pod corev1.PodTemplateSpec) bool { return listens(pod, target) }) {
			id := "k8s/service-port"
			if atoi(target) > 0 {
				id = "k8s/service-number" // it may listen and say nothing of it
			}
			x.add(id, fmt.Sprintf("spec.ports[%d]", i), "no container that "+x.String()+" selects has the port "+target)
		}
	}
}

// meant reports whether a workload is here that a selector just misses: it has
// the name of the Service and is in its directory, or a part of the labels and
// stands in the same file.
func (all objects) meant(x document, selector map[string]string) bool {
	return slices.ContainsFunc(all, func(y document) bool {
		pod, _ := y.template()
		if pod == nil || !all.same(x, y) {
			return false
		}
		for key, value := range selector {
			if pod.Labels[key] == value && x.report == y.report {
				return true
			}
		}
		return x.name() == y.name() && path.Dir(x.report.file) == path.Dir(y.report.file)
	})
}

// listens reports whether a container has a port, by its number or name. A
// number leads to a container that declares no ports too.
func listens(pod corev1.PodTemplateSpec, port string) bool {
	for _, c := range pod.Spec.Containers {
		if len(c.Ports) == 0 && atoi(port) > 0 {
			return true
		}
		for _, p := range c.Ports {
			if p.Name == port || fmt.Sprint(p.ContainerPort) == port {
				return true
			}
		}
	}
	return false
}

func (all objects) autoscaler(x document, o *autoscalingv2.HorizontalPodAutoscaler) {
	least := int32(1)
	if o.Spec.MinReplicas != nil {
		least = *o.Spec.MinReplicas
	}
	switch {
	case o.Spec.MaxReplicas <= least:
		x.add("k8s/hpa-range", "spec.maxReplicas", fmt.Sprintf("%s scales from %d to %d", x, least, o.Spec.MaxReplicas))
	case least < 2:
		x.add("k8s/hpa-one", "spec.minReplicas", x.String()+" goes down to one replica")
	}
	ref := o.Spec.ScaleTargetRef
	i := slices.IndexFunc(all, func(y document) bool { return all.same(x, y) && y.kind == ref.Kind && y.name() == ref.Name })
	if i < 0 {
		if all.near(x, func(y document) bool { pod, _ := y.template(); return pod != nil }) {
			x.add("k8s/hpa-target", "spec.scaleTargetRef", "there is no "+ref.Kind+" "+ref.Name)
		}
		return
	}
	pod, _ := all[i].template()
	for _, m := range o.Spec.Metrics {
		if pod == nil || m.Resource == nil || m.Resource.Target.AverageUtilization == nil {
			continue
		}
		for _, c := range pod.Spec.Containers {
			if _, asked := c.Resources.Requests[m.Resource.Name]; !asked {
				x.add("k8s/hpa-requests", "spec.metrics", fmt.Sprintf("%s of %s asks for no %s", c.Name, ref.Name, m.Resource.Name))
			}
		}
	}
}

func (all objects) budget(x document, o *policyv1.PodDisruptionBudget) {
	if o.Spec.MaxUnavailable != nil && (o.Spec.MaxUnavailable.String() == "0" || o.Spec.MaxUnavailable.String() == "0%") {
		x.add("k8s/budget-blocks", "spec.maxUnavailable", x.String()+" lets no replica be missing")
		return
	}
	if o.Spec.MinAvailable == nil {
		return
	}
	s, err := metav1.LabelSelectorAsSelector(o.Spec.Selector)
	for _, y := range all {
		d, ok := y.object.(*appsv1.Deployment)
		if !ok || err != nil || !all.same(x, y) || !s.Matches(labels.Set(d.Spec.Template.Labels)) || d.Spec.Replicas == nil {
			continue
		}
		if least := o.Spec.MinAvailable; least.String() == "100%" || least.Type == 0 && least.IntVal >= *d.Spec.Replicas {
			x.add("k8s/budget-blocks", "spec.minAvailable", fmt.Sprintf("%s wants %s of the %d replicas of %s", x, least, *d.Spec.Replicas, y))
		}
	}
}

// route judges the backends of a route of the Gateway API.
func (all objects) route(x document) {
	list := child(child(x.node, "spec"), "rules")
	if list == nil {
		return
	}
	services := all.near(x, func(y document) bool { return y.kind == "Service" })
	for i, rule := range list.Content {
		refs := child(rule, "backendRefs")
		if refs == nil {
			continue
		}
		weights := 0
		for j, ref := range refs.Content {
			name, weight := scalar(ref, "name"), scalar(ref, "weight")
			if weight != "0" {
				weights++
			}
			if kind := scalar(ref, "kind"); kind != "" && kind != "Service" || !services || scalar(ref, "namespace") != "" {
				continue
			}
			if !all.serves(x, name, scalar(ref, "port")) {
				x.add("k8s/route-backend", fmt.Sprintf("spec.rules[%d].backendRefs[%d]", i, j), "there is no Service "+name+" with the port "+scalar(ref, "port"))
			}
		}
		if weights == 0 && len(refs.Content) > 0 {
			x.add("k8s/route-weights", fmt.Sprintf("spec.rules[%d].backendRefs", i), "every backend has the weight 0")
		}
	}
}

// serves reports whether a Service with a port is there.
func (all objects) serves(x document, name, port string) bool {
	return slices.ContainsFunc(all, func(y document) bool {
		s, ok := y.object.(*corev1.Service)
		return ok && all.same(x, y) && s.Name == name &&
			(port == "" || slices.ContainsFunc(s.Spec.Ports, func(p corev1.ServicePort) bool { return fmt.Sprint(p.Port) == port }))
	})
}

// monitor judges what a ServiceMonitor selects.
func (all objects) monitor(x document) {
	want := labels.Set{}
	if m := child(child(child(x.node, "spec"), "selector"), "matchLabels"); m != nil {
		for i := 0; i+1 < len(m.Content); i += 2 {
			want[m.Content[i].Value] = m.Content[i+1].Value
		}
	}
	ports := map[string]bool{}
	found, any := false, false
	for _, y := range all {
		s, ok := y.object.(*corev1.Service)
		if !ok {
			continue
		}
		any = true
		if all.same(x, y) && labels.SelectorFromSet(want).Matches(labels.Set(s.Labels)) {
			found = true
			for _, p := range s.Spec.Ports {
				ports[p.Name] = true
			}
		}
	}
	if any && !found {
		x.add("k8s/monitor-empty", "spec.selector", x.String()+" selects no Service")
		return
	}
	if list := child(child(x.node, "spec"), "endpoints"); list != nil && found {
		for i, e := range list.Content {
			if p := scalar(e, "port"); p != "" && !ports[p] {
				x.add("k8s/monitor-empty", fmt.Sprintf("spec.endpoints[%d].port", i), "no Service that "+x.String()+" selects has a port called "+p)
			}
		}
	}
}

package owner

import (
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"pitwall/backends/kubernetes/api"
)

// manager is the name that pitwall writes under.
const manager = api.Manager

// manners are what is known of a controller that writes other objects.
type manners struct {
	reverts, pause, handBack string
}

const atOnce = "at once"

// known are controllers by the kind of the object that they work for.
var known = map[schema.GroupKind]manners{
	{Group: "argoproj.io", Kind: "Rollout"}: {atOnce, "", "change the Rollout instead: its steps, promote or abort"},
	{Group: "flagger.app", Kind: "Canary"}: {"at its next tick (spec.analysis.interval)", "set spec.suspend: true on the Canary: it leaves the weights as they are",
		"set spec.suspend: false on the Canary: its next tick writes its own weights"},
	{Group: "serving.kserve.io", Kind: "InferenceService"}: {atOnce, "", "change the InferenceService instead: canaryTrafficPercent, or spec.canary"},
	{Group: "serving.kserve.io", Kind: "InferenceGraph"}:   {atOnce, "", "change the InferenceGraph instead"},
	{Group: "serving.knative.dev", Kind: "Service"}:        {atOnce, "", "change spec.traffic of the Knative Service instead"},
	{Group: "serving.knative.dev", Kind: "Route"}:          {atOnce, "", "change spec.traffic of the Knative Route instead"},
	{Group: "mlops.seldon.io", Kind: "Experiment"}:         {atOnce, "", "change the weights of the Experiment instead"},
	{Group: "ray.io", Kind: "RayService"}:                  {atOnce, "", "change the RayService instead"},
	{Group: "apps", Kind: "Deployment"}:                    {atOnce, "pause the Deployment: it holds its template, not its replicas", "change the Deployment instead"},
}

// byReference finds the controller that an object's ownerReferences name. It
// always knows what the object should be.
func byReference(o object) []Owner {
	if o.Owner.Kind == "" {
		return nil
	}
	group, _, ok := strings.Cut(o.Owner.APIVersion, "/")
	if !ok {
		group = "" // "v1"
	}
	m, ok := known[schema.GroupKind{Group: group, Kind: o.Owner.Kind}]
	if !ok {
		m = manners{atOnce, "", "change the " + o.Owner.Kind + " instead"}
	}
	return []Owner{controller(o.Owner.Kind, o.Owner.Name, o.Namespace, m, byOwnerReference,
		"ownerReferences: controller "+o.Owner.Kind+" "+o.Owner.Name+" ("+o.Owner.APIVersion+")")}
}

func controller(what, name, namespace string, m manners, strength int, evidence ...string) Owner {
	return Owner{Kind: Controller, What: what, Name: name, Namespace: namespace, Sure: true, Evidence: evidence,
		Reverts: m.reverts, Pause: m.pause, HandBack: m.handBack, strength: strength}
}

// byController finds controllers that write an object which they do not own:
// by the marks that they leave, and by the names that they write under.
func byController(o object) []Owner {
	var out []Owner
	rollout := known[schema.GroupKind{Group: "argoproj.io", Kind: "Rollout"}]
	const managed = "argo-rollouts.argoproj.io/managed-by-rollouts"
	const moving = "rollouts.argoproj.io/gatewayapi-canary"
	const actions = "rollouts.argoproj.io/managed-alb-actions"
	wrote := o.wrote(false, "rollouts-controller", "argo-rollouts")
	switch name := o.Annotations[managed]; {
	case o.Owner.Kind == "Rollout": // told already
	case name != "":
		out = append(out, controller("Rollout", name, o.Namespace, rollout, byAnnotation, append([]string{annotation(managed, name)}, wrote...)...))
	case o.Labels[moving] != "":
		out = append(out, controller("Rollout", "", "", rollout, byAnnotation, append([]string{label(moving, o.Labels[moving])}, wrote...)...))
	case o.Annotations[actions] != "":
		out = append(out, controller("Rollout", "", "", rollout, byAnnotation, append([]string{annotation(actions, o.Annotations[actions])}, wrote...)...))
	case len(wrote) > 0:
		out = append(out, controller("Rollout", "", "", rollout, byManager, wrote...))
	}
	if wrote := o.wrote(false, "flagger"); o.Owner.Kind != "Canary" && len(wrote) > 0 && o.kind.Kind != "Canary" {
		out = append(out, controller("Canary", "", "", known[schema.GroupKind{Group: "flagger.app", Kind: "Canary"}], byManager, wrote...))
	}
	return append(out, scaled(o)...)
}

// scaled finds an autoscaler: it writes the scale subresource in the name of the
// controller manager, which no other of its controllers does.
func scaled(o object) []Owner {
	for _, m := range o.Managers {
		if m.Name == "kube-controller-manager" && m.Subresource == "scale" {
			return []Owner{controller("HorizontalPodAutoscaler", "", "", manners{"within its next look (15 s), the replicas only",
				"set minReplicas and maxReplicas to the number wanted", "nothing: it sets the replicas again by itself"},
				byManager, "field manager "+m.Name+" writes its scale")}
		}
	}
	return nil
}

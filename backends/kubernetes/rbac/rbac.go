// Package rbac gives the roles with which pitwall works in a cluster: what it
// asks the API server for, and nothing else.
package rbac

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"pitwall/backends/kubernetes/split"
	"pitwall/backends/kubernetes/store"
)

// Role is who uses pitwall.
type Role string

// The roles. An operator may do what a reader may.
const (
	Reader   Role = "reader"   // sees everything, changes nothing
	Operator Role = "operator" // moves splits, deploys, rolls back
)

// Roles lists them.
func Roles() []Role { return []Role{Reader, Operator} }

// Rule is what may be done with resources of an API group, as a Role has it.
type Rule struct {
	Group     string
	Resources []string // in name order; a subresource as pods/log
	Verbs     []string
	Cluster   bool // the resources have no namespace
}

var (
	reading   = []string{"get", "list", "watch"}
	core      = []string{"pods", "services"}
	workloads = []string{"daemonsets", "deployments", "statefulsets"}
)

// Rules are all rules of a role.
func (r Role) Rules() []Rule {
	out := []Rule{
		{Group: "", Resources: core, Verbs: reading},
		{Group: "", Resources: []string{"events"}, Verbs: []string{"list", "watch"}},
		{Group: "", Resources: []string{"pods/log"}, Verbs: []string{"get"}},
		{Group: "", Resources: []string{"configmaps"}, Verbs: []string{"get"}},                // the shared checklist, and which keys variables are taken from; of Secrets nobody is given them
		{Group: "", Resources: []string{"namespaces"}, Verbs: []string{"get"}, Cluster: true}, // to tell an empty one from one that is not there
		{Group: "", Resources: []string{"nodes"}, Verbs: []string{"list", "watch"}, Cluster: true},
		{Group: "apps", Resources: workloads, Verbs: reading},
		{Group: "apps", Resources: []string{"replicasets"}, Verbs: []string{"list", "watch"}},
		{Group: "apps", Resources: []string{"controllerrevisions"}, Verbs: []string{"list"}},
		{Group: store.Slices.Group, Resources: []string{store.Slices.Resource}, Verbs: []string{"list", "watch"}},
		{Group: store.Scalers.Group, Resources: []string{store.Scalers.Resource}, Verbs: []string{"list", "watch"}},
		{Group: store.Budgets.Group, Resources: []string{store.Budgets.Resource}, Verbs: []string{"list", "watch"}},
		{Group: "gateway.networking.k8s.io", Resources: []string{"gateways"}, Verbs: []string{"get"}},
		{Group: "keda.sh", Resources: []string{"scaledobjects"}, Verbs: []string{"list"}},
		{Group: store.Definitions.Group, Resources: []string{store.Definitions.Resource}, Verbs: []string{"list", "watch"}, Cluster: true},
	}
	doors := byGroup(split.DoorResources())
	out = append(out, rules(doors, reading)...)
	out = append(out, rules(byGroup(split.AsideResources()), []string{"list", "watch"})...)
	if r == Reader {
		return out
	}
	out = append(out,
		Rule{Group: "", Resources: []string{"services"}, Verbs: []string{"patch"}},
		Rule{Group: "", Resources: []string{"events"}, Verbs: []string{"create"}},
		Rule{Group: "", Resources: []string{"configmaps"}, Verbs: []string{"create", "patch"}},     // the shared checklist
		Rule{Group: "", Resources: []string{"pods/portforward"}, Verbs: []string{"create", "get"}}, // a WebSocket begins with a GET
		Rule{Group: "apps", Resources: []string{"replicasets"}, Verbs: []string{"get"}},            // a Rollout goes back to one
		Rule{Group: "apps", Resources: []string{"daemonsets", "deployments", "deployments/scale", "statefulsets", "statefulsets/scale"}, Verbs: []string{"patch"}},
	)
	for _, rule := range rules(doors, []string{"patch"}) {
		if i, found := slices.BinarySearch(rule.Resources, "rollouts"); found { // its controller is asked through its status
			rule.Resources = slices.Insert(rule.Resources, i+1, "rollouts/status")
		}
		out = append(out, rule)
	}
	return out
}

// byGroup gives the resources of each API group, in whatever versions.
func byGroup(resources []schema.GroupVersionResource) map[string][]string {
	out := map[string][]string{}
	for _, r := range resources {
		if !slices.Contains(out[r.Group], r.Resource) {
			out[r.Group] = append(out[r.Group], r.Resource)
		}
	}
	return out
}

func rules(resources map[string][]string, verbs []string) []Rule {
	var out []Rule
	for _, group := range slices.Sorted(maps.Keys(resources)) {
		out = append(out, Rule{Group: group, Resources: slices.Sorted(slices.Values(resources[group])), Verbs: verbs})
	}
	return out
}

// Manifest writes a role as YAML: for all namespaces when none is named, else
// for those, with a second role for what has no namespace. Nobody is bound to it.
func (r Role) Manifest(namespaces ...string) string {
	var out strings.Builder
	name := "pitwall-" + string(r)
	fmt.Fprintf(&out, "# What the role %s of pitwall needs. Give it to people:\n", r)
	fmt.Fprintf(&out, "# kubectl create clusterrolebinding %[1]s --clusterrole=%[1]s --group=GROUP\n", name)
	for _, namespace := range namespaces {
		fmt.Fprintf(&out, "# kubectl create rolebinding %[1]s --role=%[1]s --group=GROUP --namespace=%[2]s\n", name, namespace)
	}
	if len(namespaces) == 0 {
		write(&out, "ClusterRole", name, "", r.Rules())
		return out.String()
	}
	wide := slices.DeleteFunc(r.Rules(), func(rule Rule) bool { return !rule.Cluster })
	own := slices.DeleteFunc(r.Rules(), func(rule Rule) bool { return rule.Cluster })
	write(&out, "ClusterRole", name, "", wide)
	for _, namespace := range namespaces {
		out.WriteString("---\n")
		write(&out, "Role", name, namespace, own)
	}
	return out.String()
}

func write(out *strings.Builder, kind, name, namespace string, rules []Rule) {
	place := ""
	if namespace != "" {
		place = ", namespace: " + namespace
	}
	fmt.Fprintf(out, "apiVersion: rbac.authorization.k8s.io/v1\nkind: %s\nmetadata: {name: %s%s}\nrules:\n", kind, name, place)
	for _, rule := range rules {
		fmt.Fprintf(out, "- {apiGroups: [%s], resources: [%s], verbs: [%s]}\n",
			cmp.Or(rule.Group, `""`), strings.Join(rule.Resources, ", "), strings.Join(rule.Verbs, ", "))
	}
}

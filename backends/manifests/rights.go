package manifests

import (
	"fmt"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
)

// role judges what a role allows.
func (x document) role(list []rbacv1.PolicyRule) {
	for i, r := range list {
		at := fmt.Sprintf("rules[%d]", i)
		if slices.Contains(r.Verbs, "*") || slices.Contains(r.Resources, "*") || slices.Contains(r.APIGroups, "*") {
			x.add("k8s/rbac-wildcard", at, x.String()+" allows *")
		}
		for _, verb := range []string{"escalate", "bind", "impersonate"} {
			if slices.Contains(r.Verbs, verb) {
				x.add("k8s/rbac-escalate", at, x.String()+" allows to "+verb)
			}
		}
		for _, resource := range []string{"pods/exec", "pods/attach"} {
			if slices.Contains(r.Resources, resource) {
				x.add("k8s/rbac-exec", at, x.String()+" allows "+resource)
			}
		}
		reads := slices.ContainsFunc(r.Verbs, func(v string) bool { return v == "get" || v == "list" || v == "watch" || v == "*" })
		if slices.Contains(r.Resources, "secrets") && reads && len(r.ResourceNames) == 0 {
			x.add("k8s/rbac-secrets", at, x.String()+" reads every secret")
		}
	}
}

// binding judges who gets a role.
func (x document) binding(role rbacv1.RoleRef, subjects []rbacv1.Subject) {
	if role.Kind == "ClusterRole" && role.Name == "cluster-admin" {
		x.add("k8s/admin-binding", "roleRef", x.String()+" gives cluster-admin")
	}
	for i, s := range subjects {
		switch s.Name {
		case "system:anonymous", "system:unauthenticated", "system:authenticated":
			if s.Kind == "User" || s.Kind == "Group" {
				x.add("k8s/anonymous", fmt.Sprintf("subjects[%d]", i), x.String()+" gives rights to "+s.Name)
			}
		}
	}
}

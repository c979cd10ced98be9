package manifests

import (
	"go.yaml.in/yaml/v3"
)

// podSpecs are the specs of the pods that the objects of a file have.
func (t yamlText) podSpecs() (list []*yaml.Node) {
	for _, root := range t.roots {
		spec := child(root, "spec")
		if job := child(child(spec, "jobTemplate"), "spec"); job != nil {
			spec = job
		}
		if pod := child(child(spec, "template"), "spec"); pod != nil {
			spec = pod
		}
		if child(spec, "containers") != nil {
			list = append(list, spec)
		}
	}
	return list
}

// secured are changes that put a line into the security context of each container.
func secured(data []byte, wanted func(pod, container, context *yaml.Node) bool, line string) (list []change) {
	t := readYAML(data)
	for _, pod := range t.podSpecs() {
		for _, key := range []string{"initContainers", "containers"} {
			containers := child(pod, key)
			if containers == nil {
				continue
			}
			for _, c := range containers.Content {
				c = followed(c)
				context := child(c, "securityContext")
				if !wanted(pod, c, context) {
					continue
				}
				made := t.insert(context, line)
				if context == nil {
					made = t.insert(c, "securityContext:", "  "+line)
				}
				if made != nil {
					list = append(list, made)
				}
			}
		}
	}
	return list
}

// escalations forbid what only a privileged container may ask for.
func escalations(data []byte) []change {
	return secured(data, func(_, _, context *yaml.Node) bool {
		added := child(child(context, "capabilities"), "add")
		return child(context, "allowPrivilegeEscalation") == nil && !isTrue(child(context, "privileged")) && (added == nil || named(added, "SYS_ADMIN") == nil && named(added, "CAP_SYS_ADMIN") == nil)
	}, "allowPrivilegeEscalation: false")
}

// capabilities are dropped where the user is not root and so has none of them:
// nothing that works can depend on them.
func capabilities(data []byte) []change {
	return secured(data, func(pod, _, context *yaml.Node) bool {
		both := []*yaml.Node{context, child(pod, "securityContext")}
		for _, s := range both {
			if uid := child(s, "runAsUser"); uid != nil {
				return uid.Value != "0" && child(context, "capabilities") == nil && !isTrue(child(context, "privileged"))
			}
		}
		for _, s := range both {
			if isTrue(child(s, "runAsNonRoot")) {
				return child(context, "capabilities") == nil && !isTrue(child(context, "privileged"))
			}
		}
		return false
	}, `capabilities: {drop: ["ALL"]}`)
}

func isTrue(n *yaml.Node) bool { return n != nil && n.Value == "true" }

// strategies let no replica be missing in a rollout, where one more may be made.
func strategies(data []byte) (list []change) {
	t := readYAML(data)
	for _, root := range t.roots {
		kind, spec := child(root, "kind"), child(root, "spec")
		if kind == nil || kind.Value != "Deployment" || spec == nil {
			continue
		}
		strategy := child(spec, "strategy")
		rolling := child(strategy, "rollingUpdate")
		surge, missing := child(rolling, "maxSurge"), child(rolling, "maxUnavailable")
		var made change
		switch {
		case surge != nil && (surge.Value == "0" || surge.Value == "0%"):
		case missing != nil:
			made = t.value(missing, "0")
		case rolling != nil:
			made = t.insert(rolling, "maxUnavailable: 0")
		case strategy != nil:
			made = t.insert(strategy, "rollingUpdate:", "  maxSurge: 1", "  maxUnavailable: 0")
		default:
			made = t.insert(spec, "strategy:", "  type: RollingUpdate", "  rollingUpdate:", "    maxSurge: 1", "    maxUnavailable: 0")
		}
		if made != nil {
			list = append(list, made)
		}
	}
	return list
}

// tokens of the default account are not mounted: it has no rights to use.
func tokens(data []byte) (list []change) {
	t := readYAML(data)
	for _, pod := range t.podSpecs() {
		if child(pod, "automountServiceAccountToken") == nil && child(pod, "serviceAccountName") == nil && child(pod, "serviceAccount") == nil {
			if made := t.insert(pod, "automountServiceAccountToken: false"); made != nil {
				list = append(list, made)
			}
		}
	}
	return list
}

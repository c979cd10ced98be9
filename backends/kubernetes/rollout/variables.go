package rollout

import (
	"fmt"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
)

// harmless are words in names whose values say which model runs and how: the
// point of most rollbacks. All other values stay hidden, because no list of
// the names of secrets is complete.
var (
	harmless  = []string{"MODEL", "VERSION", "REVISION", "IMAGE", "TRACK", "THREADS", "WORKERS", "BATCH", "LEVEL", "RESTARTEDAT"}
	dangerous = []string{"KEY", "TOKEN", "SECRET", "PASS", "CREDENTIAL", "AUTH", "DSN", "SIGNATURE"}
)

// shown is a value that may be shown, or "set".
func shown(name, value string) string {
	name = strings.ToUpper(name)
	in := func(word string) bool { return strings.Contains(name, word) }
	if slices.ContainsFunc(harmless, in) && !slices.ContainsFunc(dangerous, in) && !strings.ContainsAny(value, "@?") {
		return value // neither a password in a URL nor a signed one
	}
	return "set"
}

// sources shows where a variable comes from; its value, as shown has it, when
// it stands in the template.
func sources(name, value string) string {
	if where, ok := strings.CutPrefix(value, from); ok {
		return where
	}
	return shown(name, value)
}

// from begins what stands in the place of a value that stands elsewhere. No
// value of an environment variable holds a byte 0.
const from = "\x00"

// variables are the environment of a container: "from Secret churn-db" where
// the value stands elsewhere.
func variables(c core.Container) map[string]string {
	out := map[string]string{}
	for _, e := range c.Env {
		out[e.Name] = e.Value
		if v := e.ValueFrom; v != nil {
			out[e.Name] = from + reference(v)
		}
	}
	for _, e := range c.EnvFrom {
		switch {
		case e.SecretRef != nil:
			out[e.Prefix+"… out of Secret "+e.SecretRef.Name] = from + "all its keys"
		case e.ConfigMapRef != nil:
			out[e.Prefix+"… out of ConfigMap "+e.ConfigMapRef.Name] = from + "all its keys"
		}
	}
	return out
}

func reference(v *core.EnvVarSource) string {
	switch {
	case v.SecretKeyRef != nil:
		return fmt.Sprintf("from Secret %s, key %s", v.SecretKeyRef.Name, v.SecretKeyRef.Key)
	case v.ConfigMapKeyRef != nil:
		return fmt.Sprintf("from ConfigMap %s, key %s", v.ConfigMapKeyRef.Name, v.ConfigMapKeyRef.Key)
	case v.FieldRef != nil:
		return "from the pod's " + v.FieldRef.FieldPath
	case v.ResourceFieldRef != nil:
		return "from the container's " + v.ResourceFieldRef.Resource
	}
	return "from elsewhere"
}

package manifests

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/robfig/cron/v3"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// job judges when it runs, and what becomes of a pod that ends.
func (x document) job(s corev1.PodSpec, path string) {
	switch o := x.object.(type) {
	case *batchv1.CronJob:
		if _, err := cron.ParseStandard(o.Spec.Schedule); (err != nil || strings.Contains(o.Spec.Schedule, "TZ=")) && !strings.Contains(o.Spec.Schedule, "$") {
			x.add("k8s/schedule", "spec.schedule", fmt.Sprintf("%q is no schedule of %s", o.Spec.Schedule, x))
		}
	case *batchv1.Job:
	default:
		if x.serves() && s.RestartPolicy != "" && s.RestartPolicy != corev1.RestartPolicyAlways {
			x.add("k8s/restart-policy", path+"restartPolicy", x.String()+" has the restartPolicy "+string(s.RestartPolicy))
		}
		return
	}
	if s.RestartPolicy != corev1.RestartPolicyNever && s.RestartPolicy != corev1.RestartPolicyOnFailure {
		x.add("k8s/restart-policy", path+"restartPolicy", x.String()+" has no restartPolicy that a job may have")
	}
}

// mounted judges whether what a container mounts is there.
func (x document) mounted(c corev1.Container, pod corev1.PodSpec, path string) {
	for i, m := range c.VolumeMounts {
		there := slices.ContainsFunc(pod.Volumes, func(v corev1.Volume) bool { return v.Name == m.Name })
		if set, ok := x.object.(*appsv1.StatefulSet); ok {
			there = there || slices.ContainsFunc(set.Spec.VolumeClaimTemplates, func(v corev1.PersistentVolumeClaim) bool { return v.Name == m.Name })
		}
		if !there {
			x.add("k8s/volume-absent", fmt.Sprintf("%s.volumeMounts[%d]", path, i), c.Name+" mounts "+m.Name+", and there is no such volume")
		}
	}
}

// asked judges what a container asks for against what it may have.
func (x document) asked(c corev1.Container, path string) {
	for name, want := range c.Resources.Requests {
		if most, ok := c.Resources.Limits[name]; ok && want.Cmp(most) > 0 {
			x.add("k8s/request-limit", path+".resources.requests."+string(name), fmt.Sprintf("%s asks for %s of %s, and may have %s", c.Name, want.String(), name, most.String()))
		}
	}
}

// probed judges whether the named port of a probe is there.
func (x document) probed(c corev1.Container, path string) {
	for key, p := range map[string]*corev1.Probe{"readinessProbe": c.ReadinessProbe, "livenessProbe": c.LivenessProbe, "startupProbe": c.StartupProbe} {
		var port intstr.IntOrString
		switch {
		case p == nil:
		case p.HTTPGet != nil:
			port = p.HTTPGet.Port
		case p.TCPSocket != nil:
			port = p.TCPSocket.Port
		}
		if port.Type == intstr.String && !slices.ContainsFunc(c.Ports, func(q corev1.ContainerPort) bool { return q.Name == port.StrVal }) {
			x.add("k8s/probe-port", path+"."+key, c.Name+" has no port called "+port.StrVal)
		}
	}
}

// added judges the capabilities that a container gets.
func (x document) added(c corev1.Container, path string) {
	if c.SecurityContext == nil || c.SecurityContext.Capabilities == nil {
		return
	}
	for i, name := range c.SecurityContext.Capabilities.Add {
		if isDangerous(string(name)) {
			x.add("k8s/cap-add", fmt.Sprintf("%s.securityContext.capabilities.add[%d]", path, i), c.Name+" has "+string(name))
		}
	}
}

// told judges the words that a container is started with.
func (x document) told(c corev1.Container, path string) {
	for key, list := range map[string][]string{"command": c.Command, "args": c.Args} {
		if passwordInside(strings.Join(list, " ")) {
			x.add("k8s/secret-env", path+"."+key, "the "+key+" of "+c.Name+" has a password")
		}
	}
	for i, e := range c.Env {
		switch {
		case e.Value == "" || strings.Contains(e.Value, "$("):
		case holdsSecret(e.Name, e.Value):
			x.add("k8s/secret-env", fmt.Sprintf("%s.env[%d]", path, i), "the value of "+e.Name+" stands here")
		case passwordInside(e.Value):
			x.add("k8s/secret-env", fmt.Sprintf("%s.env[%d]", path, i), e.Name+" has a password in its address")
		}
	}
}

var (
	camel  = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	assign = regexp.MustCompile(`^\s*["']?([A-Za-z][A-Za-z0-9_.-]*)["']?\s*[:=]\s*["']?([^\s"',]+)`)
)

// config judges whether a ConfigMap has what belongs into a Secret: as a value
// of its own, or in a line of a file.
func (x document) config(o *corev1.ConfigMap) {
	secret := func(key, value string) bool {
		name := strings.NewReplacer(".", "_", "-", "_").Replace(camel.ReplaceAllString(key, "${1}_$2"))
		return holdsSecret(name, value) && !strings.ContainsAny(value[:1], "$<{%[|>") && !strings.Contains(value, "://")
	}
	for key, text := range o.Data {
		found := passwordInside(text)
		if !strings.Contains(strings.TrimSpace(text), "\n") {
			found = found || secret(key, strings.TrimSpace(text))
		}
		for line := range strings.SplitSeq(text, "\n") {
			if m := assign.FindStringSubmatch(line); m != nil && secret(m[1], m[2]) {
				found = true
			}
		}
		if found {
			line := x.at("data")
			if k := named(child(x.node, "data"), key); k != nil {
				line = k.Line
			}
			x.report.add("k8s/config-secret", line, key+" of "+x.String()+" has a secret")
		}
	}
}

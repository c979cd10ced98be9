package manifests

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"pitwall/backends"
)

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

// template is the pod of a workload, and its path in the document.
func (x document) template() (pod *corev1.PodTemplateSpec, path string) {
	switch o := x.object.(type) {
	case *appsv1.Deployment:
		return &o.Spec.Template, "spec.template."
	case *appsv1.StatefulSet:
		return &o.Spec.Template, "spec.template."
	case *appsv1.DaemonSet:
		return &o.Spec.Template, "spec.template."
	case *batchv1.Job:
		return &o.Spec.Template, "spec.template."
	case *batchv1.CronJob:
		return &o.Spec.JobTemplate.Spec.Template, "spec.jobTemplate.spec.template."
	case *corev1.Pod:
		return &corev1.PodTemplateSpec{ObjectMeta: o.ObjectMeta, Spec: o.Spec}, ""
	}
	return nil, ""
}

// serves reports whether it is a workload that answers requests, not a job.
func (x document) serves() bool {
	switch x.object.(type) {
	case *appsv1.Deployment, *appsv1.StatefulSet, *appsv1.DaemonSet:
		return true
	}
	return false
}

// single judges one object by itself.
func (x document) single() {
	switch o := x.object.(type) {
	case *corev1.Secret:
		if len(o.Data)+len(o.StringData) > 0 {
			x.add("k8s/secret-data", "data", x.String()+" has its values here")
		}
	case *corev1.ConfigMap:
		x.config(o)
	case *rbacv1.Role:
		x.role(o.Rules)
	case *rbacv1.ClusterRole:
		x.role(o.Rules)
	case *rbacv1.RoleBinding:
		x.binding(o.RoleRef, o.Subjects)
	case *rbacv1.ClusterRoleBinding:
		x.binding(o.RoleRef, o.Subjects)
	}
	pod, path := x.template()
	if pod == nil {
		return
	}
	x.pod(pod.Spec, path+"spec.")
	x.job(pod.Spec, path+"spec.")
	for i, c := range pod.Spec.InitContainers {
		x.container(c, pod.Spec, fmt.Sprintf("%sspec.initContainers[%d]", path, i), false)
	}
	for i, c := range pod.Spec.Containers {
		x.container(c, pod.Spec, fmt.Sprintf("%sspec.containers[%d]", path, i), x.serves() && i == 0)
	}
	x.rollout()
}

func (x document) pod(s corev1.PodSpec, path string) {
	for i, v := range s.Volumes {
		if v.HostPath != nil {
			x.add("k8s/host-path", fmt.Sprintf("%svolumes[%d]", path, i), "volume "+v.Name+" is "+v.HostPath.Path+" of the node")
		}
	}
	if s.HostNetwork {
		x.add("k8s/host-network", path+"hostNetwork", x.String()+" uses the node's network")
	}
	if s.HostPID || s.HostIPC {
		key := map[bool]string{true: "hostPID", false: "hostIPC"}[s.HostPID]
		x.add("k8s/host-namespace", path+key, x.String()+" has "+key)
	}
	if s.AutomountServiceAccountToken == nil && s.ServiceAccountName == "" {
		x.add("k8s/token", path+"containers", x.String()+" has the token of the default account")
	}
}

// container judges one container; server is the one that answers requests.
func (x document) container(c corev1.Container, pod corev1.PodSpec, path string, server bool) {
	x.image(c, path)
	x.resources(c, path)
	x.security(c, pod, path)
	x.added(c, path)
	x.mounted(c, pod, path)
	x.asked(c, path)
	x.probed(c, path)
	x.told(c, path)
	if !server {
		return
	}
	switch {
	case c.ReadinessProbe == nil:
		x.add("k8s/readiness", path, c.Name+" has no readinessProbe")
	case c.LivenessProbe != nil && reflect.DeepEqual(c.ReadinessProbe.ProbeHandler, c.LivenessProbe.ProbeHandler):
		x.add("k8s/same-probes", path+".livenessProbe", "readiness and liveness of "+c.Name+" ask the same")
	}
	if c.LivenessProbe == nil {
		x.add("k8s/liveness", path, c.Name+" has no livenessProbe")
	}
}

func (x document) image(c corev1.Container, path string) {
	switch name, tag, _ := backends.SplitImage(c.Image); {
	case strings.Contains(c.Image, "@sha256:"), x.report.near.images[name], strings.Contains(c.Image, "$"):
	case tag == "" || tag == "latest":
		x.add("k8s/image-latest", path+".image", c.Name+" runs "+c.Image+", which names no version")
	default:
		x.add("k8s/image-tag", path+".image", c.Name+" runs "+c.Image+", which has no digest")
	}
}

func (x document) resources(c corev1.Container, path string) {
	if c.Resources.Limits.Memory().IsZero() {
		x.add("k8s/memory-limit", path, c.Name+" has no memory limit")
	}
	if c.Resources.Requests.Memory().IsZero() && c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() && c.Resources.Limits.Cpu().IsZero() {
		x.add("k8s/requests", path, c.Name+" asks for no cpu or no memory")
	}
}

func (x document) security(c corev1.Container, pod corev1.PodSpec, path string) {
	s, p := c.SecurityContext, pod.SecurityContext
	if s == nil {
		s = &corev1.SecurityContext{}
	}
	if p == nil {
		p = &corev1.PodSecurityContext{}
	}
	uid, nonRoot := s.RunAsUser, s.RunAsNonRoot
	if uid == nil {
		uid = p.RunAsUser
	}
	if nonRoot == nil {
		nonRoot = p.RunAsNonRoot
	}
	switch {
	case uid != nil && *uid == 0:
		x.add("k8s/root", path, c.Name+" runs as user 0")
	case uid == nil && (nonRoot == nil || !*nonRoot):
		x.add("k8s/root", path, c.Name+" may run as root")
	}
	if s.Privileged != nil && *s.Privileged {
		x.add("k8s/privileged", path+".securityContext.privileged", c.Name+" is privileged")
	}
	if s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation {
		x.add("k8s/escalation", path+".securityContext", c.Name+" may gain privileges")
	}
	if s.Capabilities == nil || !drops(s.Capabilities.Drop) {
		x.add("k8s/capabilities", path+".securityContext", c.Name+" keeps its capabilities")
	}
	if s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem {
		x.add("k8s/writable-root", path+".securityContext", c.Name+" can write to its image")
	}
}

func drops(list []corev1.Capability) bool {
	for _, c := range list {
		if strings.EqualFold(string(c), "ALL") {
			return true
		}
	}
	return false
}

// rollout judges how replicas are replaced.
func (x document) rollout() {
	d, ok := x.object.(*appsv1.Deployment)
	if !ok {
		return
	}
	switch s := d.Spec.Strategy; {
	case s.Type == appsv1.RecreateDeploymentStrategyType:
		x.add("k8s/recreate", "spec.strategy.type", x.String()+" is replaced with an outage")
	case s.RollingUpdate == nil || s.RollingUpdate.MaxUnavailable == nil:
		x.add("k8s/unavailable", "spec.strategy", "a quarter of "+x.String()+" may be missing while it is replaced")
	case s.RollingUpdate.MaxUnavailable.String() != "0" && s.RollingUpdate.MaxUnavailable.String() != "0%":
		x.add("k8s/unavailable", "spec.strategy.rollingUpdate.maxUnavailable", s.RollingUpdate.MaxUnavailable.String()+" of "+x.String()+" may be missing while it is replaced")
	}
}

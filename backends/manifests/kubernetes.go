package manifests

import (
	"bytes"
	"errors"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	sigsyaml "sigs.k8s.io/yaml"
)

// document is one object of a file, with where it stands.
type document struct {
	report *report
	node   *yaml.Node
	data   []byte
	kind   string
	api    string
	object any // typed, nil for a kind that is not known and for a patch
}

// typed makes an empty object of the kinds that are decoded strictly.
var typed = map[string]func() any{
	"apps/v1 Deployment":                              func() any { return new(appsv1.Deployment) },
	"apps/v1 StatefulSet":                             func() any { return new(appsv1.StatefulSet) },
	"apps/v1 DaemonSet":                               func() any { return new(appsv1.DaemonSet) },
	"batch/v1 Job":                                    func() any { return new(batchv1.Job) },
	"batch/v1 CronJob":                                func() any { return new(batchv1.CronJob) },
	"v1 Pod":                                          func() any { return new(corev1.Pod) },
	"v1 Service":                                      func() any { return new(corev1.Service) },
	"v1 ConfigMap":                                    func() any { return new(corev1.ConfigMap) },
	"v1 Secret":                                       func() any { return new(corev1.Secret) },
	"v1 ServiceAccount":                               func() any { return new(corev1.ServiceAccount) },
	"v1 Namespace":                                    func() any { return new(corev1.Namespace) },
	"v1 PersistentVolumeClaim":                        func() any { return new(corev1.PersistentVolumeClaim) },
	"autoscaling/v2 HorizontalPodAutoscaler":          func() any { return new(autoscalingv2.HorizontalPodAutoscaler) },
	"policy/v1 PodDisruptionBudget":                   func() any { return new(policyv1.PodDisruptionBudget) },
	"networking.k8s.io/v1 Ingress":                    func() any { return new(networkingv1.Ingress) },
	"networking.k8s.io/v1 NetworkPolicy":              func() any { return new(networkingv1.NetworkPolicy) },
	"rbac.authorization.k8s.io/v1 Role":               func() any { return new(rbacv1.Role) },
	"rbac.authorization.k8s.io/v1 ClusterRole":        func() any { return new(rbacv1.ClusterRole) },
	"rbac.authorization.k8s.io/v1 RoleBinding":        func() any { return new(rbacv1.RoleBinding) },
	"rbac.authorization.k8s.io/v1 ClusterRoleBinding": func() any { return new(rbacv1.ClusterRoleBinding) },
}

// gone are versions that no supported API server serves any more.
var gone = regexp.MustCompile(`^(extensions/v1beta1|apps/v1beta[12]|policy/v1beta1|autoscaling/v2beta[12]|batch/v1beta1|networking\.k8s\.io/v1beta1|rbac\.authorization\.k8s\.io/v1beta1)$`)

// documents parses a file of Kubernetes objects; nil and no finding when it is none.
func documents(r *report, data []byte) []document {
	var list []document
	d := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var n yaml.Node
		err := d.Decode(&n)
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			r.add("any/unreadable", yamlErrorLine(err), err.Error())
			return list
		}
		if len(n.Content) == 0 || n.Content[0].Kind != yaml.MappingNode {
			continue
		}
		if x, ok := newDocument(r, n.Content[0]); ok {
			list = append(list, x)
		}
	}
}

func newDocument(r *report, root *yaml.Node) (document, bool) {
	kind, api := child(root, "kind"), child(root, "apiVersion")
	if kind == nil || api == nil {
		return document{}, false
	}
	x := document{report: r, node: root, kind: kind.Value, api: api.Value}
	if gone.MatchString(x.api) {
		r.add("k8s/api-version", api.Line, x.api+" "+x.kind+" is no longer served")
		return x, true
	}
	var err error
	if x.data, err = yaml.Marshal(root); err != nil {
		r.add("any/unreadable", root.Line, err.Error())
		return x, false
	}
	make, ok := typed[x.api+" "+x.kind]
	if !ok {
		return x, true
	}
	object := make()
	if err := sigsyaml.UnmarshalStrict(x.data, object); err != nil {
		x.strict(err)
		object = make()
		if sigsyaml.Unmarshal(x.data, object) != nil {
			return x, true
		}
	}
	if !x.patch() {
		x.object = object
	}
	return x, true
}

// patch reports whether it only changes an object of a kustomization's base:
// what it does not say is said there.
func (x document) patch() bool {
	near := x.report.near
	if near.patches[x.report.file] {
		return true
	}
	if _, ok := near.kustom[path.Dir(x.report.file)]; !ok || x.kind != "Deployment" && x.kind != "StatefulSet" && x.kind != "DaemonSet" {
		return false
	}
	if child(child(x.node, "spec"), "selector") == nil {
		return true
	}
	list := child(child(child(child(x.node, "spec"), "template"), "spec"), "containers")
	return list == nil || slices.ContainsFunc(list.Content, func(c *yaml.Node) bool { return child(c, "image") == nil })
}

var (
	unknownField = regexp.MustCompile(`unknown field "([^"]+)"`)
	intoField    = regexp.MustCompile(`field (\S+) of type`)
)

// strict reports what strict decoding refuses, at the line of the field.
func (x document) strict(err error) {
	m := unknownField.FindAllStringSubmatch(err.Error(), -1)
	for _, f := range m {
		if strings.HasPrefix(f[1][strings.LastIndexByte(f[1], '.')+1:], "$") {
			continue // a directive of a strategic merge patch
		}
		line := x.at(f[1])
		if k := keyNamed(x.node, f[1][strings.LastIndexByte(f[1], '.')+1:]); k != nil {
			line = k.Line
		}
		x.report.add("k8s/strict", line, x.kind+" has no field "+f[1])
	}
	if len(m) > 0 {
		return
	}
	line := x.node.Line
	if f := intoField.FindStringSubmatch(err.Error()); f != nil {
		line = x.at(f[1][strings.IndexByte(f[1], '.')+1:])
	}
	x.report.add("k8s/strict", line, "it cannot be decoded as "+x.kind+": "+strings.TrimPrefix(err.Error(), "error unmarshaling JSON: while decoding JSON: "))
}

var index = regexp.MustCompile(`\[(\d+)\]`)

// at is the line of a path like spec.template.spec.containers[0].image, of as
// much of it as is there.
func (x document) at(path string) int {
	n, line := x.node, x.node.Line
	for part := range strings.SplitSeq(index.ReplaceAllString(path, ".$1"), ".") {
		n = followed(n)
		if n == nil {
			return line
		}
		if n.Kind == yaml.SequenceNode {
			if i := atoi(part); i >= 0 && i < len(n.Content) {
				n = n.Content[i]
				line = n.Line
				continue
			}
			return line
		}
		k := named(n, part)
		if n.Kind != yaml.MappingNode || k == nil {
			return line
		}
		line, n = k.Line, child(n, part)
	}
	return line
}

func (x document) add(id, path, text string) { x.report.add(id, x.at(path), text) }

func (x document) name() string {
	if n := child(child(x.node, "metadata"), "name"); n != nil {
		return n.Value
	}
	return "?"
}

func (x document) namespace() string {
	if n := child(child(x.node, "metadata"), "namespace"); n != nil {
		return n.Value
	}
	return ""
}

// String is how a sentence calls it.
func (x document) String() string { return x.kind + " " + x.name() }

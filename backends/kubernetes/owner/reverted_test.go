package owner

import (
	"encoding/json"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// second is a time of the API server's clock.
func second(s int) time.Time { return time.Date(2026, 11, 24, 12, 0, s, 0, time.UTC) }

// entries reads managedFields: the fields of each in YAML.
func entries(t *testing.T, text string) []meta.ManagedFieldsEntry {
	t.Helper()
	var list []struct {
		Manager, Subresource string
		At                   int
		Fields               map[string]any
	}
	if err := yaml.Unmarshal([]byte(text), &list); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	var out []meta.ManagedFieldsEntry
	for _, e := range list {
		raw, err := json.Marshal(e.Fields)
		if err != nil {
			t.Fatal(err)
		}
		at := meta.NewTime(second(e.At))
		out = append(out, meta.ManagedFieldsEntry{Manager: e.Manager, Subresource: e.Subresource, Time: &at, FieldsType: "FieldsV1", FieldsV1: meta.NewFieldsV1(string(raw))})
	}
	return out
}

const note = "com.pitwall.split"

// ours is what is left of pitwall's entry when somebody has taken its field.
const ours = `{manager: pitwall, at: 10, fields: {"f:metadata": {"f:annotations": {"f:com.pitwall.split": {}}}}}`

func TestReverted(t *testing.T) {
	const rules, other = `{"f:spec": {"f:rules": {}}}`, `{"f:spec": {"f:hostnames": {}}}`
	for _, c := range []struct {
		name, fields string
		by           string
		at, wrote    int // seconds; 0 unknown
		reconciles   bool
	}{
		{"taken back", `[` + ours + `, {manager: argocd-controller, at: 16, fields: ` + rules + `}]`, "argocd-controller", 16, 10, true},
		{"taken back within the second", `[{manager: helm, at: 10, fields: ` + rules + `}, ` + ours + `]`, "helm", 10, 10, true},
		{"by a person", `[` + ours + `, {manager: kubectl-edit, at: 30, fields: ` + rules + `}]`, "kubectl-edit", 30, 10, false},
		{"applied by two", `[` + ours + `, {manager: kubectl, at: 40, fields: ` + rules + `}, {manager: argocd-controller, at: 16, fields: ` + rules + `}]`, "argocd-controller", 16, 10, true},
		{"the last of two people", `[` + ours + `, {manager: kubectl, at: 40, fields: ` + rules + `}, {manager: curl, at: 16, fields: ` + rules + `}]`, "kubectl", 40, 10, false},
		{"pitwall wrote something else since", `[` + ours + `, {manager: argocd-controller, at: 6, fields: ` + rules + `}]`, "argocd-controller", 6, 0, true},
		{"another field", `[` + ours + `, {manager: argocd-controller, at: 16, fields: ` + other + `}]`, "", 0, 0, false},
		{"the status", `[` + ours + `, {manager: gateway, subresource: status, at: 16, fields: ` + rules + `}]`, "", 0, 0, false},
		{"nobody", `[` + ours + `]`, "", 0, 0, false},
		{"a copy of an object that pitwall wrote", `[{manager: kubectl-create, at: 16, fields: {"f:metadata": {"f:annotations": {"f:com.pitwall.split": {}}}, "f:spec": {"f:rules": {}}}}]`, "", 0, 0, false},
	} {
		got, ok := Reverted(entries(t, c.fields), note, Weights(route)...)
		want := Rewrite{By: c.by, Reconciles: c.reconciles, At: second(c.at), Wrote: second(c.wrote)}
		if c.wrote == 0 {
			want.Wrote = time.Time{}
		}
		if ok != (c.by != "") || ok && (got.By != want.By || got.Reconciles != want.Reconciles || !got.At.Equal(want.At) || !got.Wrote.Equal(want.Wrote)) {
			t.Errorf("%s: %+v %v, want %+v", c.name, got, ok, want)
		}
	}
}

func TestPlaces(t *testing.T) {
	for name, c := range map[string]struct {
		fields string
		place  Place
		has    bool
	}{
		"an image":             {`{"f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"model"}': {"f:image": {}}}}}}}`, Image("model"), true},
		"another container":    {`{"f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"proxy"}': {"f:image": {}}}}}}}`, Image("model"), false},
		"another member of it": {`{"f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"model"}': {"f:args": {}}}}}}}`, Image("model"), false},
		"the canary's weight":  {`{"f:metadata": {"f:annotations": {"f:nginx.ingress.kubernetes.io/canary-weight": {}}}}`, Weights(schema.GroupKind{Group: "networking.k8s.io", Kind: "Ingress"})[0], true},
		"another annotation":   {`{"f:metadata": {"f:annotations": {"f:nginx.ingress.kubernetes.io/canary-weight-total": {}}}}`, Weights(schema.GroupKind{Group: "networking.k8s.io", Kind: "Ingress"})[0], false},
		"an action":            {`{"f:metadata": {"f:annotations": {"f:alb.ingress.kubernetes.io/actions.fraud": {}}}}`, Weights(schema.GroupKind{Group: "networking.k8s.io", Kind: "Ingress"})[1], true},
		"a selector":           {`{"f:spec": {"f:selector": {}}}`, Weights(schema.GroupKind{Kind: "Service"})[0], true},
		"not a map":            {`{"f:spec": 1}`, Place{"spec", "rules"}, false},
	} {
		e := entries(t, `[{manager: x, fields: `+c.fields+`}]`)
		if got := parse(e[0]).has(c.place); got != c.has {
			t.Errorf("%s: owned is %v", name, got)
		}
	}
	if parse(meta.ManagedFieldsEntry{FieldsV1: meta.NewFieldsV1("{")}).has(Place{"spec"}) {
		t.Error("what cannot be read is owned")
	}
}

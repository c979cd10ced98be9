package kubernetes

import (
	"strings"
	"testing"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/world"
)

// variantOf is a variant whose pods run an image as a registry names it.
func variantOf(name, image string, labels map[string]string, env []objects.Variable, ids ...string) world.Variant {
	v := world.Variant{Name: name, Workload: &objects.Workload{Meta: objects.Meta{Name: "fraud-" + strings.ToLower(name)}, Kind: objects.Deployment,
		Template: objects.Template{Labels: labels, Containers: []objects.TemplateContainer{{Name: "model", Image: image, Env: env}}}}}
	for _, id := range ids {
		v.Pods = append(v.Pods, &objects.Pod{Ready: true, Containers: []objects.Container{{Name: "model", Image: image, ImageID: id}}})
	}
	return v
}

func TestPromotedImage(t *testing.T) {
	const one, two = "sha256:1111", "sha256:2222"
	uri := func(value string) []objects.Variable { return []objects.Variable{{Name: "MODEL_URI", Value: value}} }
	for name, test := range map[string]struct {
		a, b world.Variant
		want string // the image, or what the refusal says
		no   bool
	}{
		"the digest that runs":       {variantOf("A", "r/f:1", nil, nil), variantOf("B", "r/f:2", nil, nil, "r/f@"+one, "r/f@"+one), "r/f:2@" + one, false},
		"a digest that is named":     {variantOf("A", "r/f:1", nil, nil), variantOf("B", "r/f@"+two, nil, nil, "r/f@"+one), "r/f@" + two, false},
		"pods of two digests":        {variantOf("A", "r/f:1", nil, nil), variantOf("B", "r/f:2", nil, nil, "r/f@"+one, "r/f@"+two), "r/f:2", false},
		"an id that no registry has": {variantOf("A", "r/f:1", nil, nil), variantOf("B", "r/f:2", nil, nil, one), "r/f:2", false},
		"the same image":             {variantOf("A", "r/f:1", nil, nil), variantOf("B", "r/f:1", nil, nil, one), "give A all requests, then scale B to 0", true},
		"promoted before":            {variantOf("A", "r/f:2@"+one, nil, nil), variantOf("B", "r/f:2", nil, nil, "r/f@"+one), "has the image of B already", true},
		"only settings differ":       {variantOf("A", "r/f:1", nil, uri("s3://1")), variantOf("B", "r/f:1", nil, uri("s3://2")), "the values of MODEL_URI: change the template of fraud-a", true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := promoted(test.a, test.b)
			if test.no && (err == nil || !strings.Contains(err.Error(), test.want)) || !test.no && (err != nil || got != test.want) {
				t.Errorf("%q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestPromotedVersion(t *testing.T) {
	label := func(v string) map[string]string { return map[string]string{world.LabelVersion: v} }
	for name, test := range map[string]struct {
		a, b world.Variant
		want string
	}{
		"the tag tells":      {variantOf("A", "r/f:1", nil, nil), variantOf("B", "r/f:2", nil, nil), ""},
		"both have a label":  {variantOf("A", "r/f:1", label("1.0"), nil), variantOf("B", "r/f:2", label("2.0"), nil), "2.0"},
		"only the candidate": {variantOf("A", "r/f:1", nil, nil), variantOf("B", "r/f:2", label("2.0"), nil), "2.0"},
		"only stable":        {variantOf("A", "r/f:1", label("1.0"), nil), variantOf("B", "r/f:2", nil, nil), "2"},
	} {
		c, _ := world.Container(test.b.Workload)
		if got := versionLabel(test.a.Workload, world.Version(test.b.Workload), c.Image)[world.LabelVersion]; got != test.want {
			t.Errorf("%s: the label is %q, want %q", name, got, test.want)
		}
	}
}

// TestDeployedVersion: the label of what ran before tells nothing of an image
// that is named by its digest.
func TestDeployedVersion(t *testing.T) {
	const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	label := map[string]string{world.LabelVersion: "2.0.0"}
	for name, test := range map[string]struct {
		labels         map[string]string
		fixed          bool // the label is part of the selector
		image, version string
		want           string // "" for no label
	}{
		"a tag tells":                     {nil, false, ":3", "", ""},
		"a tag beside a label":            {label, false, ":3", "", "3"},
		"a digest beside a label":         {label, false, "@" + digest, "", "0123456789ab"},
		"a digest beside a usual label":   {map[string]string{"version": "2.0.0"}, false, digest, "", "0123456789ab"},
		"a digest alone":                  {nil, false, "r/f@" + digest, "", ""},
		"a digest with its version":       {label, false, "@" + digest, "3.1", "3.1"},
		"a version that the tag is":       {nil, false, ":3", "3", ""},
		"neither tag nor digest":          {label, false, "other/f", "", ""},
		"a label that cannot change":      {label, true, "@" + digest, "", ""},
		"what runs already, named anew":   {label, false, ":3", "2.0.0", ""},
		"a version of an image as before": {nil, false, "@" + digest, "4", "4"},
	} {
		w := variantOf("A", "r/f:2", test.labels, nil).Workload
		if test.fixed {
			w.Selector = label
		}
		if got := deployedLabel(w, test.image, test.version)[world.LabelVersion]; got != test.want {
			t.Errorf("%s: the label is %q, want %q", name, got, test.want)
		}
	}
}

// TestPromoting: a promote is unfinished only while A has what it was to get.
func TestPromoting(t *testing.T) {
	n := note{Op: backends.OpPromote, By: "ana@desk", Promoted: &promotedNote{Candidate: "B", Image: "r/f:2"}}
	done := n
	done.Promoted = &promotedNote{Candidate: "B", Image: "r/f:2", Done: true}
	for name, test := range map[string]struct {
		note  note
		image string
		want  bool
	}{
		"begun":                    {n, "r/f:2", true},
		"done":                     {done, "r/f:2", false},
		"another image since":      {n, "r/f:3", false},
		"another operation since":  {note{Op: backends.OpDeploy, By: "ana@desk"}, "r/f:2", false},
		"somebody else's scribble": {note{}, "r/f:2", false},
	} {
		a := variantOf("A", test.image, nil, nil)
		a.Workload.Annotations = map[string]string{operationNote: test.note.String()}
		if p, got := promoting(world.Deployment{Variants: []world.Variant{a, variantOf("B", "r/f:2", nil, nil)}}); got != test.want || got && p.b.Name != "B" {
			t.Errorf("%s: %v, %+v", name, got, p)
		}
	}
}

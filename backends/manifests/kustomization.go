package manifests

import (
	"bytes"
	"errors"
	"io"
	"path"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/labels"
)

// kustomization is what is read of a kustomization.yaml.
type kustomization struct {
	file       string
	Resources  []string        `yaml:"resources"`
	Bases      []string        `yaml:"bases"`
	Components []string        `yaml:"components"`
	Patches    []kustomPatch   `yaml:"patches"`
	JSON       []kustomPatch   `yaml:"patchesJson6902"`
	Strategic  []string        `yaml:"patchesStrategicMerge"` // paths, or patches
	Replicas   []kustomReplica `yaml:"replicas"`
	Images     []struct {
		Name string `yaml:"name"`
	} `yaml:"images"`
}

type kustomReplica struct {
	Name  string `yaml:"name"`
	Count int    `yaml:"count"`
}

// kustomPatch is a patch in a file or in place.
type kustomPatch struct {
	Path   string        `yaml:"path"`
	Text   string        `yaml:"patch"`
	Target *kustomTarget `yaml:"target"`
	line   int
}

func (p *kustomPatch) UnmarshalYAML(n *yaml.Node) error {
	type plain kustomPatch
	err := n.Decode((*plain)(p))
	p.line = n.Line
	return err
}

// kustomTarget says which objects a patch changes: name, kind and namespace are
// expressions that have to match as a whole.
type kustomTarget struct {
	Group       string `yaml:"group"`
	Version     string `yaml:"version"`
	Kind        string `yaml:"kind"`
	Name        string `yaml:"name"`
	Namespace   string `yaml:"namespace"`
	Labels      string `yaml:"labelSelector"`
	Annotations string `yaml:"annotationSelector"`
}

// patches are all patches, in the order in which Kustomize applies them.
func (k kustomization) patches() []kustomPatch {
	var all []kustomPatch
	for _, text := range k.Strategic {
		if strings.Contains(text, "\n") {
			all = append(all, kustomPatch{Text: text})
		} else {
			all = append(all, kustomPatch{Path: text})
		}
	}
	return append(append(all, k.Patches...), k.JSON...)
}

// changes is a patch as it is applied: operations of JSON Patch for its target,
// or objects that are merged.
type changes struct {
	from       kustomPatch
	operations []byte // JSON
	merged     []document
}

// read parses the text of a patch.
func (p kustomPatch) read(text []byte) (changes, error) {
	c := changes{from: p}
	d := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var n yaml.Node
		err := d.Decode(&n)
		switch {
		case errors.Is(err, io.EOF):
			return c, nil
		case err != nil:
			return c, err
		case len(n.Content) == 0:
			continue
		}
		root := n.Content[0]
		data, err := yaml.Marshal(root)
		switch {
		case err != nil:
			return c, err
		case root.Kind == yaml.SequenceNode:
			if c.operations, err = toJSON(data); err != nil {
				return c, err
			}
		case root.Kind == yaml.MappingNode:
			c.merged = append(c.merged, document{node: root, data: data, kind: scalar(root, "kind"), api: scalar(root, "apiVersion")})
		default:
			return c, errors.New("it is neither an object nor a list of operations")
		}
	}
}

// hits reports whether a patch changes an object: by its target, else by what a
// merged one calls itself.
func (c changes) hits(x document, merged *document) bool {
	switch {
	case c.from.Target != nil:
		return c.from.Target.matches(x)
	case merged == nil:
		return false
	}
	group := func(d document) string { return path.Dir(d.api) }
	return merged.kind == x.kind && merged.name() == x.name() && group(*merged) == group(x) &&
		(merged.namespace() == "" || x.namespace() == "" || merged.namespace() == x.namespace())
}

func (t kustomTarget) matches(x document) bool {
	group, version := path.Split(x.api)
	meta := child(x.node, "metadata")
	return (t.Group == "" || t.Group == strings.TrimSuffix(group, "/")) && (t.Version == "" || t.Version == version) &&
		wholly(t.Kind, x.kind) && wholly(t.Name, x.name()) && (wholly(t.Namespace, x.namespace()) || x.namespace() == "") &&
		selects(t.Labels, child(meta, "labels")) && selects(t.Annotations, child(meta, "annotations"))
}

// wholly matches a text with an expression; without one every text matches.
func wholly(expression, text string) bool {
	if expression == "" {
		return true
	}
	re, err := regexp.Compile("^(?:" + expression + ")$")
	return err == nil && re.MatchString(text)
}

func selects(selector string, n *yaml.Node) bool {
	s, err := labels.Parse(selector)
	if err != nil {
		return false
	}
	set := labels.Set{}
	for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
		set[n.Content[i].Value] = n.Content[i+1].Value
	}
	return s.Matches(set)
}

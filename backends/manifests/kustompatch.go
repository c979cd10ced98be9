package manifests

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	sigsyaml "sigs.k8s.io/yaml"
)

// apply merges the patches of a kustomization into the objects of a scope.
func (b *build) apply(at string, k kustomization, scope []int) {
	if len(scope) == 0 {
		return
	}
	b.report = report{file: k.file, near: b.near, found: b.report.found}
	for _, p := range k.patches() {
		c, err := b.read(at, p)
		for _, i := range scope {
			x := b.object(i)
			if x.object == nil || err == nil && !c.aims(x) || err != nil && p.Target != nil && !p.Target.matches(x) {
				continue
			}
			why := err
			if why == nil {
				x, why = c.on(x)
			}
			if why != nil {
				b.report.add("k8s/patch", max(p.line, 1), fmt.Sprintf("what a patch makes of %s is not known: %v", x, why))
				x.object = nil
			}
			b.now[i] = x
		}
	}
	for _, r := range k.Replicas {
		for _, i := range scope {
			x := b.object(i)
			if x.object == nil || x.name() != r.Name || x.kind != "Deployment" && x.kind != "StatefulSet" {
				continue
			}
			if x, err := x.merged(fmt.Appendf(nil, `{"spec":{"replicas":%d}}`, r.Count)); err == nil {
				b.now[i] = x
			}
		}
	}
}

func (b *build) object(i int) document {
	if x, ok := b.now[i]; ok {
		return x
	}
	return b.all[i]
}

func (b *build) read(at string, p kustomPatch) (changes, error) {
	text := []byte(p.Text)
	if p.Path != "" {
		name := path.Join(at, p.Path)
		if !b.near.names[name] {
			return changes{}, fmt.Errorf("%s is not here", p.Path)
		}
		var err error
		if text, err = fs.ReadFile(b.near.dir, name); err != nil {
			return changes{}, err
		}
	}
	return p.read(text)
}

// aims reports whether anything of a patch changes an object.
func (c changes) aims(x document) bool {
	for _, m := range c.merged {
		if c.hits(x, &m) {
			return true
		}
	}
	return c.operations != nil && c.hits(x, nil)
}

// on gives an object as a patch leaves it.
func (c changes) on(x document) (document, error) {
	for _, m := range c.merged {
		if !c.hits(x, &m) {
			continue
		}
		patch, err := toJSON(m.data)
		if err != nil {
			return x, err
		}
		if x, err = x.merged(patch); err != nil {
			return x, err
		}
	}
	if c.operations == nil {
		return x, nil
	}
	data, err := toJSON(x.data)
	if err != nil {
		return x, err
	}
	operations, err := jsonpatch.DecodePatch(c.operations)
	if err != nil {
		return x, err
	}
	if data, err = operations.Apply(data); err != nil {
		return x, err
	}
	return x.become(data)
}

// merged gives an object with a strategic merge patch in it. What the patch calls
// itself says whom it is for, and stays out.
func (x document) merged(patch []byte) (document, error) {
	var fields map[string]any
	if err := json.Unmarshal(patch, &fields); err != nil {
		return x, err
	}
	if fields["$patch"] == "delete" {
		x.object = nil
		return x, nil
	}
	delete(fields, "kind")
	delete(fields, "apiVersion")
	if meta, ok := fields["metadata"].(map[string]any); ok {
		delete(meta, "name")
		delete(meta, "namespace")
	}
	var original map[string]any
	if err := sigsyaml.Unmarshal(x.data, &original); err != nil {
		return x, err
	}
	made, err := strategicpatch.StrategicMergeMapPatch(original, fields, typed[x.api+" "+x.kind]())
	if err != nil {
		return x, err
	}
	data, err := json.Marshal(made)
	if err != nil {
		return x, err
	}
	return x.become(data)
}

// become gives the object that data is. Its lines stay those of the file.
func (x document) become(data []byte) (document, error) {
	object := typed[x.api+" "+x.kind]()
	if err := sigsyaml.Unmarshal(data, object); err != nil {
		return x, err
	}
	x.data, x.object = data, object
	return x, nil
}

func toJSON(data []byte) ([]byte, error) { return sigsyaml.YAMLToJSON(data) }

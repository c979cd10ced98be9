package manifests

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// surroundings are what the files of a directory say of each other: what a file
// leaves to another is not missing in it. The zero value knows of no other file.
type surroundings struct {
	dir      fs.FS
	names    map[string]bool          // of all files
	composed map[string][]byte        // Compose files
	charts   []string                 // directories of Helm charts
	kustom   map[string]kustomization // by directory
	patches  map[string]bool          // files that a kustomization names as patches
	images   map[string]bool          // names of images of which a kustomization sets the version
	hosts    map[string]bool          // services of Compose and Kubernetes: names that DNS knows there
}

// survey reads the directory once, before any file is judged.
func survey(dir fs.FS) (surroundings, error) {
	s := surroundings{dir, map[string]bool{}, map[string][]byte{}, nil, map[string]kustomization{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	err := each(dir, func(name string, data []byte) {
		s.names[name] = true
		switch base := path.Base(name); {
		case base == "Chart.yaml" || base == "Chart.yml":
			s.charts = append(s.charts, path.Dir(name))
		case base == "kustomization.yaml" || base == "kustomization.yml" || base == "Kustomization":
			s.kustomization(name, data)
		}
		switch KindOf(name, data) {
		case Compose:
			s.composed[name] = data
			s.services(data)
		case Kubernetes:
			for _, x := range documents(&report{file: name}, data) {
				if x.kind == "Service" {
					s.hosts[x.name()] = true
				}
			}
		}
	})
	return s, err
}

func (s surroundings) services(data []byte) {
	list := servicesOf(data)
	if list == nil || list.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(list.Content); i += 2 {
		s.hosts[list.Content[i].Value] = true
		if n := child(list.Content[i+1], "container_name"); n != nil {
			s.hosts[n.Value] = true
		}
	}
}

// kustomization notes the patches and images that one names.
func (s surroundings) kustomization(name string, data []byte) {
	dir := path.Dir(name)
	k := kustomization{file: name}
	_ = yaml.Unmarshal(data, &k) // what can be read of it
	s.kustom[dir] = k
	for _, p := range k.patches() {
		if p.Path != "" {
			s.patches[path.Join(dir, p.Path)] = true
		}
	}
	for _, i := range k.Images {
		s.images[i.Name] = true
	}
}

// helm is how an action of a chart's template begins.
var helm = regexp.MustCompile(`\{\{-?\s*(\.(Values|Release|Chart|Files|Capabilities)\b|(include|toYaml|if|range|with|define|end|template)\b)`)

// template reports whether a file is made into another before anybody reads
// it as what it seems to be.
func (s surroundings) template(name string, data []byte) bool {
	if slices.Contains([]string{".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".gotmpl", ".erb", ".mustache"}, path.Ext(name)) {
		return true
	}
	text := string(data)
	if !strings.Contains(text, "{{") {
		return false
	}
	for _, dir := range s.charts {
		if strings.HasPrefix(name, path.Join(dir, "templates")+"/") || dir == "." && strings.HasPrefix(name, "templates/") {
			return true
		}
	}
	if KindOf(name, data) != Kubernetes || !helm.MatchString(text) && !bareAction.MatchString(text) {
		return false
	}
	return !isYAML(data) // a chart's templates without their chart
}

// bareAction is a value that a template gives. YAML takes it for a mapping that
// is a key.
var bareAction = regexp.MustCompile(`(?m)(^\s*|[:-]\s+)\{[{%]`)

// isYAML reports whether every document can be read, and no key is a mapping.
func isYAML(data []byte) bool {
	d := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var n yaml.Node
		if err := d.Decode(&n); err != nil {
			return errors.Is(err, io.EOF)
		}
		if mappedKey(&n) {
			return false
		}
	}
}

func mappedKey(n *yaml.Node) bool {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && c.Kind == yaml.MappingNode || mappedKey(c) {
			return true
		}
	}
	return false
}

// overrides returns the Compose file that a file is merged into, "" for none:
// an override always is; another is when it leaves the image of a service out.
func (s surroundings) overrides(name string, partial bool) (base string, ok bool) {
	dir, file := path.Split(name)
	override := strings.Contains(file, ".override.")
	if !override && !partial {
		return "", false
	}
	for _, b := range []string{"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"} {
		if at := dir + b; at != name && s.composed[at] != nil {
			return at, true
		}
	}
	return "", override
}

// has reports whether a file that another names is there, or may be: what lies
// outside of the directory is not known, nor what a variable names.
func (s surroundings) has(from, name string) bool {
	at := path.Join(path.Dir(from), name)
	return strings.ContainsAny(name, "$~") || path.IsAbs(name) || strings.HasPrefix(at, "..") || s.names[at]
}

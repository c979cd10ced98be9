package manifests

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// whole reports whether a service of a file says what it runs.
func whole(service *yaml.Node) bool {
	return child(service, "image") != nil || child(service, "build") != nil || child(service, "extends") != nil || child(service, "provider") != nil || child(service, "<<") != nil
}

// withoutImage reports whether a service of a file does not say what it runs.
func withoutImage(services *yaml.Node) bool {
	if services == nil || services.Kind != yaml.MappingNode {
		return false
	}
	for i := 1; i < len(services.Content); i += 2 {
		if !whole(services.Content[i]) {
			return true
		}
	}
	return false
}

// envFiles are the files that a service must have.
func envFiles(service *yaml.Node) (list []*yaml.Node) {
	n := child(service, "env_file")
	if n == nil || n.Kind == yaml.ScalarNode {
		return slices.DeleteFunc([]*yaml.Node{n}, func(n *yaml.Node) bool { return n == nil })
	}
	for _, f := range n.Content {
		switch at := child(f, "path"); {
		case f.Kind == yaml.ScalarNode:
			list = append(list, f)
		case at != nil && scalar(f, "required") != "false":
			list = append(list, at)
		}
	}
	return list
}

// treeCopy is a tree whose mappings and lists are its own.
func treeCopy(n *yaml.Node) *yaml.Node {
	if n == nil {
		return nil
	}
	c := *n
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, x := range n.Content {
		c.Content[i] = treeCopy(x)
	}
	return &c
}

// prune takes what stands where a node does out of a tree: a key with its value,
// or an element of a list. Several may stand in one line.
func prune(n, at *yaml.Node) bool {
	step := 1
	if n.Kind == yaml.MappingNode {
		step = 2
	}
	there := func(x *yaml.Node) bool { return x.Kind == at.Kind && x.Line == at.Line && x.Column == at.Column }
	for i := 0; i+step <= len(n.Content); i += step {
		if slices.ContainsFunc(n.Content[i:i+step], there) {
			n.Content = slices.Delete(n.Content, i, i+step)
			return true
		}
		if prune(n.Content[i+step-1], at) {
			return true
		}
	}
	return false
}

// keyOf is a key of a mapping itself, nil for none.
func keyOf(n *yaml.Node, name string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i]
		}
	}
	return nil
}

// servicesOf are the services of a file, nil for none.
func servicesOf(data []byte) *yaml.Node {
	var doc yaml.Node
	if yaml.Unmarshal(data, &doc) != nil || len(doc.Content) == 0 {
		return nil
	}
	return child(doc.Content[0], "services")
}

// extended gives services that extend those of another file an image, which that
// file says, and reports whether there are any.
func extended(root *yaml.Node) bool {
	services, found := child(root, "services"), false
	if services == nil || services.Kind != yaml.MappingNode {
		return false
	}
	for i := 1; i < len(services.Content); i += 2 {
		found = found || child(child(services.Content[i], "extends"), "file") != nil
	}
	for i := 1; i < len(services.Content) && found; i += 2 {
		s := followed(services.Content[i])
		if child(s, "extends") != nil && child(s, "image") == nil {
			s.Content = append(s.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: "image"}, &yaml.Node{Kind: yaml.ScalarNode, Value: "image:" + unset})
		}
	}
	return found
}

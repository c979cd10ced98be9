package mask

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pitwall/backends"
)

// Node is a document or a part of one.
type Node = backends.Node

// maxDepth bounds how deep a document may be.
const maxDepth = 64

// Parse decodes a JSON document and keeps its order, which decoding into a map
// loses. The nodes of a list are named 0, 1… Nothing is hidden yet.
func Parse(text []byte) (Node, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return parseNode(d, "", 0)
}

func parseNode(d *json.Decoder, name string, depth int) (Node, error) {
	n := Node{Name: name}
	if depth > maxDepth {
		return n, errors.New("the document is too deep")
	}
	token, err := d.Token()
	if err != nil {
		return n, err
	}
	open, nested := token.(json.Delim)
	if !nested {
		n.Value = scalar(token)
		return n, nil
	}
	for i := 0; d.More(); i++ {
		key := strconv.Itoa(i)
		if open == '{' {
			token, err := d.Token()
			if err != nil {
				return n, err
			}
			key = fmt.Sprint(token)
		}
		below, err := parseNode(d, key, depth+1)
		if err != nil {
			return n, err
		}
		n.Nodes = append(n.Nodes, below)
	}
	_, err = d.Token() // the closing one
	return n, err
}

func scalar(token json.Token) string {
	if token == nil {
		return ""
	}
	return fmt.Sprint(token)
}

// Shape says where in a kind of document secrets stand in another way than in
// any text, each by the names of members.
type Shape struct {
	Env      []string // lists of NAME=value
	Commands []string // lists of arguments
	Maps     []string // objects whose keys people choose, so that a key names a secret
}

// Hide hides the secrets of a document. Whatever the shape, an object with a
// name and a value is a variable, and of a Kubernetes Secret only the names are
// left.
func (s Shape) Hide(document *Node) {
	if kind := member(document, "kind"); kind != nil && kind.Value == "Secret" {
		for _, name := range []string{"data", "stringData"} {
			if n := member(document, name); n != nil {
				cover(n)
			}
		}
	}
	s.hide(document, "")
}

// cover hides everything below a node.
func cover(n *Node) {
	if n.Value != "" {
		n.Value = Masked
	}
	for i := range n.Nodes {
		cover(&n.Nodes[i])
	}
}

// hide hides the secrets of a node that stands in the node of that name.
func (s Shape) hide(n *Node, in string) {
	flat := !slices.ContainsFunc(n.Nodes, func(below Node) bool { return len(below.Nodes) > 0 })
	switch {
	case flat && slices.Contains(s.Env, n.Name):
		for i := range n.Nodes {
			n.Nodes[i].Value = Entry(n.Nodes[i].Value)
		}
		return
	case flat && slices.Contains(s.Commands, n.Name):
		hideCommand(n)
		return
	case slices.Contains(s.Maps, in) || plainly(n.Name):
		n.Value = Value(n.Name, n.Value)
	default:
		n.Value = Text(n.Value)
	}
	if name, value := member(n, "name"), member(n, "value"); name != nil && value != nil {
		value.Value = Value(name.Value, value.Value)
	}
	for i := range n.Nodes {
		s.hide(&n.Nodes[i], n.Name)
	}
}

// plainly reports whether a member that the format itself names holds a secret:
// of these names few do, and many only speak of one ("secretName", "topologyKey").
func plainly(name string) bool {
	whole := strings.Join(words(name), "")
	for _, end := range []string{"PASSWORD", "PASSWD", "PASSPHRASE", "CLIENTSECRET", "APIKEY", "PRIVATEKEY", "SECRETKEY", "ACCESSTOKEN", "BEARERTOKEN"} {
		if strings.HasSuffix(whole, end) {
			return true
		}
	}
	return false
}

func member(n *Node, name string) *Node {
	for i := range n.Nodes {
		if n.Nodes[i].Name == name {
			return &n.Nodes[i]
		}
	}
	return nil
}

func hideCommand(n *Node) {
	args := make([]string, len(n.Nodes))
	for i := range n.Nodes {
		args[i] = n.Nodes[i].Value
	}
	for i, arg := range Args(args) {
		n.Nodes[i].Value = arg
	}
	n.Value = Text(n.Value)
}

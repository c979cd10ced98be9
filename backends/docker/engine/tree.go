package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// Node is a name with a value, with nodes below it, or both. The nodes are in
// the order of the engine's answer, those of a list named 0, 1…
// Texts are foreign.
type Node struct {
	Name, Value string
	Nodes       []Node
}

// Raw is everything that the engine tells about a container, secrets masked.
type Raw = Node

// InspectTree inspects a container by name or ID. Secrets are masked: in the
// environment, labels, options, commands, health checks and their output.
func (c *Client) InspectTree(ctx context.Context, nameOrID string) (Raw, error) {
	r, err := c.inspect(ctx, nameOrID)
	if err != nil {
		return Raw{}, err
	}
	tree, err := parseTree(r.Raw)
	if err != nil {
		return Raw{}, fmt.Errorf("read the inspection of container %s: %w", nameOrID, err)
	}
	maskTree(&tree, "")
	return tree, nil
}

// maxDepth bounds how deep a document may be.
const maxDepth = 64

// parseTree decodes JSON and keeps its order, which decoding into a map loses.
func parseTree(text []byte) (Node, error) {
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

// userMaps are the objects of an inspection whose keys are chosen by users.
var userMaps = map[string]bool{"Labels": true, "Config": true, "Options": true, "DriverOpts": true, "Annotations": true, "Sysctls": true, "StorageOpt": true}

// maskTree hides the secrets of a node that stands in the node of that name.
func maskTree(n *Node, in string) {
	switch n.Name {
	case "Env":
		for i := range n.Nodes {
			n.Nodes[i].Value = maskEntry(n.Nodes[i].Value)
		}
		return
	case "Cmd", "Entrypoint", "Args", "Test", "Shell", "OnBuild", "arguments":
		maskCommand(n)
		return
	}
	if userMaps[in] {
		n.Value = maskValue(n.Name, n.Value)
	} else {
		n.Value = maskText(n.Value)
	}
	for i := range n.Nodes {
		maskTree(&n.Nodes[i], n.Name)
	}
}

func maskCommand(n *Node) {
	args := make([]string, len(n.Nodes))
	for i := range n.Nodes {
		args[i] = n.Nodes[i].Value
	}
	for i, arg := range maskArgs(args) {
		n.Nodes[i].Value = arg
	}
	n.Value = maskText(n.Value)
}

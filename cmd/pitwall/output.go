package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"pitwall/ui/draw"
)

// format is the value of -o.
type format string

const (
	asTable format = "table"
	asJSON  format = "json"
	asYAML  format = "yaml"
)

// formatFlag adds -o to a command.
func formatFlag(c *cobra.Command, into *format) {
	*into = asTable
	c.Flags().VarP(into, "output", "o", "table, json or yaml")
}

func (f *format) String() string { return string(*f) }
func (f *format) Type() string   { return "format" }

// Set implements pflag.Value.
func (f *format) Set(s string) error {
	switch format(s) {
	case asTable, asJSON, asYAML:
		*f = format(s)
		return nil
	}
	return fmt.Errorf("%q: choose table, json or yaml", s)
}

// print writes v as JSON or YAML, or calls table for people. YAML has the same
// keys as JSON: it is made from it.
func (f format) print(w io.Writer, v any, table func(w io.Writer)) error {
	if f == asTable {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		table(t)
		return t.Flush()
	}
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", f, err)
	}
	if f == asJSON {
		_, err = fmt.Fprintf(w, "%s\n", text)
		return err
	}
	var tree yaml.Node
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return fmt.Errorf("write yaml: %w", err)
	}
	blockStyle(&tree)
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	if err := e.Encode(&tree); err != nil {
		return fmt.Errorf("write yaml: %w", err)
	}
	return e.Close()
}

// blockStyle turns JSON's flow style into YAML's block style. The encoder still
// quotes strings that would read as something else.
func blockStyle(n *yaml.Node) {
	n.Style = 0
	for _, child := range n.Content {
		blockStyle(child)
	}
}

// cellWidth is the most columns of a cell: one long text would pad every row.
const cellWidth = 200

// row writes cells of foreign text as one tab-separated line.
func row(w io.Writer, cells ...string) {
	clean := make([]string, len(cells))
	for i, c := range cells {
		clean[i] = draw.SanitizeLine(c, cellWidth)
	}
	fmt.Fprintln(w, strings.Join(clean, "\t"))
}

// number is a signal in JSON: null when it is missing.
type number float64

// MarshalJSON writes null for NaN and the infinities, which JSON cannot carry.
func (n number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

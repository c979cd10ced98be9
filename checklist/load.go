package checklist

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

//go:embed items.yaml
var standard []byte

// Defaults of an item that says nothing else.
const (
	defaultExpires = 30 * 24 * time.Hour
	defaultMaxAge  = 24 * time.Hour
)

// file is a checklist file as it is written.
type file struct {
	Items       []itemFile      `yaml:"items"`
	Remove      []named         `yaml:"remove"`
	Settings    yaml.Node       `yaml:"settings"`
	Deployments map[string]file `yaml:"deployments"`
}

// FileError is something wrong in a checklist file.
type FileError struct {
	Path string
	Line int // 0 unknown
	Text string
}

func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("checklist %s: %s", e.Path, e.Text)
	}
	return fmt.Sprintf("checklist %s, line %d: %s", e.Path, e.Line, e.Text)
}

// Standard is the list that comes with pitwall.
func Standard() List {
	l, err := Load(nil, "", "", nil)
	if err != nil {
		panic(err) // the embedded file is tested
	}
	return l
}

// Load makes the checklist of a deployment: the standard one, with a team's
// file laid over it where data is not nil. Path names that file in errors;
// known are the probes that there are, nil for not checking their names. Every
// error that the file has is joined, each a *FileError with its line.
func Load(data []byte, path, deployment string, known []string) (List, error) {
	var l List
	base := parser{path: "items.yaml"}
	base.lay(&l, base.parse(standard), deployment)
	if err := errors.Join(base.errs...); err != nil {
		return List{}, err
	}
	if data != nil {
		team := parser{path: path, known: known}
		f := team.parse(data)
		team.lay(&l, f, deployment)
		team.others(l, f, deployment)
		if err := errors.Join(team.errs...); err != nil {
			return List{}, err
		}
	}
	slices.SortStableFunc(l.Items, func(a, b Item) int {
		return slices.Index(Phases(), a.Phase) - slices.Index(Phases(), b.Phase)
	})
	return l, nil
}

// parser reads one file and gathers what is wrong in it.
type parser struct {
	path  string
	known []string
	errs  []error
}

func (p *parser) fail(line int, format string, args ...any) {
	p.errs = append(p.errs, &FileError{Path: p.path, Line: line, Text: fmt.Sprintf(format, args...)})
}

func (p *parser) parse(data []byte) file {
	var f file
	var n yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(data))
	switch err := d.Decode(&n); {
	case errors.Is(err, io.EOF):
		return f
	case err != nil:
		p.yamlError(err)
		return f
	}
	strict{p.fail}.node(&n, fileType, "")
	if len(p.errs) == 0 { // else the decoder would say some of it again
		if err := n.Decode(&f); err != nil {
			p.yamlError(err)
		}
	}
	if d.Decode(new(yaml.Node)) == nil {
		p.fail(0, "there is a second document after ---: a file has one")
	}
	return f
}

// lay lays a file over a list: first what it says of all deployments, then what
// it says of this one.
func (p *parser) lay(l *List, f file, deployment string) {
	if len(p.errs) > 0 {
		return // what could not be read would be missing in what follows
	}
	seen := map[string]int{}
	for _, x := range f.Items {
		if first, ok := seen[x.ID]; ok {
			p.fail(x.line, "%s: it stands in line %d already", x.ID, first)
		}
		seen[x.ID] = x.line
		p.layItem(l, x)
	}
	for _, x := range f.Remove {
		i := slices.IndexFunc(l.Items, func(i Item) bool { return i.ID == x.name })
		if i < 0 {
			p.fail(x.line, "remove: there is no item %q", x.name)
			continue
		}
		l.Items = slices.Delete(l.Items, i, i+1)
	}
	p.laySettings(&l.Settings, f.Settings)
	if own, ok := f.Deployments[deployment]; ok && deployment != "" {
		p.lay(l, own, "")
	}
}

// others reads what the file says of other deployments too: a mistake in it is
// found by whoever looks first, not by the one who ships that deployment.
func (p *parser) others(l List, f file, deployment string) {
	if len(p.errs) > 0 {
		return
	}
	for name, own := range f.Deployments {
		if name == deployment {
			continue
		}
		copied := List{Items: slices.Clone(l.Items), Settings: l.Settings}
		p.lay(&copied, own, "")
	}
}

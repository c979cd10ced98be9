package checklist

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// itemFile is an item as a file writes it: what it does not name stays.
type itemFile struct {
	ID       string    `yaml:"id"`
	Phase    *string   `yaml:"phase"`
	Title    *string   `yaml:"title"`
	Why      *string   `yaml:"why"`
	Probes   *[]string `yaml:"probes"`
	Attest   *string   `yaml:"attest"`
	Expires  *Span     `yaml:"expires"`
	MaxAge   *Span     `yaml:"max_age"`
	Standing *bool     `yaml:"standing"`
	Variant  *bool     `yaml:"per_variant"`
	Second   *bool     `yaml:"second"`
	Advice   *bool     `yaml:"advice"`

	line int
}

// UnmarshalYAML keeps the line.
func (f *itemFile) UnmarshalYAML(n *yaml.Node) error {
	type plain itemFile
	f.line = n.Line
	return n.Decode((*plain)(f))
}

// named is a name with its line.
type named struct {
	name string
	line int
}

// UnmarshalYAML keeps the line.
func (x *named) UnmarshalYAML(n *yaml.Node) error {
	x.line = n.Line
	return n.Decode(&x.name)
}

var idForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// layItem changes the item of that id, or adds it.
func (p *parser) layItem(l *List, f itemFile) {
	if !idForm.MatchString(f.ID) || len(f.ID) > 63 {
		p.fail(f.line, "id %q: an item needs an id of lower case letters, digits and hyphens", f.ID)
		return
	}
	i := slices.IndexFunc(l.Items, func(x Item) bool { return x.ID == f.ID })
	item := Item{ID: f.ID, Expires: defaultExpires, MaxAge: defaultMaxAge}
	if i >= 0 {
		item = l.Items[i]
	}
	if !p.fill(&item, f) {
		return
	}
	p.check(item)
	if i < 0 {
		l.Items = append(l.Items, item)
		return
	}
	l.Items[i] = item
}

// fill takes over what a file says of an item, and reports whether it could.
func (p *parser) fill(item *Item, f itemFile) bool {
	item.Line = f.line
	if f.Phase != nil {
		phase, err := ParsePhase(*f.Phase)
		if err != nil {
			p.fail(f.line, "%s: %s", f.ID, err)
			return false
		}
		item.Phase = phase
	}
	set(&item.Title, f.Title)
	set(&item.Why, f.Why)
	set(&item.Probes, f.Probes)
	set(&item.Attest, f.Attest)
	set(&item.Standing, f.Standing)
	set(&item.PerVariant, f.Variant)
	set(&item.Second, f.Second)
	set(&item.Advice, f.Advice)
	set((*Span)(&item.Expires), f.Expires)
	set((*Span)(&item.MaxAge), f.MaxAge)
	return true
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func (p *parser) check(i Item) {
	switch {
	case i.Phase == "":
		p.fail(i.Line, "%s: a new item needs a phase: pre, deploy, post or practice", i.ID)
	case strings.TrimSpace(i.Title) == "":
		p.fail(i.Line, "%s: a new item needs a title", i.ID)
	case len(i.Probes) == 0 && i.Attest == "":
		p.fail(i.Line, "%s: nothing can answer it: name probes, or what a person has to attest", i.ID)
	case i.Second && i.Attest == "":
		p.fail(i.Line, "%s: second: there is nothing to approve without attest", i.ID)
	case i.Expires <= 0 || i.MaxAge <= 0 || i.Expires > 10*365*24*time.Hour:
		p.fail(i.Line, "%s: expires and max_age are longer than 0, and at most ten years", i.ID)
	}
	for _, probe := range i.Probes {
		if p.known != nil && !slices.Contains(p.known, probe) {
			p.fail(i.Line, "%s: there is no probe %q: there are %s", i.ID, probe, strings.Join(slices.Sorted(slices.Values(p.known)), ", "))
		}
	}
}

// laySettings takes over what a file sets, and leaves the rest.
func (p *parser) laySettings(s *Settings, n yaml.Node) {
	if n.IsZero() {
		return
	}
	s.Metrics = maps.Clone(s.Metrics) // the decoder adds to a map that is there
	if err := n.Decode(s); err != nil {
		p.yamlError(err)
		return
	}
	for _, wrong := range s.wrong() {
		p.fail(n.Line, "settings: %s", wrong)
	}
}

var lineOf = regexp.MustCompile(`^(?:yaml: )?(?:unmarshal errors:\s*)?line (\d+): (.*)`)

// yamlError keeps what the decoder says, a line each.
func (p *parser) yamlError(err error) {
	texts := []string{err.Error()}
	if many, ok := errors.AsType[*yaml.TypeError](err); ok {
		texts = many.Errors
	}
	for _, text := range texts {
		line := 0
		if m := lineOf.FindStringSubmatch(text); m != nil {
			line, _ = strconv.Atoi(m[1])
			text = m[2]
		}
		p.fail(line, "%s", text)
	}
}

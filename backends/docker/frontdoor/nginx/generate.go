package nginx

import (
	"bytes"
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"text/template"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
)

// Options are what a configuration is made for.
type Options struct {
	Deployment string // lower-case letters, digits and dashes; part of the upstreams' names
	Port       uint16 // that nginx listens on, 8080 when 0
	Workers    int    // processes, 2 when 0; members are judged and kept connected to by each
	Salt       string // before the user's key; another one deals all users anew
	Split      backends.Split
	Members    map[string][]frontdoor.Member
	KeepAlive  time.Duration // of a client's idle connection; 0 closes after each answer, so that no change loses a request
	By         string
	At         time.Time
}

//go:embed nginx.conf.tmpl
var templateText string

var nginxConf = template.Must(template.New("nginx.conf").Delims("<<", ">>").Parse(templateText))

var (
	deploymentName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	saltText       = regexp.MustCompile(`^[A-Za-z0-9._:-]*$`)
)

// Generate writes a complete nginx.conf for a deployment. Users are told apart
// by the header X-User-Id behind the salt, with the same result as package
// split; requests without it are dealt anew each time. It runs as any user with
// a read-only root and a tmpfs on /tmp, and needs no other file.
// Errors: what of o cannot be written.
func Generate(o Options) ([]byte, error) {
	if len(o.Deployment) > 63 || !deploymentName.MatchString(o.Deployment) || len(o.Salt) > 64 || !saltText.MatchString(o.Salt) {
		return nil, fmt.Errorf("write nginx.conf: deployment %q or salt %q cannot stand in it", o.Deployment, o.Salt)
	}
	if o.Port == 0 {
		o.Port = 8080
	}
	if o.Workers == 0 {
		o.Workers = 2
	}
	if _, ok := o.Split[backends.Stable]; !ok {
		return nil, fmt.Errorf("write nginx.conf: the split %s lacks %s", o.Split, backends.Stable)
	}
	names := o.Split.Names()
	if err := o.Split.Validate(strings.Split("ABCDE", "")); err != nil {
		return nil, fmt.Errorf("write nginx.conf: %w", err)
	}
	c := change{split: o.Split, by: o.By, at: o.At}
	data := struct {
		Options
		KeepAlive       int // seconds
		Change, Served  string
		Lines, Variants []string
		Upstreams       []string
	}{Options: o, KeepAlive: int(o.KeepAlive.Seconds()), Change: c.comment(), Served: c.served(), Variants: names}
	for _, name := range names {
		data.Upstreams = append(data.Upstreams, o.upstream(name))
	}
	data.Lines = o.lines()
	var b bytes.Buffer
	if err := nginxConf.Execute(&b, data); err != nil {
		return nil, fmt.Errorf("write nginx.conf: %w", err)
	}
	return fill(b.String(), o)
}

func (o Options) upstream(variant string) string {
	return o.Deployment + "-" + strings.ToLower(variant)
}

// lines are a split block's, in the layout of package split, with everything
// on the stable variant.
func (o Options) lines() []string {
	has := func(name string) bool { _, ok := o.Split[name]; return ok }
	var lines []string
	for i, r := range layout {
		name := string(r)
		first := strings.Index(layout, name) == i
		switch {
		case name == backends.Stable && first:
			lines = append(lines, "* "+o.upstream(name)+";")
		case name == backends.Stable && (has("D") || has("E")), name != backends.Stable && has(name):
			lines = append(lines, remarkPrefix+"0% "+o.upstream(name)+";")
		}
	}
	return lines
}

// fill writes the weights and the members into the form, as a change does.
func fill(text string, o Options) ([]byte, error) {
	p, err := alone([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("write nginx.conf: %w", err)
	}
	done, err := p.edit(frontdoor.Want{Split: o.Split, Members: o.Members, By: o.By}, o.At)
	if err != nil {
		return nil, fmt.Errorf("write nginx.conf: %w", err)
	}
	return []byte(done.texts[soleFile]), nil
}

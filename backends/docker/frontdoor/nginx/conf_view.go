package nginx

import (
	"slices"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
)

// configured gives the configured split.
func (p *plan) configured() backends.Split {
	s := backends.Split{}
	for name, points := range p.weights() {
		s[name] = float64(points) / 100
	}
	return s
}

// view is the configuration as a front door's.
func (p *plan) view() frontdoor.Config {
	k := p.key()
	c := frontdoor.Config{
		Kind:    frontdoor.NGINX,
		Split:   p.configured(),
		Members: map[string][]frontdoor.Member{},
		Hash:    p.conf.hash(),
		Key:     k.text,
		Notes:   slices.Concat(p.costNotes(), p.keyNotes(k), p.splitNotes()),
	}
	for _, v := range p.variants {
		c.Members[v.name] = p.members(v)
	}
	return c
}

package objects

import (
	"maps"
	"slices"
)

// Pool lets pods share what those of one template have in common: labels,
// owner, images. It holds at most poolSize texts; then it begins anew, and what
// was given out stays as it is. The zero Pool is ready. It is for one goroutine.
type Pool struct {
	texts  map[string]string
	labels map[string]map[string]string // by their names and values, each with a 0 after it
	buffer []byte
	names  []string
}

const poolSize = 1 << 16

// Share replaces what a pod has in common with those before it.
func (p *Pool) Share(pod *Pod) {
	if p.texts == nil || len(p.texts) > poolSize || len(p.labels) > poolSize {
		p.texts, p.labels = make(map[string]string), make(map[string]map[string]string)
	}
	pod.Labels = p.same(pod.Labels)
	for _, text := range []*string{&pod.Namespace, &pod.Node, &pod.Phase, &pod.QoS,
		&pod.Owner.APIVersion, &pod.Owner.Kind, &pod.Owner.Name, (*string)(&pod.Owner.UID)} {
		p.text(text)
	}
	for i := range pod.Containers {
		c := &pod.Containers[i]
		p.text(&c.Name)
		p.text(&c.Image)
		p.text(&c.ImageID)
		for j := range c.Ports {
			p.text(&c.Ports[j].Name)
		}
	}
}

func (p *Pool) text(s *string) {
	if *s == "" {
		return
	}
	if have, ok := p.texts[*s]; ok {
		*s = have
		return
	}
	p.texts[*s] = *s
}

func (p *Pool) same(labels map[string]string) map[string]string {
	if len(labels) == 0 {
		return nil
	}
	p.names = slices.AppendSeq(p.names[:0], maps.Keys(labels))
	slices.Sort(p.names)
	p.buffer = p.buffer[:0]
	for _, name := range p.names {
		p.buffer = append(append(append(append(p.buffer, name...), 0), labels[name]...), 0)
	}
	if have, ok := p.labels[string(p.buffer)]; ok {
		return have
	}
	p.labels[string(p.buffer)] = labels
	return labels
}

package nginx

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"

	"pitwall/backends"
	"pitwall/serve/gateway/split"
)

// nameVariants tells which value of the split is which variant: by the owner's
// remark, else by the last letter of a name, else by the order of the lines.
func (p *plan) nameVariants() error {
	var values []string
	for _, s := range p.slots {
		if !slices.Contains(values, s.value) {
			values = append(values, s.value)
		}
	}
	for _, value := range values {
		p.variants = append(p.variants, variant{value: value, upstream: p.conf.upstream(p.host(value))})
	}
	if err := p.byRemark(); err != nil {
		return err
	}
	if err := p.byOrder(p.byName()); err != nil {
		return err
	}
	p.siblings()
	slices.SortStableFunc(p.variants, func(a, b variant) int { return strings.Compare(a.name, b.name) })
	for i, s := range p.slots {
		k := slices.IndexFunc(p.variants, func(v variant) bool { return v.value == s.value })
		p.slots[i].variant = p.variants[k].name
	}
	return nil
}

func (p *plan) taken(name string) bool {
	return slices.ContainsFunc(p.variants, func(v variant) bool { return v.name == name })
}

// byRemark names what a remark names: of the upstream, or behind a line.
func (p *plan) byRemark() error {
	for i, v := range p.variants {
		name := p.remarked(v.upstream)
		for _, s := range p.slots {
			if s.value == v.value && s.line != nil && name == "" {
				if comment, ok := s.line.file.commentAfter(s.line.end); ok {
					name = s.line.file.variantIn(comment)
				}
			}
		}
		if name != "" && p.taken(name) {
			return p.unreadable(fmt.Sprintf("two upstreams are marked as variant %s", name))
		}
		p.variants[i].name = name
	}
	return nil
}

// remarked gives the variant that an upstream is marked as.
func (p *plan) remarked(upstream *directive) string {
	if upstream == nil {
		return ""
	}
	f := upstream.file
	for _, comment := range f.commentsIn(upstream.open, upstream.close) {
		if name := f.variantIn(comment); name != "" {
			return name
		}
	}
	if comment, ok := f.commentAbove(upstream.start); ok {
		return f.variantIn(comment)
	}
	return ""
}

// sideWords are last words of a name that tell its variant. Taking a canary for
// stable because its line comes first would be the worst of mistakes.
var sideWords = map[string]string{
	"stable": "A", "primary": "A", "control": "A", "main": "A", "prod": "A",
	"canary": "B", "candidate": "B", "challenger": "B", "experiment": "B",
}

// lastLetter is how a name tells its variant: churn-a, churn_B, b.
var lastLetter = regexp.MustCompile(`^(?:.*[-_.])?([a-eA-E])$`)

func letterOf(name string) string {
	if side := sideWords[strings.ToLower(name[strings.LastIndexAny(name, "-_.")+1:])]; side != "" {
		return side
	}
	if m := lastLetter.FindStringSubmatch(name); m != nil {
		return strings.ToUpper(m[1])
	}
	return ""
}

// letter gives the variant that the names of one side tell.
func (p *plan) letter(v variant) string {
	host := p.host(v.value)
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	for _, name := range []string{v.value, host} {
		if letter := letterOf(name); letter != "" {
			return letter
		}
	}
	for _, s := range p.conf.servers(v.upstream) {
		if letter := letterOf(s.host); letter != "" {
			return letter
		}
	}
	return ""
}

// byName names the sides whose names tell it, if they agree.
func (p *plan) byName() (clash string) {
	letters := make([]string, len(p.variants))
	for i, v := range p.variants {
		if v.name != "" {
			continue
		}
		letters[i] = p.letter(v)
		if letters[i] != "" && (p.taken(letters[i]) || slices.Contains(letters[:i], letters[i])) {
			return fmt.Sprintf("the names of two sides tell that they are %s", letters[i])
		}
	}
	for i, letter := range letters {
		if letter != "" {
			p.variants[i].name = letter
		}
	}
	return ""
}

// byOrder gives the names that are left to the sides that have none.
func (p *plan) byOrder(why string) error {
	if why == "" {
		why = "nothing tells which side is which"
	}
	var told []string
	for i, v := range p.variants {
		if v.name != "" {
			continue
		}
		free := strings.IndexFunc(split.Names, func(r rune) bool { return !p.taken(string(r)) })
		if free < 0 {
			return p.unreadable(fmt.Sprintf("it splits between more than %d sides", len(split.Names)))
		}
		p.variants[i].name = split.Names[free : free+1]
		told = append(told, fmt.Sprintf("%s is taken as %s", v.value, p.variants[i].name))
	}
	if told != nil {
		p.notes = append(p.notes, fmt.Sprintf("%s, so they are named in the order of the lines: %s; write \"%svariant %s\" above the stable upstream to say otherwise",
			why, strings.Join(told, ", "), remarkPrefix, backends.Stable))
	}
	return nil
}

// siblings adds the upstreams that belong to the split but have no line in it:
// marked ones, and churn-c beside churn-a.
func (p *plan) siblings() {
	for _, u := range p.conf.upstreams() {
		if slices.ContainsFunc(p.variants, func(v variant) bool { return v.upstream == u }) {
			continue
		}
		name := p.remarked(u)
		if letter := letterOf(u.arg(1)); name == "" && p.stems(u.arg(1)) {
			name = letter
		}
		if value := p.valueFor(u); name != "" && !p.taken(name) && value != "" {
			p.variants = append(p.variants, variant{name: name, value: value, upstream: u})
		}
	}
}

// stems tells whether a name differs from an upstream of the split in its last
// letter only.
func (p *plan) stems(name string) bool {
	return slices.ContainsFunc(p.variants, func(v variant) bool {
		if v.upstream == nil {
			return false
		}
		other := v.upstream.arg(1)
		return lastLetter.MatchString(name) && lastLetter.MatchString(other) && name[:len(name)-1] == other[:len(other)-1]
	})
}

// valueFor gives the value of the split that leads to an upstream.
func (p *plan) valueFor(u *directive) string {
	name := u.arg(1)
	tries := []string{name, "http://" + name}
	if letter := letterOf(name); letter != "" {
		tries = append(tries, name[len(name)-1:])
	}
	if p.use.through != nil {
		for _, line := range p.conf.children(p.use.through) {
			tries = append(tries, line.name())
		}
	}
	for _, value := range tries {
		if p.host(value) == name {
			return value
		}
	}
	return ""
}

package world

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/split"
)

// Options say which workloads serve models.
type Options struct {
	// Selector are labels that a workload or its template must have; with none
	// ServesModel tells.
	Selector map[string]string
	// Everything takes every workload of a namespace in which none looks like
	// a model server: for namespaces that somebody named.
	Everything bool
}

// Deployment is a model deployment of a namespace.
type Deployment struct {
	Namespace, Name string
	Environment     string
	Door            *split.Door  // nil where nothing divides the requests
	Others          []split.Door // further front doors of the same workloads
	Variants        []Variant    // A first, then the candidates
	Notes           []string     // what is amiss, one sentence each
}

// Variant is one side of a deployment.
type Variant struct {
	Name     string
	Side     split.Side // zero without a front door
	Weight   float64    // percent, two decimals
	Workload *objects.Workload
	Set      *objects.Workload // the ReplicaSet of the newest template, nil where there is none
	Pods     []*objects.Pod    // those that run or start, in name order
	Leaving  []*objects.Pod    // those that are being removed
	Gone     int               // pods that ended for good and were not removed
}

// Group finds the deployments of a namespace, in name order. The doors are
// those of split.Find.
func Group(s *objects.Space, doors []split.Door, o Options) []Deployment {
	g := newGrouper(s, o)
	for i := range doors {
		g.addDoor(&doors[i])
	}
	for _, w := range s.Workloads {
		if !g.taken[w] && g.serves(w) {
			g.out = append(g.out, Deployment{Namespace: s.Name, Name: cmp.Or(label(w, LabelDeployment), w.Name), Variants: []Variant{g.lone(w)}})
		}
	}
	for i := range g.out {
		g.finish(&g.out[i])
	}
	unique(g.out)
	slices.SortFunc(g.out, func(a, b Deployment) int { return cmp.Compare(a.Name, b.Name) })
	return g.out
}

// serves reports whether a workload is one of a model deployment.
func (g *grouper) serves(w *objects.Workload) bool {
	if len(g.options.Selector) > 0 {
		return objects.Matches(g.options.Selector, w.Labels) || objects.Matches(g.options.Selector, w.Template.Labels)
	}
	return ServesModel(w) || g.everything
}

// addDoor makes a deployment of a front door whose sides serve models, or adds
// the door to the deployment that has them already.
func (g *grouper) addDoor(d *split.Door) {
	if d.Parent != nil {
		return
	}
	variants, model := make([]Variant, 0, len(d.Sides)), len(g.options.Selector) == 0 && len(d.Sides) > 1
	for _, side := range d.Sides {
		v := g.side(side)
		if v.Workload != nil {
			model = model || g.serves(v.Workload)
		}
		variants = append(variants, v)
	}
	if !model {
		return
	}
	if at := g.sharing(variants); at >= 0 {
		g.out[at].Others = append(g.out[at].Others, *d)
		return
	}
	for _, v := range variants {
		if v.Workload != nil {
			g.taken[v.Workload] = true
		}
	}
	g.out = append(g.out, Deployment{Namespace: g.space.Name, Name: g.nameOf(d, variants), Door: d, Variants: variants})
}

// nameOf is what people call a deployment: what its workloads say, else the
// name of its front door.
func (g *grouper) nameOf(d *split.Door, variants []Variant) string {
	for _, v := range variants {
		if v.Workload != nil {
			if name := label(v.Workload, LabelDeployment); name != "" {
				return name
			}
		}
	}
	return d.Name
}

// sharing finds the deployment that has one of the variants' workloads.
func (g *grouper) sharing(variants []Variant) int {
	return slices.IndexFunc(g.out, func(d Deployment) bool {
		return slices.ContainsFunc(d.Variants, func(have Variant) bool {
			return have.Workload != nil && slices.ContainsFunc(variants, func(v Variant) bool { return v.Workload == have.Workload })
		})
	})
}

// finish names the variants and rounds their weights.
func (g *grouper) finish(d *Deployment) {
	nameVariants(d)
	if d.Door == nil {
		d.Variants[0].Weight = 100
	} else {
		round(d.Variants)
	}
	for _, v := range d.Variants {
		if v.Workload != nil {
			d.Environment = cmp.Or(d.Environment, label(v.Workload, LabelEnvironment))
		}
	}
	if d.Environment == "" {
		d.Environment = environmentOf(d.Namespace)
	}
}

// environmentOf reads the environment from the words of a namespace's name.
func environmentOf(namespace string) string {
	for _, word := range strings.FieldsFunc(namespace, func(r rune) bool { return r == '-' || r == '_' || r == '.' }) {
		switch word {
		case "prod", "production", "live", "prd":
			return "production"
		case "staging", "stage", "stg", "preprod":
			return "staging"
		case "dev", "development", "test", "qa", "sandbox":
			return word
		}
	}
	return ""
}

// round gives every variant the weight of its side with two decimals; what is
// lost by rounding goes to the greatest.
func round(variants []Variant) {
	sum, greatest := 0.0, 0
	for i := range variants {
		v := &variants[i]
		v.Weight = math.Round(v.Side.Share*100) / 100
		sum += v.Weight
		if v.Weight > variants[greatest].Weight {
			greatest = i
		}
	}
	if rest := 100 - sum; sum > 0 && math.Abs(rest) < 1 {
		w := &variants[greatest].Weight
		*w = math.Round((*w+rest)*100) / 100
	}
}

// nameVariants puts the stable side first and names the sides: by their label,
// else A is the side that the object calls stable, else the first whose name
// is not that of a candidate.
func nameVariants(d *Deployment) {
	slices.SortStableFunc(d.Variants, func(a, b Variant) int { return cmp.Compare(rank(a), rank(b)) })
	used := make(map[string]bool)
	for i := range d.Variants {
		name := backends.Stable
		if i > 0 {
			name = string(rune('A' + i))
		}
		if i >= 26 {
			name = "V" + strconv.Itoa(i+1)
		}
		if w := d.Variants[i].Workload; w != nil && i > 0 {
			if said := label(w, LabelVariant); said != "" && said != backends.Stable && !used[said] {
				name = said
			}
		}
		used[name], d.Variants[i].Name = true, name
	}
	slices.SortStableFunc(d.Variants[1:], func(a, b Variant) int { return cmp.Compare(a.Name, b.Name) })
}

// candidates are the words by which people call what is not stable.
var candidates = []string{"canary", "candidate", "green", "preview", "challenger", "shadow", "next", "new", "b", "c", "d"}

// rank orders the sides: stable before what says nothing before candidates.
func rank(v Variant) int {
	if v.Workload != nil {
		switch label(v.Workload, LabelVariant) {
		case "":
		case backends.Stable:
			return 0
		default:
			return 3
		}
	}
	if v.Side.Stable {
		return 1
	}
	words := strings.FieldsFunc(v.Side.Name, func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	if len(words) > 0 && slices.Contains(candidates, strings.ToLower(words[len(words)-1])) {
		return 3
	}
	return 2
}

// unique gives deployments of one name names that differ.
func unique(list []Deployment) {
	seen := make(map[string]int)
	for i := range list {
		d := &list[i]
		seen[d.Name]++
		if n := seen[d.Name]; n > 1 {
			d.Name += "-" + strconv.Itoa(n)
			d.Notes = append(d.Notes, "another deployment of this namespace has its name: label its workloads with "+LabelDeployment)
		}
	}
}

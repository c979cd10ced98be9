package desired

import (
	"slices"
	"time"

	"pitwall/backends"
)

// Deployment is the configuration of one deployment.
type Deployment struct {
	Name       string     `json:"name"`
	Salt       string     `json:"salt"`       // of the sticky assignment
	Generation uint64     `json:"generation"` // counts configuration changes
	Variants   []Variant  `json:"variants"`   // A first, then name order
	Revisions  []Revision `json:"revisions"`  // oldest first
	Models     []Model    `json:"models"`     // what deploy can name
	Rollout    *Rollout   `json:"rollout,omitempty"`
	SplitBy    string     `json:"split_by,omitempty"`
	SplitAt    time.Time  `json:"split_at,omitzero"`
}

// Variant is what is wanted of one variant.
type Variant struct {
	Name     string  `json:"name"`
	Revision int     `json:"revision"` // number in Deployment.Revisions
	Replicas int     `json:"replicas"`
	Weight   float64 `json:"weight"` // percent
}

// Model is a model file that the state directory holds.
type Model struct {
	Version  string    `json:"version"`
	File     string    `json:"file"`               // base name
	SHA256   string    `json:"sha256"`             // hex
	Baseline string    `json:"baseline,omitempty"` // file name under baselines/; "" when there is none
	Note     string    `json:"note,omitempty"`
	AddedAt  time.Time `json:"added_at"`
}

// Revision is a state of a variant that can be restored.
type Revision struct {
	Number    int           `json:"number"`
	Variant   string        `json:"variant"`
	Model     Model         `json:"model"`
	Replicas  int           `json:"replicas"`
	CreatedAt time.Time     `json:"created_at"`
	By        string        `json:"by,omitempty"`
	Reason    string        `json:"reason,omitempty"`
	GoodFor   time.Duration `json:"good_for"`
}

// Rollout is a staged change that is in progress or was given up.
type Rollout struct {
	Operation    backends.Op `json:"operation"`
	Variant      string      `json:"variant"`
	From         int         `json:"from"` // revision that ran before, 0 when the variant is new
	To           int         `json:"to"`   // revision wanted
	FromReplicas int         `json:"from_replicas"`
	Candidate    string      `json:"candidate,omitempty"` // promote: the variant to retire at the end
	By           string      `json:"by,omitempty"`
	StartedAt    time.Time   `json:"started_at"`
	Paused       bool        `json:"paused,omitempty"`
	Failed       bool        `json:"failed,omitempty"` // given up; Message says why
	EndedAt      time.Time   `json:"ended_at,omitzero"`
	Message      string      `json:"message,omitempty"`
}

// Clone copies everything that can be changed in place.
func (d Deployment) Clone() Deployment {
	d.Variants = slices.Clone(d.Variants)
	d.Revisions = slices.Clone(d.Revisions)
	d.Models = slices.Clone(d.Models)
	if d.Rollout != nil {
		d.Rollout = new(*d.Rollout)
	}
	return d
}

// Variant gives the variant of that name to read or change, nil when there is none.
func (d *Deployment) Variant(name string) *Variant {
	i := slices.IndexFunc(d.Variants, func(v Variant) bool { return v.Name == name })
	if i < 0 {
		return nil
	}
	return &d.Variants[i]
}

// Revision gives the revision of that number to read or change, nil when there is none.
func (d *Deployment) Revision(number int) *Revision {
	i := slices.IndexFunc(d.Revisions, func(r Revision) bool { return r.Number == number })
	if i < 0 {
		return nil
	}
	return &d.Revisions[i]
}

// Names lists the variants' names.
func (d *Deployment) Names() []string {
	names := make([]string, 0, len(d.Variants))
	for _, v := range d.Variants {
		names = append(names, v.Name)
	}
	return names
}

// keepRevisions is how many revisions a deployment remembers.
const keepRevisions = 50

// AddRevision numbers a revision, remembers it and gives its number. The
// oldest ones are forgotten, except those that run or are rolled out.
func (d *Deployment) AddRevision(r Revision) int {
	r.Number = 1
	if n := len(d.Revisions); n > 0 {
		r.Number = d.Revisions[n-1].Number + 1
	}
	d.Revisions = append(d.Revisions, r)
	for i := 0; len(d.Revisions) > keepRevisions && i < len(d.Revisions)-1; {
		if d.inUse(d.Revisions[i].Number) {
			i++
			continue
		}
		d.Revisions = slices.Delete(d.Revisions, i, i+1)
	}
	return r.Number
}

func (d *Deployment) inUse(revision int) bool {
	if r := d.Rollout; r != nil && (r.From == revision || r.To == revision) {
		return true
	}
	return slices.ContainsFunc(d.Variants, func(v Variant) bool { return v.Revision == revision })
}

// Remove takes a variant out.
func (d *Deployment) Remove(name string) {
	d.Variants = slices.DeleteFunc(d.Variants, func(v Variant) bool { return v.Name == name })
}

// Active is the rollout in progress, nil when there is none.
func (d Deployment) Active() *Rollout {
	if d.Rollout == nil || d.Rollout.Failed {
		return nil
	}
	return d.Rollout
}

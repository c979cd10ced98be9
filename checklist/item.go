package checklist

import (
	"slices"
	"time"
)

// Item is a line of the checklist.
type Item struct {
	ID    string // a word in lower case with hyphens
	Phase Phase
	Title string
	Why   string // one sentence for who wonders what it is for

	// Probes answer it, the worst of them counts. None means that only people can.
	Probes []string
	// Attest is what a person has to say beside the probes, as a sentence; ""
	// when the probes say it all. An item without probes needs it.
	Attest string
	// Expires is how long what a person says holds.
	Expires time.Duration
	// Standing says that what a person says is about the deployment, not about
	// the version that runs now: a new digest leaves it as it is.
	Standing bool
	// PerVariant says that what a person says is about the variant's place (its
	// variables, its traffic) and does not move with the version to another one.
	PerVariant bool
	// Second asks for the approval of another person.
	Second bool
	// MaxAge is how long evidence of a probe holds.
	MaxAge time.Duration
	// Advice says that no gate waits for it.
	Advice bool

	Line int // of the file that it was read from
}

// Human reports whether a person has to say something.
func (i Item) Human() bool { return i.Attest != "" }

// about reports whether what was found or said of one subject is about another.
func (i Item) about(s, t Subject) bool {
	return s.RunsAs(t) && (!i.PerVariant || s.Variant == t.Variant)
}

// covers reports whether what a person said of one subject counts for another.
func (i Item) covers(s, t Subject) bool { return i.Standing || i.about(s, t) }

// List is a checklist: its items in the order in which they are walked, and
// what the probes measure against.
type List struct {
	Items    []Item
	Settings Settings
}

// Item finds an item.
func (l List) Item(id string) (Item, bool) {
	i := slices.IndexFunc(l.Items, func(x Item) bool { return x.ID == id })
	if i < 0 {
		return Item{}, false
	}
	return l.Items[i], true
}

// Of are the items of some phases, all of them for none.
func (l List) Of(phases ...Phase) []Item {
	if len(phases) == 0 {
		return l.Items
	}
	var items []Item
	for _, i := range l.Items {
		if slices.Contains(phases, i.Phase) {
			items = append(items, i)
		}
	}
	return items
}

// IDs are the items' names.
func (l List) IDs() []string {
	ids := make([]string, len(l.Items))
	for i, x := range l.Items {
		ids[i] = x.ID
	}
	return ids
}

// probes are the probes of some items, each once, in order.
func probes(items []Item) []string {
	var ids []string
	for _, i := range items {
		for _, p := range i.Probes {
			if !slices.Contains(ids, p) {
				ids = append(ids, p)
			}
		}
	}
	return ids
}

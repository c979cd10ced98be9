package kubernetes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"pitwall/backends"
	"pitwall/backends/internal/mask"
	"pitwall/backends/internal/words"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/owner"
	"pitwall/backends/kubernetes/rollout"
	"pitwall/backends/kubernetes/split"
	"pitwall/backends/kubernetes/world"
)

// takenBackLately is for how long it is told that a change was taken back: what
// is committed days later is how Git is meant to work.
const takenBackLately = 24 * time.Hour

// lost is something that pitwall wrote to an object and that is there no more.
type lost struct {
	ref        api.Ref
	annotation string // of the note that was written with it
	note       note
	variant    string // "" for a split
	what       string // "split A=90 B=10"
	now        string // what is there instead
	places     []owner.Place
}

// takenBack tells who wrote over what pitwall had written. That pitwall did, the
// note on the object tells everybody: it was written with the change, while the
// journal is each user's own. Only what differs is asked for, since the watch
// keeps no lists of fields.
func (b *Backend) takenBack(ctx context.Context, s scene) (out []backends.Reason, err error) {
	missing := s.lostSplit()
	for _, v := range s.found.Variants {
		missing = append(missing, lostImages(v)...)
	}
	for _, l := range missing {
		fields, failed := b.fields(ctx, l.ref)
		if failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		w, ok := owner.Reverted(fields, l.annotation, l.places...)
		if ok && (w.At.IsZero() || b.options.Now().Sub(w.At) < takenBackLately) {
			out = append(out, b.rewritten(s, l, w))
		}
	}
	return out, err
}

// fields are the managedFields of an object.
func (b *Backend) fields(ctx context.Context, r api.Ref) ([]meta.ManagedFieldsEntry, error) {
	client, err := b.client.Metadata()
	if err != nil {
		return nil, err
	}
	o, err := client.Resource(r.Resource).Namespace(r.Namespace).Get(ctx, r.Name, meta.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("read who wrote the %s: %w", r, api.Explain(err))
	}
	return o.ManagedFields, nil
}

// lostSplit is a split that pitwall wrote and that the front door does not have.
// A controller that goes through steps moves on by itself.
func (s scene) lostSplit() []lost {
	d := s.found.Door
	if d == nil || d.Rollout != nil || d.Mechanism == split.ArgoRollouts || d.Mechanism == split.Flagger {
		return nil
	}
	n, ours := readNote(metaOf(s.space, d.Ref), splitNote)
	now := s.shown.Split()
	if !ours || n.Split.Equal(now) || !slices.Equal(n.Split.Names(), now.Names()) {
		return nil
	}
	return []lost{{ref: d.Ref, annotation: splitNote, note: n, what: "split " + n.Split.String(), now: "it is " + now.String() + " now",
		places: owner.Weights(schema.GroupKind{Group: d.Resource.Group, Kind: d.Kind})}}
}

// lostImages are those that pitwall wrote into the template of a variant and
// that are not there.
func lostImages(v world.Variant) []lost {
	w := v.Workload
	if w == nil || w.Kind == objects.ReplicaSet {
		return nil
	}
	n, ours := readNote(w.Meta, operationNote)
	if !ours {
		return nil
	}
	l := lost{ref: rollout.Ref(w), annotation: operationNote, note: n, variant: v.Name, what: fmt.Sprintf("%s of %s", n.Op, v.Name)}
	for _, name := range slices.Sorted(maps.Keys(n.Images)) {
		i := slices.IndexFunc(w.Template.Containers, func(c objects.TemplateContainer) bool { return c.Name == name })
		if i >= 0 && w.Template.Containers[i].Image != n.Images[name] {
			l.now = fmt.Sprintf("%s has the image %s again, %s was written", name, w.Template.Containers[i].Image, n.Images[name])
			l.places = append(l.places, owner.Image(name))
		}
	}
	if l.places == nil {
		return nil
	}
	return []lost{l}
}

// rewritten is what was lost as a reason.
func (b *Backend) rewritten(s scene, l lost, w owner.Rewrite) backends.Reason {
	r := backends.Reason{Kind: backends.ReasonTakenBack, Variant: l.variant, State: backends.OK, Since: w.At}
	did := "wrote over"
	r.Next = "ask who that was before it is written again"
	if w.Reconciles {
		did, r.State = "took back", backends.Warn
		r.Next = "it does so again: change what it works from"
	}
	r.Text = fmt.Sprintf("%s %s the %s (%s)", w.By, did, l.what, l.ref)
	if wrote := cmp.Or(w.Wrote, l.note.At.Truncate(time.Second)); !w.At.IsZero() && !wrote.After(w.At) {
		r.Text = fmt.Sprintf("%s %s the %s (%s) %s after pitwall wrote it", w.By, did, l.what, l.ref, words.Age(w.At.Sub(wrote)))
	}
	by := l.note.By + " had asked for it"
	if l.note.Reason != "" {
		by += ": " + mask.Text(oneLine(l.note.Reason))
	}
	r.Evidence = []string{l.now, by}
	switch o, known := b.writes(s.space, l.ref); {
	case !known || !w.Reconciles:
	case o.Kind == owner.Helm:
		r.Next = "put it into the values of the " + o.String() + ": every upgrade takes it back again"
	case o.Pause != "":
		r.Evidence = append(r.Evidence, o.String()+" owns it")
		r.Next = "commit it to Git, or pause what takes it back: " + o.Pause
	}
	return r
}

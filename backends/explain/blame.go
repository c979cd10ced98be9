package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/words"
)

// symptom is what evidence is about, where that limits what can have caused it.
type symptom string

const (
	anySymptom   symptom = ""        // any change that concerns the variant may be the cause
	ofVersion    symptom = "version" // only another version of the variant itself can be: refusals, drift of one side
	ofLoad       symptom = "load"    // another version, more users or fewer replicas: memory
	ofTheOutside symptom = "outside" // no change made here: the requests themselves, a source that is away
)

// versionOps give a variant another version.
var versionOps = []backends.Op{backends.OpDeploy, backends.OpRollback, backends.OpPromote}

// mayCause reports whether a change is able to bring a symptom about in a
// variant, "" being any.
func (h happened) mayCause(s symptom, variant string) bool {
	switch {
	case s == ofTheOutside, h.op == backends.OpPause:
		return false
	case s == ofVersion && !slices.Contains(versionOps, h.op):
		return false
	case s == ofLoad && h.op == backends.OpRestart:
		return false
	}
	return variant == "" || h.concerns(variant)
}

// concerns reports whether a variant got another version, other replicas or
// more users. Where the weights before are not known, it may have.
func (h happened) concerns(variant string) bool {
	switch h.op {
	case backends.OpSplit, backends.OpCutover, backends.OpAbort:
		return len(h.from) == 0 || h.to[variant] > h.from[variant]
	case backends.OpPromote:
		return variant == backends.Stable || h.variant == variant
	default:
		return h.variant == "" || h.variant == variant
	}
}

// retreats reports whether the change took users to safety: it may not have
// helped, but taking it back puts them where they fled from.
func (h happened) retreats() bool {
	switch h.op {
	case backends.OpRollback, backends.OpAbort:
		return true
	case backends.OpSplit, backends.OpCutover:
		return h.to[backends.Stable] >= 100
	default:
		return false
	}
}

// causing finds the last change just before an onset that can have caused a
// symptom of a variant.
func (c *scene) causing(onset time.Time, s symptom, variant string) (happened, bool) {
	if onset.IsZero() {
		return happened{}, false
	}
	for _, h := range slices.Backward(c.changes) {
		lead := onset.Sub(h.at)
		if lead >= -slack && lead <= justBefore && h.mayCause(s, variant) && !c.troubledBefore(h) {
			return h, true
		}
	}
	return happened{}, false
}

// ofRequests are the alerts about requests that are not answered well.
var ofRequests = []string{"HighLatency", "HighErrorRatio", "GatewayDown", "NoReplica", "ReplicaDown"}

// troubledBefore reports whether requests were in trouble already when a change
// was made, or come in a surge: more users and other replicas may make that
// worse, and did not begin it. Another version may bring a trouble of its own.
func (c *scene) troubledBefore(h happened) bool {
	if slices.Contains(versionOps, h.op) {
		return false
	}
	return len(surge(c)) > 0 || slices.ContainsFunc(c.alerts, func(a backends.Alert) bool {
		return slices.Contains(ofRequests, a.Name) && !a.Since.IsZero() && a.Since.Before(h.at.Add(-slack))
	})
}

// since says when something began and what changed just before:
// " since 13:52:40, 40 s after split B 20→50 by ana@desk".
func (c *scene) since(onset time.Time, variant string) string {
	return c.sinceOf(onset, anySymptom, variant)
}

func (c *scene) sinceOf(onset time.Time, s symptom, variant string) string {
	if onset.IsZero() {
		return ""
	}
	text := " since " + c.clock(onset)
	if h, ok := c.causing(onset, s, variant); ok {
		text += fmt.Sprintf(", %s after %s", words.Age(max(0, onset.Sub(h.at))), h.text)
		if h.by != "" {
			text += " by " + h.by
		}
	}
	return text
}

// blame puts the change that came just before the first evidence which a
// change can have caused directly below that evidence, with what takes it
// back. found is ranked.
func blame(c *scene, found []Evidence) []Evidence {
	for i, e := range found {
		if e.State != backends.Warn && e.State != backends.Fail || e.Screen == screenRollout {
			continue // nothing is wrong, nothing is seen, or the change is the evidence
		}
		h, ok := c.causing(e.Since, e.symptom, e.variant)
		if !ok {
			continue
		}
		below := c.change(h, e)
		if i+1 < len(found) {
			below.Score = max(below.Score, found[i+1].Score)
		}
		return slices.Insert(found, i+1, below)
	}
	return found
}

// change is a change as evidence of its own, for what came after it.
func (c *scene) change(h happened, after Evidence) Evidence {
	e := Evidence{
		Score: max(0, after.Score-1), State: backends.Warn, Since: h.at, Screen: screenRollout,
		Title:  fmt.Sprintf("%s before %s: %s", words.Age(max(0, after.Since.Sub(h.at))), after.name(), h.text),
		Detail: "at " + c.clock(h.at),
	}
	if h.by != "" {
		e.Detail += " by " + h.by
	}
	if h.op == backends.OpSplit {
		e.Screen = screenSplit
	}
	e.Action, e.Next = c.takeBack(h)
	return e
}

// name is what evidence is about, for a sentence about something else.
func (e Evidence) name() string {
	if e.about != "" {
		return e.about
	}
	name := e.Title
	for _, end := range []string{" since ", ": ", ", "} {
		name, _, _ = strings.Cut(name, end)
	}
	return fmt.Sprintf("%q", name)
}

// takeBack is the change that undoes h, and what to say of it. The change is nil
// when there is none, or when it would undo a return to safety.
func (c *scene) takeBack(h happened) (*backends.Change, string) {
	const back = "take that change back if nothing else explains it"
	d := c.Deployment
	if r := c.troubled(h.variant); h.op == backends.OpRollback && r != nil {
		return c.back(r), "what it brought back does not get ready: take it back as well, or deploy a version that is known to run"
	}
	if h.retreats() {
		return nil, "do not take it back: it brought users to safety; look for what was wrong before it"
	}
	switch {
	case h.op == backends.OpSplit || h.op == backends.OpCutover:
		return c.splitBack(h, back)
	case h.op == backends.OpDeploy:
		return &backends.Change{Op: backends.OpRollback, Deployment: d.Name, Variant: h.variant}, back
	case h.op == backends.OpPromote:
		return &backends.Change{Op: backends.OpRollback, Deployment: d.Name, Variant: backends.Stable}, back
	case h.op == backends.OpScale && h.replicas > 0:
		return &backends.Change{Op: backends.OpScale, Deployment: d.Name, Variant: h.variant, Replicas: h.replicas}, back
	}
	return nil, "it cannot be taken back as it was: look at what it touched"
}

// splitBack brings the weights from before a split back, or all users to stable
// where that is not possible.
func (c *scene) splitBack(h happened, back string) (*backends.Change, string) {
	d := c.Deployment
	stable := c.toStable()
	instead := func(why string) (*backends.Change, string) {
		if stable == nil {
			return nil, why + ", and " + backends.Stable + " can take no more: look at what else began then"
		}
		return stable, why + ": move all users to " + backends.Stable + " if nothing else explains it"
	}
	if h.from == nil {
		return instead("the weights before it are not known here")
	}
	if h.from.Equal(d.Split()) {
		return nil, "it was taken back already: the split is " + h.from.String() + " again; look at what else began then"
	}
	for _, name := range h.from.Names() {
		if v, ok := d.Variant(name); h.from[name] > 0 && (!ok || v.Ready == 0) {
			return instead("it cannot be taken back as it was, " + name + " has no ready replica")
		}
	}
	return &backends.Change{Op: backends.OpSplit, Deployment: d.Name, Split: h.from}, back
}

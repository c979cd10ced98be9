package docker

import (
	"cmp"
	"fmt"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/docker/ledger"
	"pitwall/backends/docker/rollout"
	"pitwall/backends/docker/world"
)

// failedReason is how long a rollout that was given up is a deployment's
// reason, unless something else changes.
const failedReason = 15 * time.Minute

// join puts everything that is known of a deployment together, as a listing
// shows it. It is pure; Since is left to the caller.
func join(s scene) backends.Deployment {
	conf := s.Entry.Conf
	d := backends.Deployment{Name: s.Found.Name, Backend: "docker", Environment: s.Found.Environment, Token: token(s),
		Address: address(s.Found), Variants: []backends.Variant{}, SplitBy: conf.SplitBy, SplitAt: conf.SplitAt}
	if s.doorErr == nil {
		d.Uncounted = s.Door.Uncounted
	}
	for _, v := range conf.Variants {
		d.Variants = append(d.Variants, s.variant(v))
	}
	d.Rollout = s.rollout(d.Variants)
	d.State, d.Reason = health(d, s)
	return d
}

// noDoor stands in a token for a split that could not be read.
const noDoor = "no door"

// token names what a change is planned from: the configuration and the split
// that the front door really has.
func token(s scene) string {
	door := noDoor
	if s.doorErr == nil {
		door = s.Door.Split.String()
	}
	return fmt.Sprintf("%d %s", s.Entry.Conf.Generation, door)
}

// moved reports whether a scene is another state than the one with that token.
// One of the two may have been read while the front door did not answer: then
// the configuration alone decides, and a door that still does not answer is
// told as such.
func (s scene) moved(planned string) bool {
	now := token(s)
	generation, door, _ := strings.Cut(planned, " ")
	if same, _, _ := strings.Cut(now, " "); same == generation && (door == noDoor || s.doorErr != nil) {
		return false
	}
	return planned != now
}

// variant joins what is wanted of a variant with its containers.
func (s scene) variant(v desired.Variant) backends.Variant {
	out := backends.Variant{Name: v.Name, Weight: v.Weight, Desired: v.Replicas, Revision: v.Revision, Replicas: []backends.Replica{}}
	if !s.weighed(v.Name) {
		out.Weight = math.NaN()
	}
	if r := s.Entry.Conf.Revision(v.Revision); r != nil {
		out.Version, out.Image, out.Digest = r.Model.Version, r.Model.File, "sha256:"+r.Model.SHA256
	}
	if n, counted := s.Door.Counts[v.Name]; counted && s.doorErr == nil {
		out.Requests, out.Errors, out.Counted = n.Requests, n.Errors, true
	}
	stale := s.stale(v.Name)
	found, _ := s.Found.Variant(v.Name)
	for _, m := range s.members(found, v) {
		r := world.Replica(m, rollout.DoorNetwork(s.Scene, m))
		if text, is := stale[r.Name]; is {
			r.State, r.Cause, r.Reason = backends.Fail, backends.CauseStaleAddress, text
		}
		s.starting(m, &r)
		s.leaving(m, &r)
		s.unready(&r)
		s.apart(m, &r)
		if r.State == backends.OK {
			out.Ready++
		}
		out.Replicas = append(out.Replicas, r)
	}
	out.Replicas = append(out.Replicas, s.removed(v.Name, out.Version, v.Replicas-len(out.Replicas))...)
	return out
}

// weighed reports whether the weight of a variant is known: its front door tells
// it, or where that cannot be read now, the ledger has what was asked for.
func (s scene) weighed(variant string) bool {
	return s.doorErr == nil || s.Found.Door == nil || s.recorded.Variant(variant) != nil
}

// starting takes a container for well that the front door sends to and whose
// health probe is only due, the first or the next after a pause: it was asked
// before it was put there.
func (s scene) starting(m world.Member, r *backends.Replica) {
	h := m.Container.Health
	if r.State == backends.Progressing && (h.Status == "starting" || h.Status == "unhealthy") && h.Failing == 0 && s.doorErr == nil && rollout.Serves(s.Scene, m) {
		r.State, r.Reason = backends.OK, ""
	}
}

// leaving marks a container that a rollout takes away or brings in: it is well
// and does not count as ready while the front door does not send to it.
func (s scene) leaving(m world.Member, r *backends.Replica) {
	if r.State != backends.OK || s.doorErr != nil || s.Found.Door == nil || s.Door.Members == nil || rollout.Serves(s.Scene, m) {
		return
	}
	if s.Entry.Work != nil {
		r.State, r.Reason = backends.Progressing, "the front door does not send to it"
		return
	}
	r.State, r.Reason = backends.Warn, "it runs, and the front door does not send to it"
	if slices.ContainsFunc(s.orphaned(), func(v world.Variant) bool { return v.Name == m.Variant }) {
		r.State, r.Reason = backends.Fail, "it runs, and the front door still sends where the container was that it replaces"
	}
}

// unready marks a replica that passes its own probe and not the front door's,
// which sends nothing to it then.
func (s scene) unready(r *backends.Replica) {
	if r.State == backends.OK && s.doorErr == nil && s.Door.Unready[r.Name] {
		r.State, r.Reason = backends.Warn, "it runs, and the front door's own probe of it fails"
	}
}

// rollout tells the progress of what a process does, nil when nothing is done.
// Work whose process is gone is held: resume goes on with it.
func (s scene) rollout(variants []backends.Variant) *backends.Rollout {
	ro, work := s.Entry.Conf.Active(), s.Entry.Work
	if ro == nil && (work == nil || !work.Rolls) {
		return nil
	}
	out := &backends.Rollout{Operation: backends.OpAbort}
	if ro != nil {
		out.Operation, out.Variant, out.Paused, out.StartedAt, out.Message = ro.Operation, ro.Variant, ro.Paused, ro.StartedAt, ro.Message
		out.From, out.To = s.version(ro.From), s.version(ro.To)
		for _, v := range variants {
			if v.Name == ro.Variant {
				out.Total = v.Desired
			}
		}
		out.Done = rollout.Done(s.Scene, ro.Variant)
	} else {
		s.goingBack(out, variants)
	}
	switch {
	case work == nil && ro != nil:
		out.Paused, out.Message = true, "nobody carries it out: resume goes on with it"
	case !s.ours && !work.Beat.IsZero() && s.at.Sub(work.Beat) > ledger.StaleAfter/2 && !work.Stalled(s.at):
		out.Message = fmt.Sprintf("no sign of life for %.0f s of the pitwall that carries it out: after %.0f s it counts as held",
			s.at.Sub(work.Beat).Seconds(), ledger.StaleAfter.Seconds())
	case work != nil && work.Beat.IsZero():
		out.Paused, out.Message = true, "it was left half done: "+cmp.Or(work.Left, "the pitwall that carried it out was quit")+": resume goes on with it"
	case s.ours && s.waits != "":
		out.Message = "it waits: " + s.waits
	case s.ours:
	case work.Stalled(s.at):
		out.Paused = true
		out.Message = fmt.Sprintf("the pitwall that carried it out has been gone since %s: resume goes on with it", work.Beat.Local().Format(time.TimeOnly))
	}
	return out
}

// goingBack tells of the way back from a rollout, which has a configuration no
// longer: to which variant it leads, and why it is gone.
func (s scene) goingBack(out *backends.Rollout, variants []backends.Variant) {
	out.StartedAt, out.Message, out.Variant = s.Entry.Work.Since, s.Entry.Work.Text, backends.Stable
	for _, v := range variants {
		if v.Ready != v.Desired || len(v.Replicas) != v.Desired {
			out.Variant = v.Name
			break
		}
	}
	if failed := s.Entry.Conf.Rollout; failed != nil && failed.Failed {
		out.Variant, out.From, out.Message = failed.Variant, s.version(failed.To), failed.Message+": "+s.Entry.Work.Text
	}
	for _, v := range variants {
		if v.Name == out.Variant {
			out.To, out.Done, out.Total = v.Version, rollout.Done(s.Scene, v.Name), v.Desired
		}
	}
}

func (s scene) version(revision int) string {
	if r := s.Entry.Conf.Revision(revision); r != nil {
		return r.Model.Version
	}
	return ""
}

// health judges a deployment: the worst finding with its reason.
func health(d backends.Deployment, s scene) (backends.State, string) {
	worst, reason := backends.OK, ""
	find := func(state backends.State, text string) {
		if state.Severity() > worst.Severity() {
			worst, reason = state, text
		}
	}
	findDoor(s, find)
	desired.Judge(d, find)
	if w := s.Entry.Work; w.Stalled(s.at) && !w.Rolls && !s.ours {
		find(backends.Warn, fmt.Sprintf("%s by %s was begun at %s and never ended: see what the front door does, then change it again", w.Text, w.By, w.Since.Local().Format(time.TimeOnly)))
	}
	if ro := s.Entry.Conf.Rollout; ro != nil && ro.Failed && s.at.Sub(ro.EndedAt) < failedReason {
		find(backends.Warn, ro.Message)
	}
	if s.ledger != nil {
		find(backends.Warn, "what was wanted cannot be read: "+s.ledger.Error())
	}
	return worst, reason
}

func findDoor(s scene, find func(backends.State, string)) {
	if r, amiss := s.doorTrouble(); amiss {
		text := r.Text
		if len(r.Evidence) > 0 {
			text += ": " + r.Evidence[0]
		}
		find(r.State, text)
	}
	for _, note := range s.Found.Notes {
		find(backends.Warn, note)
	}
}

// address is where the front door listens for the world, "" when nobody knows.
func address(d world.Deployment) string {
	if d.Door == nil {
		return ""
	}
	if url := d.Door.Labels[world.LabelAddress]; url != "" {
		return strings.TrimSuffix(url, "/")
	}
	for _, p := range d.Door.Ports {
		if p.Host != 0 && p.Protocol == "tcp" {
			host := p.HostIP
			if host == "" || host == "0.0.0.0" || host == "::" {
				host = "127.0.0.1"
			}
			return "http://" + net.JoinHostPort(host, strconv.Itoa(int(p.Host)))
		}
	}
	return ""
}

// ready counts the replicas of each variant that serve.
func ready(d backends.Deployment) map[string]int {
	n := make(map[string]int)
	for _, v := range d.Variants {
		n[v.Name] = v.Ready
	}
	return n
}

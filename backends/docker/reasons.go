package docker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/rollout"
	"pitwall/backends/docker/world"
)

var _ backends.Explainer = (*Backend)(nil)

// Reasons implements backends.Explainer: what is amiss with the front door, and
// since when replicas stand still.
func (b *Backend) Reasons(ctx context.Context, deployment string) ([]backends.Reason, error) {
	s, err := b.scene(ctx, deployment)
	if err != nil {
		return nil, err
	}
	return s.reasons(), nil
}

func (s scene) reasons() []backends.Reason {
	out := []backends.Reason{}
	if r, amiss := s.doorTrouble(); amiss {
		out = append(out, r)
	}
	for _, v := range s.Found.Variants {
		for _, m := range v.Members {
			if r := world.Replica(m, ""); r.Cause == backends.CausePaused {
				out = append(out, backends.Reason{Kind: "paused", Variant: v.Name, Cause: r.Cause, State: backends.Warn,
					Text: r.Name + ": " + r.Reason, Since: m.End.Paused, Next: "`docker unpause " + r.Name + "`"})
			}
		}
	}
	return out
}

// doorTrouble tells what is amiss with the front door, why, and what to do about it.
func (s scene) doorTrouble() (backends.Reason, bool) {
	door := s.Found.Door
	r := backends.Reason{Kind: backends.ReasonFrontDoor, State: backends.Fail}
	unreadable := (*frontdoor.UnreadableError)(nil)
	abandoned, orphaned := s.abandoned(), s.orphaned()
	switch {
	case door == nil:
		r.State, r.Text = backends.Warn, "no front door was found: label its container "+world.LabelRole+"="+world.RoleDoor
		r.Next = "label the container that divides the requests, or name its service in the configuration"
	case !door.Running() && s.stoppedTogether(&r):
	case !door.Running():
		s.doorDown(&r)
	case errors.As(s.doorErr, &unreadable):
		r.State, r.Text = backends.Warn, unreadable.Error()
		r.Next = "put its configuration right; its container runs"
	case s.doorErr != nil && door.Health.Status == "unhealthy":
		r.Text = "its front door " + door.Name + " does not answer: " + s.doorErr.Error()
		r.Next = fmt.Sprintf("read its log (`docker logs --tail 50 %s`); `docker restart %[1]s` starts it anew", door.Name)
	case s.doorErr != nil:
		r.State, r.Text = backends.Warn, "its front door "+door.Name+" runs, and what it does cannot be read now: "+s.doorErr.Error()
		r.Next = fmt.Sprintf("see whether requests are answered, then read its log (`docker logs --tail 50 %s`)", door.Name)
	case s.Door.Split == nil:
		r.Text = "its front door " + door.Name + " has lost its split"
		r.Next = "a console that is open tells it the split again; a split from here does as well"
	case abandoned != "":
		r.Text = fmt.Sprintf("its front door %s sends %s %% of the requests to %s, of which no container is left", door.Name, backends.FormatWeight(s.Door.Split[abandoned]), abandoned)
		r.Evidence = []string{"it names " + s.Door.Members[abandoned][0].Name + ", which is gone"}
		r.Next = "make its containers anew with what made them (`pitwall up`, `docker-compose up`), or take " + abandoned + " out of the front door's configuration"
	case len(orphaned) > 0:
		s.doorOrphaned(&r, orphaned)
	case s.Door.Apart != nil && !s.working():
		s.doorApart(&r)
	default:
		return r, false
	}
	return r, true
}

// orphaned are the variants whose containers somebody else made anew and none of
// which the front door sends to.
func (s scene) orphaned() []world.Variant {
	if s.doorErr != nil || s.Found.Door == nil || s.lost() {
		return nil
	}
	var out []world.Variant
	for _, v := range s.Found.Variants {
		served := func(m world.Member) bool { return rollout.Serves(s.Scene, m) }
		if rollout.Replaced(s.Scene, v) && !slices.ContainsFunc(v.Members, served) {
			out = append(out, v)
		}
	}
	return out
}

// doorOrphaned tells of a front door that sends to containers that are gone.
func (s scene) doorOrphaned(r *backends.Reason, orphaned []world.Variant) {
	door, made := s.Found.Door.Name, "somebody, without pitwall,"
	var names []string
	weight := 0.0
	for _, v := range orphaned {
		names = append(names, v.Name)
		weight += s.Door.Split[v.Name]
		for _, m := range v.Members {
			if m.Compose {
				made = "Compose (`docker-compose up`)"
			}
			if r.Since.IsZero() || m.Container.Created.Before(r.Since) {
				r.Since = m.Container.Created
			}
		}
	}
	if weight == 0 {
		r.State = backends.Warn
	}
	who := strings.Join(names, " and ")
	r.Text = fmt.Sprintf("its front door %s sends %s %% of the requests to containers of %s that are gone", door, backends.FormatWeight(weight), who)
	r.Evidence = []string{fmt.Sprintf("%s made the containers of %s anew, and the front door has the addresses of those before them", made, who)}
	r.Next = "open a console (`pitwall`): it writes the new addresses within seconds; a restart of " + who + " from here does as well"
}

// working reports whether somebody changes the deployment now: the file of a
// door is written a moment after the door itself.
func (s scene) working() bool { return s.Entry.Work != nil && !s.Entry.Work.Stalled(s.at) }

// doorApart tells of a front door whose file says something else than it does.
func (s scene) doorApart(r *backends.Reason) {
	apart, door := s.Door.Apart, s.Found.Door.Name
	r.State, r.Text = backends.Warn, "a restart of the front door "+door+" would bring back what its file says"
	r.Evidence = []string{apart.Text}
	switch {
	case s.behind():
		r.Next = "a console that is open writes the file; a split from here does as well"
	case apart.Unkept != "":
		r.Next = "write into the file what it does, for pitwall cannot: " + apart.Unkept
	default:
		r.Next = fmt.Sprintf("see who changed which: `docker kill -s USR2 %s` makes it do what the file says, a split from here writes into the file what it does", door)
	}
}

// doorDown tells why a front door does not run, since when, and what makes it go on.
func (s scene) doorDown(r *backends.Reason) {
	door := s.Found.Door
	state := world.Replica(world.Member{Container: *door, End: s.Found.DoorEnd}, "")
	r.Text = "its front door " + door.Name + " does not run"
	r.Next = "`docker start " + door.Name + "` starts it again; then ask who ended it, or read its log"
	switch door.Status {
	case "paused":
		r.Text = "its front door " + door.Name + " is paused"
		r.Since, r.Next = s.Found.DoorEnd.Paused, "`docker unpause "+door.Name+"` lets it go on; then ask who paused it"
	case "restarting":
		r.Next = fmt.Sprintf("the engine starts it again and again: read its log (`docker logs --tail 50 %s`)", door.Name)
	}
	if x := state.LastExit; x != nil && door.Status != "paused" {
		r.Since = x.At
	}
	r.Evidence = []string{state.Reason, "no request of anybody gets through while it is down"}
	if x := state.LastExit; x != nil && x.Log != "" {
		r.Evidence = append(r.Evidence, fmt.Sprintf("its last line: %q", x.Log))
	}
}

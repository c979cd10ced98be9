package docker

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/rollout"
	"pitwall/backends/docker/world"
)

// members are the replicas of a variant: those that run or failed, and stopped
// ones that are missed: the front door still sends to them or, while it does
// not tell, they run what is wanted and too few others do.
func (s scene) members(v world.Variant, wanted desired.Variant) []world.Member {
	out := slices.Clone(v.Members)
	var others []world.Member
	for _, m := range v.Kept {
		if s.doorErr == nil && slices.ContainsFunc(s.Door.Members[v.Name], func(d frontdoor.Member) bool { return d.Name == m.Container.Name && !d.Draining }) {
			out = append(out, m)
		} else if s.wants(wanted, m) {
			others = append(others, m)
		}
	}
	down := s.Found.Door != nil && !s.Found.Door.Running()
	rolls := s.Entry.Work != nil && s.Entry.Work.Rolls // it stops some itself
	if down || s.doorErr != nil && !rolls {
		slices.SortStableFunc(others, func(a, b world.Member) int { return b.Container.FinishedAt.Compare(a.Container.FinishedAt) }) // those that ran last
		out = append(out, others[:min(len(others), max(0, wanted.Replicas-len(out)))]...)
	}
	return out
}

// wants reports whether a container runs what is wanted of a variant.
func (s scene) wants(v desired.Variant, m world.Member) bool {
	if s.Entry.Work != nil && slices.Contains(s.Entry.Work.Fresh, m.Container.Name) {
		return true
	}
	r := s.Entry.Conf.Revision(v.Revision)
	return r != nil && r.Model.SHA256 == imageID(m)
}

// apart marks a replica that the front door sends to and has no way to.
func (s scene) apart(m world.Member, r *backends.Replica) {
	if s.doorErr != nil || s.Found.Door == nil || !m.Container.Running() || !rollout.Serves(s.Scene, m) || !world.Apart(*s.Found.Door, m.Container) {
		return
	}
	r.State = backends.Fail
	r.Reason = fmt.Sprintf("it is on no network of the front door, which sends to it: `docker network connect %s %s` puts it back", s.network(), r.Name)
}

// network is the one on which the front door reaches the other replicas.
func (s scene) network() string {
	for _, v := range s.Found.Variants {
		for _, m := range v.Members {
			if name := rollout.DoorNetwork(s.Scene, m); name != "" {
				return name
			}
		}
	}
	return slices.Min(slices.Collect(maps.Keys(s.Found.Door.Networks))) // a door that is on none sees all
}

// stoppedTogether tells of a front door that the engine stopped at one time with
// replicas. Whether somebody asked for that or the engine died nobody can tell
// afterwards, so that nothing of it is started unasked.
func (s scene) stoppedTogether(r *backends.Reason) bool {
	door := world.Member{Container: *s.Found.Door, End: s.Found.DoorEnd}
	if !door.Stopped() {
		return false
	}
	var down []world.Member
	what := "nothing of it runs: the engine stopped %d containers"
	for _, v := range s.Entry.Conf.Variants {
		found, _ := s.Found.Variant(v.Name)
		for _, m := range s.members(found, v) {
			switch apart := m.Container.FinishedAt.Sub(door.Container.FinishedAt).Abs(); {
			case m.Container.Running():
				what = "its front door does not run: the engine stopped it and others, %d containers"
			case m.Stopped() && apart <= longestStop: // what ended by itself is told by itself
				down = append(down, m)
			}
		}
	}
	if len(down) == 0 {
		return false
	}
	down = append(down, door) // the last to be started
	r.Text = fmt.Sprintf(what+" at %s, as somebody may have asked it to, or as it does when it comes back after it died: %s starts them again",
		len(down), door.Container.FinishedAt.Local().Format(time.TimeOnly), s.starter(down))
	r.Since, r.Next = door.Container.FinishedAt, s.starter(down)+" starts them again; then see in its log whether the engine died"
	return true
}

// starter is the command that starts what is down.
func (s scene) starter(down []world.Member) string {
	if s.Found.Stack != "" && s.Found.DoorKind == frontdoor.Gateway {
		return "`pitwall up --backend docker:`"
	}
	names := make([]string, len(down))
	for i, m := range down {
		names[i] = m.Container.Name
	}
	return "`docker start " + strings.Join(names, " ") + "`"
}

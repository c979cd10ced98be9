package docker

import (
	"fmt"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/docker/frontdoor"
)

// notes are the effects that a change has on this front door.
func (s scene) notes(p desired.Plan) []backends.Effect {
	weights := !splitOf(p.Conf).Equal(s.Door.Split)
	if !weights && !p.Rolls && !p.Interrupts {
		return nil
	}
	var out []backends.Effect
	for _, note := range s.Door.Notes {
		out = append(out, backends.Effect{What: frontDoorOf(s.Found), Before: "", After: note})
	}
	return append(out, s.rollNotes(p)...)
}

// rollNotes are what a rollout does to a front door that is changed by a reload
// or keeps addresses.
func (s scene) rollNotes(p desired.Plan) []backends.Effect {
	ro := p.Conf.Active()
	if !p.Rolls || ro == nil || s.Found.DoorKind != frontdoor.NGINX && s.Found.DoorKind != frontdoor.HAProxy {
		return nil
	}
	var out []backends.Effect
	say := func(format string, args ...any) {
		out = append(out, backends.Effect{What: frontDoorOf(s.Found), After: fmt.Sprintf(format, args...)})
	}
	if n := s.tellings(p, *ro); n > 1 && s.Found.DoorKind == frontdoor.NGINX {
		say("this %s is %d such changes, for each replica that is put in or taken out is one: what a change costs is paid %d times", ro.Operation, n, n)
	}
	again := "when they are started or made anew"
	if s.Found.Project != "" {
		again += " (`docker-compose up` does that)"
	}
	say("it reaches the replicas of %s by the addresses that they have then: %s, an open console writes the new ones, and without one their requests fail until one is opened", ro.Variant, again)
	return out
}

// tellings is how often a rollout tells the front door of other members or
// weights: for each replica that comes and each that goes.
func (s scene) tellings(p desired.Plan, ro desired.Rollout) int {
	count := func(name string) int {
		v, _ := s.Found.Variant(name)
		return len(v.Members)
	}
	n, wanted := count(ro.Variant), 0
	if v := p.Conf.Variant(ro.Variant); v != nil {
		wanted = v.Replicas
	}
	switch ro.Operation {
	case backends.OpScale:
		return max(n-wanted, wanted-n)
	case backends.OpPromote:
		return n + wanted + 1 + count(ro.Candidate)
	}
	return n + wanted
}

package supervisor

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/desired"
)

const (
	failedShown  = 3 * time.Second  // a rollout that was given up, so that whoever watches reads why
	failedReason = 15 * time.Minute // … and how long it is the deployment's reason, unless something else changes
)

func replicaName(deployment, variant string, n int) string {
	return deployment + "-" + strings.ToLower(variant) + "-" + strconv.Itoa(n)
}

// replicaNumber is the n of replicaName, for ordering.
func replicaNumber(name string) int {
	n, _ := strconv.Atoi(name[strings.LastIndexByte(name, '-')+1:])
	return n
}

// snapshot is the deployment as a listing shows it.
func (d *deployment) snapshot() backends.Deployment {
	gate := d.gate.Status()
	d.mu.Lock()
	defer d.mu.Unlock()
	out := backends.Deployment{Name: d.name, Backend: "local", Environment: "local", Token: d.token(d.conf),
		SplitBy: d.conf.SplitBy, SplitAt: d.conf.SplitAt, Variants: []backends.Variant{}}
	if gate.addr != "" {
		out.Address = "http://" + gate.addr
	}
	for _, v := range d.conf.Variants {
		shown := d.variant(v)
		for _, told := range gate.state.Variants {
			if told.Name == v.Name && gate.counted {
				shown.Requests, shown.Errors, shown.Counted = uint64(told.Requests), uint64(told.Errors), true
			}
		}
		out.Variants = append(out.Variants, shown)
	}
	out.Rollout = d.shownRollout(out.Variants)
	aftermath, why := d.aftermath()
	out.State, out.Reason = health(out, gate, aftermath, why)
	if out.State != d.state || d.since.IsZero() {
		d.state, d.since = out.State, d.now()
	}
	out.Since = d.since
	return out
}

// variant joins what is wanted of a variant with its replicas.
func (d *deployment) variant(v desired.Variant) backends.Variant {
	model := d.conf.Revision(v.Revision).Model
	out := backends.Variant{Name: v.Name, Version: model.Version, Image: model.File, Digest: "sha256:" + model.SHA256,
		Weight: v.Weight, Desired: v.Replicas, Revision: v.Revision, Replicas: []backends.Replica{}}
	for _, r := range d.replicas {
		if r.variant != v.Name {
			continue
		}
		st := r.Status()
		if st.phase == phaseReady && !st.draining {
			out.Ready++
		}
		out.Replicas = append(out.Replicas, shownReplica(r, st))
	}
	slices.SortFunc(out.Replicas, func(a, b backends.Replica) int {
		return cmp.Compare(replicaNumber(a.Name), replicaNumber(b.Name))
	})
	return out
}

func shownReplica(r *replica, st status) backends.Replica {
	out := backends.Replica{Name: r.name, Version: r.version, Address: st.addr, PID: st.pid, Restarts: st.restarts,
		StartedAt: st.started, LastExit: st.exit, Reason: st.reason}
	switch {
	case st.draining:
		out.State, out.Reason = backends.Progressing, "finishes its requests and is then stopped"
	case st.phase == phaseReady && st.failures >= crashLoopAfter:
		out.State = backends.Warn
	case st.phase == phaseReady:
		out.State = backends.OK
	case st.phase == phaseStarting && st.failures == 0:
		out.State = backends.Progressing
	default:
		out.State = backends.Fail
	}
	return out
}

// shownRollout tells the progress of the rollout, nil when there is none.
func (d *deployment) shownRollout(variants []backends.Variant) *backends.Rollout {
	ro := d.conf.Rollout
	if ro == nil || ro.Failed && d.running == nil && d.now().Sub(ro.EndedAt) > failedShown {
		return nil
	}
	out := &backends.Rollout{Operation: ro.Operation, Variant: ro.Variant, Paused: ro.Paused,
		StartedAt: ro.StartedAt, Message: ro.Message}
	if r := d.conf.Revision(ro.From); r != nil {
		out.From = r.Model.Version
	}
	if r := d.conf.Revision(ro.To); r != nil {
		out.To = r.Model.Version
	}
	for _, v := range variants {
		if v.Name == ro.Variant {
			out.Total = v.Desired
		}
	}
	if !ro.Failed { // after it the targets are those of before
		out.Done = min(d.fresh(ro.Variant), out.Total)
	}
	return out
}

// aftermath tells what is left of a rollout that ended early.
func (d *deployment) aftermath() (backends.State, string) {
	switch ro := d.conf.Rollout; {
	case ro != nil && ro.Failed && d.now().Sub(ro.EndedAt) < failedReason:
		return backends.Warn, ro.Message
	case d.running != nil && d.running.revert != "":
		return backends.Progressing, d.running.revert
	}
	return backends.OK, ""
}

// fresh counts the ready replicas that are as their target wants them.
func (d *deployment) fresh(variant string) int {
	n := 0
	for _, r := range d.replicas {
		if st := r.Status(); r.variant == variant && r.epoch == d.targets[variant].epoch && st.phase == phaseReady && !st.draining {
			n++
		}
	}
	return n
}

package supervisor

import (
	"pitwall/backends"
	"pitwall/backends/desired"
)

// health judges a deployment: the worst finding with its reason. aftermath is
// what an earlier rollout adds.
func health(d backends.Deployment, gate gateStatus, aftermath backends.State, why string) (backends.State, string) {
	worst, reason := backends.OK, ""
	find := func(s backends.State, text string) {
		if s.Severity() > worst.Severity() {
			worst, reason = s, text
		}
	}
	if !gate.up {
		if gate.restarts == 0 && gate.reason == "" || gate.pid != 0 {
			find(backends.Progressing, "the front door is starting")
		} else {
			find(backends.Fail, gate.reason)
		}
	}
	desired.Judge(d, find)
	find(aftermath, why)
	return worst, reason
}

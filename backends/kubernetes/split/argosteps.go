package split

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// rollout tells how far a Rollout is, for people.
func (a argo) rollout() *Rollout {
	out := &Rollout{Phase: text(a.status, "phase"), Message: text(a.status, "message"), Step: a.index,
		Paused: a.held || a.waits, Aborted: a.aborted}
	if !a.seen && out.Phase != "" { // it is about an earlier generation
		out.Phase = "Progressing"
	}
	for _, step := range a.steps {
		out.Steps = append(out.Steps, describeStep(step))
	}
	for _, p := range list(a.status, "pauseConditions") {
		if at := moment(p, "startTime"); at.After(out.Since) {
			out.Since = at
		}
	}
	if a.aborted {
		out.Since = moment(a.status, "abortedAt")
	}
	return out
}

func describeStep(step any) Step {
	if w, ok := stepWeight(step); ok {
		return Step{Text: "set weight " + percent(w), Weight: w}
	}
	out := Step{Weight: math.NaN()}
	if at(step, "pause") != nil {
		out.Text = "pause"
		if duration := word(step, "pause", "duration"); duration != "" {
			if _, seconds := number(step, "pause", "duration"); seconds {
				duration += "s"
			}
			out.Text += " " + duration
		}
		return out
	}
	for _, known := range []struct{ name, text string }{
		{"analysis", "analysis"}, {"experiment", "experiment"}, {"setCanaryScale", "scale the canary"},
		{"setHeaderRoute", "route by header"}, {"setMirrorRoute", "mirror requests"}, {"plugin", "plugin"},
	} {
		if at(step, known.name) != nil {
			out.Text = known.text
			var names []string
			for _, t := range list(step, known.name, "templates") {
				if name := text(t, "templateName"); name != "" {
					names = append(names, name)
				}
			}
			if len(names) > 0 {
				out.Text += " " + strings.Join(names, ", ")
			}
			return out
		}
	}
	out.Text = "a step that pitwall does not know"
	return out
}

// skipped names the steps between two that are left out, "" when none is.
func (a argo) skipped(from, to int) string {
	var parts []string
	for i := from; i < to && i < len(a.steps); i++ {
		parts = append(parts, describeStep(a.steps[i]).Text)
	}
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" })
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("left out: %s", strings.Join(parts, "; "))
}

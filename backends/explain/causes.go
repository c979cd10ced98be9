package explain

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/words"
)

// afflicted are the replicas of a variant that one cause keeps from being well.
type afflicted struct {
	variant  backends.Variant
	cause    backends.Cause
	replicas []backends.Replica
}

// causes finds what the backend itself knows to be wrong with replicas: one
// piece of evidence for each cause in each variant.
func causes(c *scene) []Evidence {
	var out []Evidence
	for _, v := range c.Deployment.Variants {
		var groups []afflicted
		for _, r := range v.Replicas {
			if r.Cause == "" {
				continue
			}
			i := slices.IndexFunc(groups, func(g afflicted) bool { return g.cause == r.Cause })
			if i < 0 {
				i = len(groups)
				groups = append(groups, afflicted{variant: v, cause: r.Cause})
			}
			groups[i].replicas = append(groups[i].replicas, r)
		}
		for _, g := range groups {
			out = append(out, c.affliction(g))
		}
	}
	return out
}

// affliction puts a cause into words. With no replica left it counts more, but
// less than the requests that get no answer for it.
func (c *scene) affliction(g afflicted) Evidence {
	onset := c.began(g)
	e := Evidence{State: backends.Warn, Since: onset, Screen: screenLogs, variant: g.variant.Name}
	var next string
	e.Score, e.Title, next = c.told(g)
	switch g.cause {
	case backends.CauseRemoved, backends.CauseStopped, backends.CausePaused:
		e.symptom = ofTheOutside // by hand, not by a change that pitwall knows
	}
	if slices.Contains(startless, g.cause) {
		e.Screen = screenDeployment // it wrote no log
	}
	e.Title += c.sinceOf(onset, e.symptom, g.variant.Name)
	e.Detail = joined(g.detail(c), c.seen(onset))
	if g.variant.Ready == 0 || g.cause == backends.CauseStaleAddress {
		e.State, e.Score = backends.Fail, min(e.Score+6, 94)
	}
	if g.cause == backends.CauseStaleAddress {
		e.Next, e.Screen = next, screenDeployment
		return e
	}
	if e.symptom == ofTheOutside {
		e.Next = next
		if g.cause == backends.CausePaused {
			return e // it only has to be let go on
		}
		e.Action = &backends.Change{Op: backends.OpRestart, Deployment: c.Deployment.Name, Variant: g.variant.Name}
		if g.cause == backends.CauseRemoved {
			e.Action.Op, e.Action.Replicas = backends.OpScale, g.variant.Desired
		}
		return e
	}
	if e.Action, e.Next = c.cure(g.variant, onset); e.Action != nil {
		e.Next += "; then " + next
	} else {
		e.Next = next
	}
	return e
}

// told is how much a cause counts, what it is, and what to do about it. A
// cause counts more than what crashes and unready tell of the same replica.
func (c *scene) told(g afflicted) (score float64, title, next string) {
	who := g.subject()
	logs := "read the log of " + g.replicas[0].Name
	switch g.cause {
	case backends.CauseOOM:
		return 87, who + " reached the memory limit and got killed",
			c.raiseMemory(g) + ", or send fewer requests at once to each replica; if its memory only grows, it leaks: " + logs
	case backends.CauseCrashLoop:
		return 83, who + " ended again and again, " + words.Count(g.restarts(), "restart"), logs + " before each exit"
	case backends.CauseUnhealthy:
		return 83, who + " failed the health probe", "ask the probe's path yourself and " + logs + ": the process runs, and what it waits for may be missing"
	case backends.CauseImageMissing:
		return 86, who + " could not start: the image is missing", "push or pull the image, or deploy a version whose image is there"
	case backends.CauseUnschedulable:
		return 86, who + " found no node that takes " + g.it(), "make room on the nodes or add one, or ask for less; a selector, a taint or a device may be what no node has"
	case backends.CausePortConflict:
		return 86, who + " could not start: " + port(g.replicas[0].Reason) + " is taken",
			"find who has the port (`ss -ltnp`, other containers) and stop it, or publish another one"
	case backends.CauseDiskFull:
		return 88, who + " found no space left on the disk", "free space where it writes (`df -h`, unused images and logs), then restart it"
	case backends.CauseStopped:
		return 84, g.were() + " stopped through the engine",
			"ask who did it and why, or whether the engine died then; `docker start " + g.replicas[0].Name + "` brings it back, a restart of " + g.variant.Name + " replaces all"
	case backends.CausePaused:
		return 86, g.were() + " paused by somebody", "`docker unpause " + g.names(" ") + "` lets " + g.it() + " go on; ask who did it and why"
	case backends.CauseRemoved:
		return 85, g.were() + " removed from the engine", fmt.Sprintf("scale %s to %d: that makes the missing anew; then ask who removed it", g.variant.Name, g.variant.Desired)
	case backends.CauseStaleAddress:
		return 88, "requests of " + g.variant.Name + " may reach another container: the front door has a stale address of " + who,
			"open a console, which gives the front door the addresses of now, or restart the variant; then check the version in its answers"
	default:
		return 83, who + " is not well: " + string(g.cause), logs
	}
}

// raiseMemory is how the memory limit of replicas is raised where they run.
func (c *scene) raiseMemory(g afflicted) string {
	switch c.Deployment.Backend {
	case "docker":
		return "raise the memory limit (`docker update --memory SIZE --memory-swap SIZE " + g.names(" ") + "`; of a Compose service mem_limit in its file as well)"
	case "kubernetes":
		return "raise the memory limit (resources.limits.memory of its pods)"
	}
	return "raise the memory limit"
}

// subject is "replica a-1 of A", or "2 replicas of A".
func (g afflicted) subject() string {
	if len(g.replicas) == 1 {
		return fmt.Sprintf("replica %s of %s", g.replicas[0].Name, g.variant.Name)
	}
	return fmt.Sprintf("%d replicas of %s", len(g.replicas), g.variant.Name)
}

func (g afflicted) it() string {
	if len(g.replicas) == 1 {
		return "it"
	}
	return "them"
}

// were is the subject with its verb.
func (g afflicted) were() string {
	if len(g.replicas) == 1 {
		return g.subject() + " was"
	}
	return g.subject() + " were"
}

// names are those of the replicas.
func (g afflicted) names(between string) string {
	all := make([]string, len(g.replicas))
	for i, r := range g.replicas {
		all[i] = r.Name
	}
	return strings.Join(all, between)
}

// restarts is the greatest number of restarts of any.
func (g afflicted) restarts() int {
	most := slices.MaxFunc(g.replicas, func(a, b backends.Replica) int { return cmp.Compare(a.Restarts, b.Restarts) })
	return most.Restarts
}

// detail is the reason of each replica, the same one once, with what the
// probe said and the last line that was written; all are foreign text.
func (g afflicted) detail(c *scene) string {
	const most = 3
	var parts []string
	if g.variant.Ready < g.variant.Desired {
		parts = append(parts, fmt.Sprintf("%s has %d of %s ready", g.variant.Name, g.variant.Ready, words.Count(g.variant.Desired, "replica")))
	}
	add := func(text string) {
		if text != "" && !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	for i, r := range g.replicas {
		if i == most {
			parts = append(parts, fmt.Sprintf("%d more", len(g.replicas)-most))
			break
		}
		if len(g.replicas) > 1 && r.Reason != "" {
			add(r.Name + ": " + r.Reason)
		} else {
			add(r.Reason)
		}
		if r.Probe != "" {
			add(fmt.Sprintf("the probe said %q", lastLine(r.Probe)))
		}
		if x := r.LastExit; x != nil && x.Log != "" {
			add(fmt.Sprintf("its last line: %q", said(x.Log)))
		}
		if g.cause == backends.CauseImageMissing && r.Image != "" && !strings.Contains(r.Reason, r.Image) {
			add("image " + r.Image)
		}
	}
	for _, line := range c.evidenceOf(g.variant.Name, g.cause) {
		if !slices.ContainsFunc(parts, func(part string) bool { return repeats(line, part) }) {
			add(line)
		}
	}
	if s := c.of(g.variant.Name); g.cause == backends.CauseOOM && !backends.Missing(s.Memory) {
		add(size(s.Memory) + " now in " + words.Count(max(g.variant.Ready, 1), "replica"))
	}
	return strings.Join(parts, "; ")
}

// repeats reports whether a line has the message of a part once more, as an
// event has that of a container.
func repeats(line, part string) bool {
	const sentence = 40 // bytes: what is shorter may mean something else
	_, message, found := strings.Cut(part, ": ")
	return found && len(message) > sentence && strings.Contains(line, message)
}

// began is when the first of the exits began, else when the variant became
// short of replicas.
func (c *scene) began(g afflicted) time.Time {
	var first time.Time
	if g.cause == backends.CausePaused {
		return c.sinceReason(g.variant.Name, g.cause)
	}
	for _, r := range g.replicas {
		if x := r.LastExit; x != nil && !x.At.IsZero() {
			if at := c.firstExit(r.Name, x.At); first.IsZero() || at.Before(first) {
				first = at
			}
		} else if g.cause == backends.CauseRemoved {
			first = c.lastExit(r.Name)
		}
	}
	if since := c.sinceReason(g.variant.Name, g.cause); !since.IsZero() && since.Before(first) {
		return since // of the exits before the last the backend knows more
	}
	if !first.IsZero() {
		return first
	}
	since := c.firing(g.variant.Name, "ReplicaDown", "NoReplica")
	if g.cause == backends.CauseRemoved {
		return since // the backend only knows since when it looks
	}
	return c.onset(since)
}

// portNumber finds the port in a reason: "port 8080", or the end of an address.
var portNumber = regexp.MustCompile(`\b(?i:port )(\d{1,5})\b|:(\d{1,5})\b`)

func port(reason string) string {
	if m := portNumber.FindStringSubmatch(reason); m != nil {
		return "port " + m[1] + m[2]
	}
	return "a port that it wants"
}

// lastLine is the last line of a text that says something.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// backend finds that the backend itself does not answer: then all that it told
// before is old.
func backend(c *scene) []Evidence {
	if c.BackendErr == nil {
		return nil
	}
	what, check := "the backend", "check the connection to the backend"
	switch c.Deployment.Backend {
	case "docker":
		what, check = "the engine", "check `docker info` and `systemctl status docker`: while the engine is down, its containers may be as well"
	case "kubernetes":
		what, check = "the cluster", "check `kubectl cluster-info`: what runs goes on running, but nothing repairs it"
	case "local":
		what, check = "the local stack", "check whether `pitwall up` still runs"
	}
	e := Evidence{Score: 98, State: backends.Unknown, Since: c.ListedAt, Screen: screenDeployment,
		Title: what + " does not answer", Detail: c.BackendErr.Error(), Next: check}
	if !c.ListedAt.IsZero() {
		e.Title += " since " + c.clock(c.ListedAt)
		e.Detail += "; what is shown is " + words.Age(c.Now.Sub(c.ListedAt)) + " old"
	}
	return []Evidence{e}
}

package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/words"
)

// A replica that ended this often, or once this recently, is worth naming.
const (
	loopRestarts = 3
	recentExit   = 10 * time.Minute
)

// frontDoor finds variants that get requests and have nobody to answer them.
func frontDoor(c *scene) []Evidence {
	var out []Evidence
	for _, v := range c.Deployment.Variants {
		if backends.Missing(v.Weight) || v.Weight <= 0 || v.Ready > 0 {
			continue
		}
		if c.doorless() && known(v) > 0 {
			continue // nothing divides requests: the cause is all there is to tell
		}
		onset := c.onset(c.firing(v.Name, "NoReplica", "GatewayDown"))
		e := Evidence{
			Score: 95 + 4*v.Weight/100, State: backends.Fail, Since: onset, Screen: screenSplit, variant: v.Name,
			Title:  fmt.Sprintf("the front door sends %s %% of the requests to %s, which has no ready replica", backends.FormatWeight(v.Weight), v.Name),
			Detail: strings.TrimSuffix(fmt.Sprintf("0 of %s ready%s; %s", words.Count(v.Desired, "replica"), c.since(onset, v.Name), c.seen(onset)), "; "),
			Next:   look(v) + ": nothing else can answer",
		}
		if len(c.Deployment.Variants) < 2 {
			e.Screen = screenLogs // there is nothing to split
		}
		if c.doorless() {
			e.Title, e.Screen = v.Name+" has no ready replica, and nothing else answers", screenLogs
		}
		if v.Desired == 0 {
			if at := c.scaled(v.Name); !at.IsZero() {
				e.Since, e.Detail = at, fmt.Sprintf("0 of %s ready%s", words.Count(0, "replica"), c.since(at, v.Name))
			}
			e.Title, e.Next, e.Screen = v.Name+" is scaled to 0: nothing answers its requests", "scale it up again", screenRollout
		}
		if v.Name == backends.Stable {
			e.Action = c.awayFromStable()
		} else {
			e.Action = c.toStable()
		}
		if e.Action != nil {
			e.Next = "move its traffic to a variant that answers, then " + look(v)
			if v.Desired == 0 {
				e.Next = "move its traffic to a variant that answers, or scale it up again"
			}
		}
		out = append(out, e)
	}
	if at := c.firing("", "GatewayDown"); !at.IsZero() && !c.doorIsDown() {
		out = append(out, Evidence{Score: 100, State: backends.Fail, Since: at, Screen: screenLogs,
			Title: "the front door does not answer the one who measures it", Detail: strings.TrimSpace(c.since(at, "")),
			Next: c.doorNext()})
	}
	return out
}

// doorNext is what helps when the front door does not answer: only the local
// supervisor starts one again by itself.
func (c *scene) doorNext() string {
	switch c.Deployment.Backend {
	case "docker":
		return "see whether its container runs (docker ps -a): docker start it, or run pitwall up again where that made it"
	case "kubernetes":
		return "read the events of its pods"
	}
	return "read the events: it is restarted, unless its port is taken"
}

// awayFromStable cuts over to the candidate with the most ready replicas.
func (c *scene) awayFromStable() *backends.Change {
	best := backends.Variant{}
	for _, v := range c.Deployment.Variants {
		if v.Name != backends.Stable && v.Ready > best.Ready {
			best = v
		}
	}
	if best.Ready == 0 {
		return nil
	}
	return &backends.Change{Op: backends.OpCutover, Deployment: c.Deployment.Name, Variant: best.Name}
}

// crashes finds replicas that end again and again.
func crashes(c *scene) []Evidence {
	var out []Evidence
	for _, v := range c.Deployment.Variants {
		for _, r := range v.Replicas {
			if e, ok := c.crash(v, r); ok {
				out = append(out, e)
			}
		}
	}
	return out
}

func (c *scene) crash(v backends.Variant, r backends.Replica) (Evidence, bool) {
	x := r.LastExit
	if r.Cause != "" || x == nil || x.Code == 0 && x.Signal == "" || c.Now.Sub(x.At) > recentExit {
		return Evidence{}, false
	}
	onset := c.firstExit(r.Name, x.At)
	how := fmt.Sprintf("status %d", x.Code)
	if x.Signal != "" {
		how = "signal " + x.Signal
	}
	e := Evidence{
		Score: 62, State: backends.Warn, Since: onset, Screen: screenLogs, variant: v.Name,
		Title:  fmt.Sprintf("replica %s of %s ended with %s %s", r.Name, v.Name, how, c.ago(x.At)),
		Detail: words.Count(r.Restarts, "restart") + c.since(onset, v.Name),
	}
	if r.Restarts >= loopRestarts {
		e.Score = 82
		e.Title = fmt.Sprintf("replica %s of %s dies again and again: %s, last with %s %s", r.Name, v.Name, words.Count(r.Restarts, "restart"), how, c.ago(x.At))
	}
	if v.Ready == 0 {
		e.State, e.Score = backends.Fail, e.Score+12
	}
	if x.Log != "" {
		e.Detail += fmt.Sprintf("; its last line: %q", said(x.Log))
	}
	e.Action, e.Next = c.cure(v, onset)
	if e.Action == nil {
		e.Next = "read the log of " + r.Name + " before each exit"
	}
	return e, true
}

// firstExit is when the present run of exits of a replica began.
func (c *scene) firstExit(replica string, last time.Time) time.Time {
	first := last
	for i := len(c.events) - 1; i >= 0; i-- {
		e := c.events[i]
		if e.Kind == "exit" && e.Replica == replica && e.At.Before(first) && first.Sub(e.At) <= recentExit {
			first = e.At
		}
	}
	return first
}

// lastExit is when a replica is said to have ended last, zero when nobody says it.
func (c *scene) lastExit(replica string) time.Time {
	for _, e := range slices.Backward(c.events) {
		if e.Kind == "exit" && e.Replica == replica {
			return e.At
		}
	}
	return time.Time{}
}

// unready finds variants with fewer ready replicas than asked for.
func unready(c *scene) []Evidence {
	var out []Evidence
	for _, v := range c.Deployment.Variants {
		if v.Ready >= v.Desired || v.Ready == 0 && v.Weight > 0 {
			continue // the latter is for frontDoor to tell
		}
		if r := c.Deployment.Rollout; r != nil && r.Variant == v.Name {
			continue // expected while it rolls
		}
		if known(v) >= v.Desired-v.Ready {
			continue // for causes to tell
		}
		onset := c.onset(c.firing(v.Name, "ReplicaDown", "NoReplica"))
		e := Evidence{
			Score: 58, State: backends.Warn, Since: onset, Screen: screenLogs, variant: v.Name,
			Title:  fmt.Sprintf("%s has %d of %s ready", v.Name, v.Ready, words.Count(v.Desired, "replica")),
			Detail: joined(append(reasons(v), c.since(onset, v.Name), c.seen(onset))...),
			Next:   "read the logs of the replicas that are not ready",
		}
		if v.Weight > 0 {
			e.Next += fmt.Sprintf("; the others carry its %s %%", backends.FormatWeight(v.Weight))
		}
		out = append(out, e)
	}
	return out
}

// known counts the replicas of which the backend knows the cause.
func known(v backends.Variant) int {
	n := 0
	for _, r := range v.Replicas {
		if r.Cause != "" {
			n++
		}
	}
	return n
}

// reasons lists the replicas that are not well and why, but those whose cause
// is evidence of its own.
func reasons(v backends.Variant) []string {
	var out []string
	for _, r := range v.Replicas {
		if r.Cause == "" && r.State.Severity() >= backends.Progressing.Severity() {
			out = append(out, strings.TrimSuffix(fmt.Sprintf("%s is %s: %s", r.Name, r.State, r.Reason), ": "))
		}
	}
	return out
}

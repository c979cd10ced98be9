package operation

import (
	"cmp"
	"slices"
	"time"

	"pitwall/backends"
)

// Norms of the guards (reference/traffic.md §6).
const (
	firstStep     = 5.0              // percentage points that a candidate may start with
	maxStep       = 25.0             // percentage points a candidate may gain per change
	maxListingAge = 15 * time.Second // older readings do not allow raising
	maxScrapes    = 2                // scrapes after which signals are too old to raise
	rejectWarn    = 0.2              // share of the requests that a candidate refuses
	rejectAsk     = 0.5              // share
	driftWarn     = 0.1              // PSI
	driftAsk      = 0.25             // PSI
	recentChange  = 2 * time.Minute  // a change by someone else this fresh is worth reading
	production    = "production"
)

// signalsLimit is the age from which signals are too old to raise. Where
// scrapes are frequent it is the console's own polling that sets the pace.
func signalsLimit(scrape time.Duration) time.Duration {
	return max(maxScrapes*scrape, maxListingAge)
}

// rule is one guard. check returns an empty text when the rule does not apply.
type rule struct {
	name  string
	check func(f facts) (Verdict, string)
}

// rules is every guard, in the order in which they are shown among equals.
var rules = []rule{
	{"change", ruleChange},
	{"rollout", ruleRollout},
	{"replicas", ruleReplicas},
	{"listing", ruleListing},
	{"signals", ruleSignals},
	{"scale", ruleScale},
	{"all", ruleAll},
	{"production", ruleProduction},
	{"step", ruleStep},
	{"state", ruleState},
	{"drift", ruleDrift},
	{"errors", ruleErrors},
	{"rejects", ruleRejects},
	{"latency", ruleLatency},
	{"capacity", ruleCapacity},
	{"revision", ruleRevision},
	{"others", ruleOthers},
}

// facts is what a rule judges.
type facts struct {
	*world
	plan    Plan
	after   backends.Split
	exposed []backends.Variant // candidates that get more users
	raises  bool               // the change exposes users to more risk
	by      string             // who asks
}

// retreat reports whether the change brings the users to safety: it is never
// held back by stale data and needs no typed name.
func (f facts) retreat() bool {
	c := f.plan.Change
	return c.Op == backends.OpAbort || c.Op == backends.OpPause ||
		c.Op == backends.OpSplit && f.after.Equal(backends.AllToStable(variantNames(f.deployment)))
}

// worstOf checks every exposed variant and gives the worst verdict, of equal
// ones the first: a healthy candidate must not hide a sick one. An empty text
// says that nothing is known about a variant.
func (f facts) worstOf(check func(backends.Variant) (Verdict, string)) (worst Verdict, text string) {
	for _, v := range f.exposed {
		if verdict, its := check(v); its != "" && (text == "" || verdict > worst) {
			worst, text = verdict, its
		}
	}
	return worst, text
}

// judge applies every rule, worst verdict first.
func judge(f facts) []Guard {
	var out []Guard
	for _, r := range rules {
		if v, text := r.check(f); text != "" {
			out = append(out, Guard{r.name, v, text})
		}
	}
	sortGuards(out)
	return out
}

func sortGuards(guards []Guard) {
	slices.SortStableFunc(guards, func(a, b Guard) int { return cmp.Compare(b.Verdict, a.Verdict) })
}

// dangerOf is the confirmation that a change with these guards needs.
func dangerOf(op backends.Op, guards []Guard) Danger {
	worst := Pass
	for _, g := range guards {
		worst = max(worst, g.Verdict)
	}
	switch {
	case worst == Deny:
		return Denied
	case worst == Ask:
		return Typed
	case op == backends.OpPause:
		return Reversible
	default:
		return Confirm
	}
}

package traffic

import (
	"slices"

	"pitwall/serve/fault"
)

// Scenario is an incident to practise on, told as what goes wrong; the backend
// makes it so. While a scenario runs its faults hold for every process that
// matches their target, also for those that start later. When it stops, the
// faults are cleared and the traffic is as before; a deploy stays, for undoing
// it is the exercise.
type Scenario struct {
	Name  string // as in `pitwall up --scenario NAME`
	Title string // a few words
	About string // what will be seen
	Cure  string // what a good operator does about it

	Faults  []Injection
	Traffic Traffic
	Deploy  *Deploy // made first; nil for none
}

// Injection is a fault and the processes that get it.
type Injection struct {
	Target Target
	Fault  fault.Fault
}

// Target selects processes; the fields that are set must all match.
type Target struct {
	Variant string // "A", "B"; "" for any
	Version string // of the model; "" for any
	Replica int    // 1 is the first of its variant; 0 for all
}

// Matches tells whether a process is meant.
func (t Target) Matches(variant, version string, replica int) bool {
	return (t.Variant == "" || t.Variant == variant) &&
		(t.Version == "" || t.Version == version) &&
		(t.Replica == 0 || t.Replica == replica)
}

// Traffic is what the generator does differently.
type Traffic struct {
	RateFactor float64 // times the usual rate; 0 leaves it
	Shifts     []Shift
}

// Deploy brings a version to a variant, as an operator would.
type Deploy struct {
	Variant, Version string
}

const mebibyte = 1 << 20

// Scenarios lists the incidents, the calm first. The caller owns the slice.
func Scenarios() []Scenario {
	return []Scenario{
		{
			Name: "calm", Title: "Nothing is wrong",
			About: "Steady traffic, healthy variants: what normal looks like.",
			Cure:  "Nothing to do.",
		},
		{
			Name: "slow", Title: "The candidate is slow",
			About:  "Variant B takes 250 to 350 ms longer for every request; A is as fast as ever.",
			Cure:   "Move the traffic from B to A.",
			Faults: []Injection{{Target{Variant: "B"}, fault.Fault{Kind: fault.Slow, LatencyMS: 250, JitterMS: 100}}},
		},
		{
			Name: "errors", Title: "The candidate fails requests",
			About:  "Variant B answers 500 to one predict request in five.",
			Cure:   "Move the traffic from B to A.",
			Faults: []Injection{{Target{Variant: "B"}, fault.Fault{Kind: fault.Errors, Ratio: 0.2}}},
		},
		{
			Name: "drift", Title: "The input drifts",
			About:   "The first feature arrives 25 % too large in all requests, as after a change of unit upstream. Latency and errors stay normal.",
			Cure:    "Find the feature, tell its owner; a rollback does not help.",
			Traffic: Traffic{Shifts: []Shift{{Feature: 0, Factor: 1.25}}},
		},
		{
			Name: "crash", Title: "A replica crashes again and again",
			About:  "The first replica of A exits four seconds after each start; the supervisor restarts it with growing pauses.",
			Cure:   "Read its log and its restarts; the other replicas carry the load.",
			Faults: []Injection{{Target{Variant: "A", Replica: 1}, fault.Fault{Kind: fault.Crash, AfterMS: 4000}}},
		},
		{
			Name: "leak", Title: "The candidate leaks memory",
			About:  "The processes of B grow by 4 MiB a second, to 384 MiB.",
			Cure:   "Restart B for relief, move its traffic to A for a cure.",
			Faults: []Injection{{Target{Variant: "B"}, fault.Fault{Kind: fault.Leak, BytesPerSecond: 4 * mebibyte, LimitBytes: 384 * mebibyte}}},
		},
		{
			Name: "surge", Title: "Four times the traffic",
			About:   "Requests arrive at four times the usual rate, from the same users.",
			Cure:    "Watch the latency; scale if it suffers.",
			Traffic: Traffic{RateFactor: 4},
		},
		{
			Name: "release", Title: "A bad release",
			About:  "Version 1.2.0 is deployed to A, and its processes answer 500 to 15 % of the predict requests.",
			Cure:   "Roll A back.",
			Faults: []Injection{{Target{Variant: "A", Version: "1.2.0"}, fault.Fault{Kind: fault.Errors, Ratio: 0.15}}},
			Deploy: &Deploy{Variant: "A", Version: "1.2.0"},
		},
	}
}

// Find gives the scenario of this name.
func Find(name string) (Scenario, bool) {
	all := Scenarios()
	if i := slices.IndexFunc(all, func(s Scenario) bool { return s.Name == name }); i >= 0 {
		return all[i], true
	}
	return Scenario{}, false
}

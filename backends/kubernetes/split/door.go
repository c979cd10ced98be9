package split

import (
	"time"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

// Door is one front door: an object that divides the requests for a model
// between its sides, as it stands in the cluster.
type Door struct {
	api.Ref
	Mechanism  Mechanism
	Part       string // which part of the object, "" when it has one only: "rule 2", "http predict"
	Version    string // resource version that was read
	Generation int64

	Sides []Side // in the order of the object, stable wherever it stands

	// Step is the smallest change of a weight, in percent, that the mechanism
	// carries out exactly: 1, 0.1, 0.01; 0 where Stops count. Stops, when it is
	// not nil, lists the only splits that can be had, each as the percent of
	// the candidate, in rising order. A door with Stops has two sides; the
	// candidate is the one that is not stable, the second when neither is said
	// to be.
	Step  float64
	Stops []float64

	Fixed    string        // why the split cannot be changed here, one sentence; "" when it can
	Warnings []string      // what a person has to know before a change: sticky sessions, a retired controller
	Accepted Lamp          // whether the controller has taken what the object asks for
	Verbs    []backends.Op // what its controller can be asked for now, by Act; rollback by Undo
	Rollout  *Rollout      // of a controller that moves weights in steps, nil otherwise
	Parent   *api.Ref      // the topmost controller that writes this object; it is Fixed then. The controller need not be a door
	// itself: its kind may be one that pitwall does not know
	Hosts []string  // host names that it serves, when it says
	SetBy string    // field manager that wrote the weights last, "" unknown
	SetAt time.Time // when it did, zero unknown

	gone bool  // it is being deleted
	own  int64 // what the weights of a whole were together when they were read, 0 where weights are not relative
	how  any   // how it is changed: a weigher or a mover, and an actor where the controller can be asked for more
}

// Mechanism is a way of dividing traffic.
type Mechanism string

// The mechanisms.
const (
	GatewayAPI   Mechanism = "gateway-api"
	Istio        Mechanism = "istio"
	Traefik      Mechanism = "traefik"
	IngressNGINX Mechanism = "ingress-nginx"
	ALB          Mechanism = "alb"
	KServe       Mechanism = "kserve"
	Knative      Mechanism = "knative"
	Seldon       Mechanism = "seldon"
	ArgoRollouts Mechanism = "argo-rollouts"
	Flagger      Mechanism = "flagger"
	ReplicaRatio Mechanism = "replica-ratio"
	Selector     Mechanism = "selector" // of a Service, blue-green
)

// Side is one of the targets of a front door.
type Side struct {
	Name      string            // as the object gives it: a Service, a subset, a revision
	Service   string            // Service in the same namespace that gets the requests, "" when none stands between
	Selector  map[string]string // labels that choose its pods, where it is not the Service's selector alone
	Weight    int64             // as the object gives it
	Share     float64           // percent of the requests, 0-100, that the weights amount to
	Stable    bool              // the object or its controller says that this is the stable side
	Ready     int               // endpoints that get requests, -1 when nobody knows
	Elsewhere string            // namespace, when it is not the object's
}

// Lamp tells how far a change has come, at one of its stations.
type Lamp struct {
	State backends.State // OK, Progressing, Warn, Fail, or Unknown where nothing tells
	Text  string         // one sentence; foreign text may be in it
}

// Rollout is what a controller says of the steps that it goes through.
type Rollout struct {
	Phase   string // as the controller calls it: Healthy, Paused, Progressing…
	Message string
	Step    int // index of the step that it is at, from 0
	Steps   []Step
	Paused  bool // waits for somebody
	Aborted bool
	Since   time.Time // when it came to this step, zero unknown
}

// Step is one step of a controller's rollout, for people: "set weight 20 %",
// "pause 10m".
type Step struct {
	Text   string
	Weight float64 // percent of the candidate after the step, NaN when it does not change it
}

// Plan is what has to be written for a change, in order. Between two patches
// Await has to hold.
type Plan struct {
	Patches []Write
	Effects []backends.Effect  // in people's words
	Share   map[string]float64 // the split that the plan amounts to, by side, percent
	Notes   []string           // what comes with it
}

// Write is one patch, and what has to be true before it is sent.
type Write struct {
	api.Patch
	Await func(*objects.Space) Lamp // nil when nothing has to be waited for; OK lets the patch go
}

package backends

import (
	"context"
	"errors"
	"math"
	"time"
)

// Configurer tells how a deployment is set up, which a listing does not: what
// the checklist asks. It reads only, never values that may be secret, and is
// asked only while somebody looks. What could not be read is a fact with its
// error; the error of the call itself says that there is no such deployment or
// that the backend is away.
type Configurer interface {
	Setup(ctx context.Context, deployment string) (Setup, error)
}

// Fact is something that was looked up, or why it is not known. The zero Fact
// is one that nobody looked up.
type Fact[T any] struct {
	Value T
	From  string // what was read: an API path, a file
	Err   error  // why it is not known: a right that is missing, a backend that is away
	None  string // why the question does not arise here, as a sentence; "" when it does
}

// Known is a fact that was read.
func Known[T any](value T, from string) Fact[T] { return Fact[T]{Value: value, From: from} }

// NotKnown is a fact that could not be read.
func NotKnown[T any](from string, err error) Fact[T] { return Fact[T]{From: from, Err: err} }

// NotHere is a fact about which there is nothing to ask.
func NotHere[T any](why string) Fact[T] { return Fact[T]{None: why} }

// Setup is how a deployment is set up. Texts are foreign.
type Setup struct {
	Variants []VariantSetup // in the order of the listing
	Balancer Fact[Balancer] // what spreads the requests
}

// Variant finds a variant's setup by name.
func (s Setup) Variant(name string) (VariantSetup, bool) {
	for _, v := range s.Variants {
		if v.Variant == name {
			return v, true
		}
	}
	return VariantSetup{}, false
}

// VariantSetup is how the replicas of a variant are made.
type VariantSetup struct {
	Variant    string
	Containers Fact[[]Container] // the server first, then sidecars and init containers
	Replacing  Fact[Replacing]
	Autoscaler Fact[Autoscaler]
	Earlier    Fact[[]EarlierImage] // newest first: what a rollback would run
	ModelBytes Fact[int64]          // of the model file that is served
	Logging    Fact[string]         // where the replicas' output goes, as a word: "json-file", "loki", "none"
}

// ContainerRole says what a container of a replica is for.
type ContainerRole string

// The roles.
const (
	RoleServer  ContainerRole = "server"
	RoleSidecar ContainerRole = "sidecar"
	RoleInit    ContainerRole = "init"
)

// Container is one container of every replica of a variant.
type Container struct {
	Name   string
	Role   ContainerRole
	Image  string // the reference that it is started from
	Digest string // sha256:… of what runs: in the registry that it is from, else ImageID; "" unknown

	// ImageID is the sha256:… by which an engine knows the image, of a registry
	// or not; "" where only the digest is told. A listing has this or the digest.
	ImageID string

	// Process says why it has neither image nor limits: it is a process of this
	// machine. "" for a container.
	Process string

	// Cores and bytes; NaN where nothing is asked for or nothing limits.
	CPURequest, CPULimit, MemoryRequest, MemoryLimit float64

	Env  []EnvVar // in name order, without values
	User Fact[User]

	// What is probed, "GET :8080/ready every 5s"; "" for no probe.
	Readiness, Liveness, Startup string
}

// NoLimits is a container of which nothing limits anything.
func NoLimits(name string, role ContainerRole) Container {
	nan := math.NaN()
	return Container{Name: name, Role: role, CPURequest: nan, CPULimit: nan, MemoryRequest: nan, MemoryLimit: nan}
}

// EnvVar is an environment variable of a container, without its value.
type EnvVar struct {
	Name    string
	From    string // "literal", "image", "secret NAME/KEY", "config map NAME/KEY", "field PATH", "file", "environment" that a process inherited
	Literal bool   // its value stands in what starts the container, or in the image
	Broken  string // why it cannot be had, "" when it can: "secret db has no key password"

	// Unseen says why it is not known whether it can be had: a right that is
	// missing. Of a source whose names are not known it is one variable for all,
	// whose name ends with a star.
	Unseen string
}

// User is who a container's process runs as.
type User struct {
	UID     int    // -1 unknown: a name that the image resolves
	Name    string // "" when it is given as a number, or not at all
	From    string // where that is said: "image", "container", "pod", "process"
	NotRoot bool   // whatever the UID is, what starts the process refuses that of root
}

// Replacing is how the replicas of a variant are replaced by others.
type Replacing struct {
	Strategy    string        // "RollingUpdate", "Recreate", "front door"
	StartsFirst bool          // a replica leaves only when its replacement serves
	Unavailable string        // most that may be missing meanwhile: "0", "25%"
	Gated       bool          // by a readiness probe
	Disruption  string        // the PodDisruptionBudget that covers it, "" for none
	Grace       time.Duration // a replica has to end in it
	Drains      bool          // requests end before a replica does: a preStop hook, a front door that lets go first
	Deadline    time.Duration // until a replacement counts as failed, 0 for never
}

// Autoscaler is what changes the number of replicas by itself.
type Autoscaler struct {
	Name             string
	Min, Max         int
	Current, Desired int
	Metric           string      // "cpu 45 % of 70 %"
	Conditions       []Condition // as it says of itself
	FixedReplicas    bool        // the workload's own manifest sets replicas too
	Lacks            string      // the request of a container without which it cannot measure: "cpu of model", "" for none
}

// Condition is what a controller says of an object.
type Condition struct {
	Type string
	OK   bool
	Text string
}

// EarlierImage is what an earlier revision runs.
type EarlierImage struct {
	Revision int
	Image    string
	Digest   string
	There    bool // it can be had without asking a registry
}

// Balancer spreads the requests of a deployment over its replicas.
type Balancer struct {
	Kind      string // "gateway", "nginx", "haproxy", "Service", "HTTPRoute"; "" when there is none
	Address   string
	Endpoints []Endpoint
	Accepted  []Condition // what its controller says, where it has one
}

// Endpoint is a replica that the balancer knows.
type Endpoint struct {
	Variant, Name, Address string
	Ready                  bool // it is sent requests
}

// SharedReader reads a text that is kept beside a deployment, and that everybody
// who looks at it shares.
type SharedReader interface {
	// ReadShared reads the text of a deployment; one that is not there yet is
	// empty and has no version.
	ReadShared(ctx context.Context, deployment string) (SharedText, error)
}

// Sharer writes such a text too: only those do who have read it.
type Sharer interface {
	SharedReader
	// WriteShared writes it when nobody has since it was read as t.Version.
	// Otherwise the error is ErrSharedMoved and nothing was written.
	WriteShared(ctx context.Context, deployment string, t SharedText) error
}

// SharedText is a text that people share.
type SharedText struct {
	Data    []byte // at most 900 KiB
	Version string // that was read, "" when there was none
	From    string // where it stands, for a person
	// Locked is why it cannot be written, nil when it can: what stands there is
	// another's, or cannot be changed. It says what to do.
	Locked error
}

// SharedRefusedError is a write that fails the same way until somebody does
// something about it.
type SharedRefusedError struct {
	Err  error
	Next string // what to do
}

func (e *SharedRefusedError) Error() string { return e.Err.Error() + ": " + e.Next }

// Unwrap gives the cause.
func (e *SharedRefusedError) Unwrap() error { return e.Err }

// ErrSharedMoved says that somebody else wrote a shared text first.
var ErrSharedMoved = errors.New("somebody else wrote it first")

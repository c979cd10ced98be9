// Package control is the protocol between pitwall's supervisor and its
// clients: HTTP with JSON bodies over a unix socket that only its owner can
// open.
//
//	GET  /v1/stack                                  → Stack
//	GET  /v1/deployments                            → Listing
//	GET  /v1/watch                                  → a stream of Listing, one JSON value a line: the first at once,
//	                                                  then one after each change, at most ten a second
//	POST /v1/dry-run   backends.Change              → Effects
//	POST /v1/apply     backends.Change              → 202, {}: accepted, maybe not in effect yet
//	GET  /v1/revisions?deployment=                  → []backends.Revision, newest first
//	GET  /v1/versions?deployment=                   → []backends.Version, newest first
//	GET  /v1/setup?deployment=                      → Setup
//	GET  /v1/events?deployment=&since=RFC3339       → []backends.Event, oldest first
//	GET  /v1/logs?deployment=&variant=&replica=&since=&follow=true → a stream of backends.LogLine
//	GET  /v1/scenarios                              → []backends.Scenario
//	POST /v1/scenario  ScenarioName                 → {}
//
// An error is a status of 400 or more with an Error as its body; Decode makes
// the typed error of package backends of it. Request bodies are limited to
// MaxBody bytes.
package control

import (
	"time"

	"pitwall/backends"
)

// The paths of the API.
const (
	PathStack       = "/v1/stack"
	PathDeployments = "/v1/deployments"
	PathWatch       = "/v1/watch"
	PathDryRun      = "/v1/dry-run"
	PathApply       = "/v1/apply"
	PathRevisions   = "/v1/revisions"
	PathVersions    = "/v1/versions"
	PathSetup       = "/v1/setup"
	PathEvents      = "/v1/events"
	PathLogs        = "/v1/logs"
	PathScenarios   = "/v1/scenarios"
	PathScenario    = "/v1/scenario"
)

// MaxBody is the greatest length of a request's body in bytes.
const MaxBody = 1 << 20

// Stack tells what runs: the answer to PathStack.
type Stack struct {
	PID        int       `json:"pid"`
	StateDir   string    `json:"state_dir"`
	Prometheus string    `json:"prometheus"` // URL
	StartedAt  time.Time `json:"started_at"`
	Addresses  []Address `json:"addresses"` // of the front doors, in name order
	// Notes are sentences that whoever started the stack should read: a
	// default port that was taken, a rollout that was resumed.
	Notes []string `json:"notes,omitempty"`
}

// Address is where a deployment's front door listens, as a URL.
type Address struct {
	Deployment string `json:"deployment"`
	URL        string `json:"url"`
}

// Listing is one reading of all deployments.
type Listing struct {
	Deployments []backends.Deployment `json:"deployments"`
	At          time.Time             `json:"at"`
}

// Effects is the answer to a dry run.
type Effects struct {
	Effects []backends.Effect `json:"effects"`
}

// ScenarioName asks for a scenario.
type ScenarioName struct {
	Name string `json:"name"`
}

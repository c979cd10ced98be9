// Package world groups the containers of an engine into deployments, variants
// and replicas. It is pure.
package world

// The labels by which pitwall tells containers. They hold facts only, because a
// label cannot be changed.
const (
	LabelDeployment  = "com.pitwall.deployment"  // name
	LabelRole        = "com.pitwall.role"        // one of the roles; replica when absent
	LabelVariant     = "com.pitwall.variant"     // A, B…
	LabelVersion     = "com.pitwall.version"     // model version
	LabelRevision    = "com.pitwall.revision"    // number, of the ledger
	LabelReplica     = "com.pitwall.replica"     // number within the variant
	LabelEnvironment = "com.pitwall.environment" // "production" raises the guards
	LabelPort        = "com.pitwall.port"        // that the model is served on; else the only exposed one, else 8080
	LabelReady       = "com.pitwall.ready"       // path of the readiness probe; /ready
	LabelPredict     = "com.pitwall.predict"     // path of predictions; /predict
	LabelModel       = "com.pitwall.model"       // path of the model file inside the container; else what its command names
	LabelProfile     = "com.pitwall.profile"     // serving system, for the names of its metrics; pitwall
	LabelSmoke       = "com.pitwall.smoke"       // smoke test: a JSON list is a command, else a JSON request body for the predict path
	LabelDoor        = "com.pitwall.door"        // kind of a front door; else told by its command
	LabelConfig      = "com.pitwall.config"      // path of a front door's configuration inside its container
	LabelAddress     = "com.pitwall.address"     // URL of a front door, when its published port does not tell
	LabelStack       = "com.pitwall.stack"       // name of the stack that `pitwall up` made it for
)

// The roles.
const (
	RoleReplica = "replica"
	RoleDoor    = "frontdoor"
	RoleMonitor = "monitor"
	RoleTraffic = "traffic"
	RoleLedger  = "ledger"
	RoleWriter  = "writer" // never started: files are written through it
)

// The labels of Compose, versions 1 and 2.
const (
	ComposeProject = "com.docker.compose.project"
	ComposeService = "com.docker.compose.service"
	ComposeNumber  = "com.docker.compose.container-number"
	ComposeOneOff  = "com.docker.compose.oneoff"
)

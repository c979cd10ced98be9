package checklist

import "time"

// Settings are what the probes measure against, and where they look. A team's
// file changes them for all deployments or for one.
type Settings struct {
	// Metrics of the model's run that have to be there, and their bounds.
	Metrics map[string]Bound `yaml:"metrics"`
	// Latency after the deployment.
	Latency Latency `yaml:"latency"`
	// ModelSize is the most that a model file may have, in bytes ("500MB").
	ModelSize Bytes `yaml:"model_size"`
	// Scan is about the vulnerabilities of the image.
	Scan Scan `yaml:"scan"`
	// Env names the variables that the server has to have.
	Env []string `yaml:"env"`
	// Smoke are the requests that a version has to answer.
	Smoke []Request `yaml:"smoke"`
	// FailedRequests is how many requests may fail while a rollout replaces replicas.
	FailedRequests int `yaml:"failed_requests"`
	// Drift is the greatest PSI, and how old it may be.
	Drift Drift `yaml:"drift"`
	// SplitConfidence is the level at which the observed share has to agree with the configured one, 0-1.
	SplitConfidence float64 `yaml:"split_confidence"`
	// Drill is how long ago a rollback may have been tried.
	Drill Span `yaml:"drill"`
	// Waiver is how long a waiver may hold.
	Waiver Span `yaml:"waiver"`
	// Usage is the greatest part of a limit that may be in use, 0-1.
	Usage float64 `yaml:"usage"`

	// Where the sources of the image and of the model are, as paths below the
	// directory that pitwall runs in.
	Dockerfile   string `yaml:"dockerfile"`
	Requirements string `yaml:"requirements"`
	Source       string `yaml:"source"`
	// Runbook is the page or file with the procedure of the rollback.
	Runbook string `yaml:"runbook"`
	// OnCall is a file that names who is on call.
	OnCall string `yaml:"on_call"`

	Loki          Endpoint `yaml:"loki"`
	Elasticsearch Endpoint `yaml:"elasticsearch"`
	Grafana       Endpoint `yaml:"grafana"`
	Alertmanager  Endpoint `yaml:"alertmanager"`
	PagerDuty     Endpoint `yaml:"pagerduty"`
}

// Bound is the range of a metric. Nil is no bound.
type Bound struct {
	Min *float64 `yaml:"min"`
	Max *float64 `yaml:"max"`
}

// Latency is what a quantile of the latency has to stay below.
type Latency struct {
	Quantile string `yaml:"quantile"` // p50, p95 or p99
	Max      Span   `yaml:"max"`
	Requests int    `yaml:"requests"` // below so many the quantile says nothing
}

// Scan is which vulnerabilities are too many, and where a report is.
type Scan struct {
	Report  string `yaml:"report"` // path of a SARIF file, or of trivy's or grype's JSON
	High    int    `yaml:"high"`   // fixable ones of high or critical severity that are let through
	MaxAge  Span   `yaml:"max_age"`
	Scanner string `yaml:"scanner"` // "trivy", "grype", "none"; "" for what is on PATH
}

// Drift is the greatest drift.
type Drift struct {
	PSI float64 `yaml:"psi"`
	Age Span    `yaml:"age"`
}

// Request is one request of the smoke test, and what its answer has to be.
type Request struct {
	Name   string `yaml:"name"`
	Method string `yaml:"method"` // POST when there is a body, else GET
	Path   string `yaml:"path"`
	Body   string `yaml:"body"`
	Status int    `yaml:"status"` // 200 when it is 0
	// Shape maps paths of the JSON answer ("predictions.0") to a kind: number,
	// string, bool, array, object, null.
	Shape map[string]string `yaml:"shape"`
	// Version is the path of the JSON answer where the model version stands.
	Version string `yaml:"version"`
}

// Endpoint is a service that a probe asks. The token is read from the
// environment when it is asked for, and never kept.
type Endpoint struct {
	URL      string `yaml:"url"`
	TokenEnv string `yaml:"token_env"` // name of the variable that holds the token
	// Query selects the deployment there: LogQL, an Elasticsearch index, the uid
	// of a Grafana dashboard, the id of a PagerDuty schedule. {deployment} stands
	// for its name.
	Query string `yaml:"query"`
}

// Span is a duration that is written like 90s, 24h or 7d.
type Span time.Duration

// Bytes is a size that is written like 500MB (decimal) or 64MiB.
type Bytes int64

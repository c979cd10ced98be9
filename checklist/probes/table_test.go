package probes

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"testing/fstest"
	"time"

	"pitwall/backends"
	"pitwall/backends/prometheus"
	"pitwall/checklist"
)

const (
	pass    = checklist.Pass
	warn    = checklist.Warn
	fail    = checklist.Fail
	unkn    = checklist.Unknown
	na      = checklist.NotApplicable
	stale   = checklist.Stale
	another = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

func hasFile(name, text string) func(w *world) {
	return func(w *world) { w.files[name] = &fstest.MapFile{Data: []byte(text)} }
}

func both(edits ...func(w *world)) func(w *world) {
	return func(w *world) {
		for _, edit := range edits {
			edit(w)
		}
	}
}

func smokes(r checklist.Request) func(w *world) {
	return func(w *world) { w.Settings.Smoke = []checklist.Request{r} }
}

func service(set func(s *checklist.Settings, e checklist.Endpoint), query string) func(w *world) {
	return func(w *world) {
		set(&w.Settings, checklist.Endpoint{URL: w.url, TokenEnv: "TOKEN", Query: query})
	}
}

var (
	grafana      = func(s *checklist.Settings, e checklist.Endpoint) { s.Grafana = e }
	loki         = func(s *checklist.Settings, e checklist.Endpoint) { s.Loki = e }
	elastic      = func(s *checklist.Settings, e checklist.Endpoint) { s.Elasticsearch = e }
	alertmanager = func(s *checklist.Settings, e checklist.Endpoint) { s.Alertmanager = e }
	pagerDuty    = func(s *checklist.Settings, e checklist.Endpoint) { s.PagerDuty = e }
)

func dockerfile(text string) func(w *world) {
	return both(hasFile("Dockerfile", text), func(w *world) { w.Settings.Dockerfile = "Dockerfile" })
}

func requirements(text string) func(w *world) {
	return both(dockerfile("FROM scratch"), hasFile("requirements.txt", text), func(w *world) { w.Settings.Requirements = "requirements.txt" })
}

// process makes the server a process instead of a container.
func process(w *world) { w.server().Process = "it is a process of this machine: it has no image" }

func report(text string) func(w *world) {
	return both(hasFile("report.json", text), func(w *world) { w.Settings.Scan.Report = "report.json" })
}

func grown(b int64, src string) func(w *world) {
	return func(w *world) { w.variant().ModelBytes = backends.Known(b, src) }
}

func scaler(edit func(s *backends.Autoscaler)) func(w *world) {
	return func(w *world) { edit(&w.variant().Autoscaler.Value) }
}

var nan = math.NaN()

var probeTests = map[string][]probeTest{
	"image.identity": {
		{"same", nil, pass, "runs as sha256:aaaaaaaaaaaa"},
		{"other", func(w *world) { w.server().Digest = another }, fail, "sha256:bbbbbbbbbbbb runs, sha256:aaaaaaaaaaaa is wanted"},
		{"no digest", func(w *world) { w.server().Digest = "" }, unkn, "not known"},
		{"by the engine's ID", func(w *world) { w.server().Digest, w.server().ImageID = another, digest }, pass, "runs as sha256:bbbbbbbbbbbb"},
		{"a process", process, na, "it has no image"},
	},
	"image.scan": {
		{"no scanner", nil, unkn, "no scanner (trivy or grype) is on PATH"},
		{"local", func(w *world) { w.Deployment.Backend = "local" }, na, "from a file"},
		{"trivy", report(`{"SchemaVersion":2,"CreatedAt":"2026-11-26T00:00:00Z","Metadata":{"RepoDigests":["x@` + digest + `"]},"Results":[{"Vulnerabilities":[{"Severity":"LOW"}]}]}`), pass, "trivy found 0 high or critical with a fix, 0 without, 1 others, on 2026-11-26"},
		{"trivy finds", report(`{"SchemaVersion":2,"CreatedAt":"2026-11-26T00:00:00Z","ArtifactName":"x@` + digest + `","Results":[{"Vulnerabilities":[{"Severity":"HIGH","FixedVersion":"2"},{"Severity":"CRITICAL"}]}]}`), fail, "found 1 high or critical with a fix, 1 without"},
		{"no fix", report(`{"SchemaVersion":2,"CreatedAt":"2026-11-26T00:00:00Z","ArtifactName":"x@` + digest + `","Results":[{"Vulnerabilities":[{"Severity":"HIGH"}]}]}`), warn, "1 without"},
		{"grype", report(`{"matches":[{"vulnerability":{"severity":"High","fix":{"state":"fixed"}}}],"source":{"target":{"repoDigests":["x@` + digest + `"]}},"descriptor":{"name":"grype","timestamp":"2026-11-26T00:00:00Z"}}`), fail, "grype found 1"},
		{"sarif", report(`{"runs":[{"tool":{"driver":{"name":"Trivy","rules":[{"id":"CVE-1","properties":{"security-severity":"9.8"}}]}},"results":[{"ruleId":"CVE-1"}],"invocations":[{"endTimeUtc":"2026-11-26T00:00:00Z"}],"properties":{"repoDigests":["x@` + digest + `"]}}]}`), fail, "Trivy found 1"},
		{"another image", report(`{"SchemaVersion":2,"CreatedAt":"2026-11-26T00:00:00Z","ArtifactName":"x@` + another + `"}`), stale, "is of sha256:bbbbbbbbbbbb"},
		{"sarif by level", report(`{"runs":[{"tool":{"driver":{"name":"Grype","rules":[{"id":"CVE-1"}]}},"results":[{"ruleId":"CVE-1","level":"error"}],"invocations":[{"endTimeUtc":"2026-11-26T00:00:00Z"}],"properties":{"repoDigests":["x@` + digest + `"]}}]}`), fail, "Grype found 1"},
		{"sarif by index", report(`{"runs":[{"tool":{"driver":{"name":"T","rules":[{"id":"CVE-1","properties":{"security-severity":"9.8"}}]}},"results":[{"ruleIndex":0}],"invocations":[{"endTimeUtc":"2026-11-26T00:00:00Z"}],"properties":{"repoDigests":["x@` + digest + `"]}}]}`), fail, "T found 1"},
		{"from the future", report(`{"SchemaVersion":2,"CreatedAt":"2099-01-01T00:00:00Z","ArtifactName":"x@` + digest + `","Results":[{}]}`), unkn, "dated in the future"},
		{"nothing scanned", report(`{"SchemaVersion":2,"CreatedAt":"2026-11-26T00:00:00Z","ArtifactName":"x@` + digest + `"}`), unkn, "nothing was scanned"},
		{"of the registry's digest", both(func(w *world) { w.server().Digest, w.server().ImageID = another, digest }, report(`{"SchemaVersion":2,"CreatedAt":"2026-11-26T00:00:00Z","ArtifactName":"x@`+another+`","Results":[{}]}`)), pass, "trivy found 0"},
		{"old", report(`{"SchemaVersion":2,"CreatedAt":"2026-11-01T00:00:00Z","ArtifactName":"x@` + digest + `","Results":[{}]}`), stale, "on 2026-11-01"},
		{"of no digest", report(`{"SchemaVersion":2,"CreatedAt":"2026-11-26T00:00:00Z","ArtifactName":"churn:latest"}`), unkn, "does not say which digest"},
		{"html", report(`<html>`), unkn, "no JSON"},
		{"foreign", report(`{"a":1}`), unkn, "none of trivy, grype or SARIF"},
		{"no report", func(w *world) { w.Settings.Scan.Report = "gone.json" }, unkn, "read the report"},
		{"on path", func(w *world) {
			w.program, w.report = "trivy", `{"SchemaVersion":2,"ArtifactName":"x","Results":[{}]}`
		}, pass, "trivy found 0"},
	},
	"limits": {
		{"set", nil, pass, "model: memory limit 256 MB, CPU limit 1"},
		{"no memory", func(w *world) { w.server().MemoryLimit = nan }, fail, "model has no memory limit"},
		{"no cpu", func(w *world) { w.server().CPULimit = nan }, warn, "no CPU limit"},
		{"no request", func(w *world) { w.server().CPURequest = nan }, fail, "asks for no CPU"},
		{"docker asks for nothing", func(w *world) {
			w.Deployment.Backend, w.server().CPURequest, w.server().MemoryRequest = "docker", nan, nan
		}, pass, "memory limit"},
		{"sidecar", func(w *world) {
			c := &w.variant().Containers
			c.Value = append(c.Value, backends.NoLimits("proxy", backends.RoleSidecar))
		}, fail, "proxy has no memory limit"},
		{"a process", process, na, "it has no image"},
		{"forbidden", func(w *world) {
			w.variant().Containers = backends.NotKnown[[]backends.Container]("pods", errors.New("not permitted: list pods"))
		}, unkn, "not permitted: list pods"},
		{"elsewhere", func(w *world) {
			w.variant().Containers = backends.NotHere[[]backends.Container]("no containers here")
		}, na, "no containers here"},
	},
	"environment": {
		{"there", nil, pass, "all 1 declared variables are set: DB_PASSWORD"},
		{"missing", func(w *world) { w.Settings.Env = []string{"MODEL_PATH"} }, fail, "MODEL_PATH is not set"},
		{"broken", func(w *world) { w.server().Env[0].Broken = "secret db has no key password" }, fail, "DB_PASSWORD of model: secret db has no key password"},
		{"unseen", func(w *world) { w.server().Env[0].Unseen = "not permitted: get secrets" }, unkn, "DB_PASSWORD of model (secret db/password): not permitted: get secrets"},
		{"in what is unseen, perhaps", func(w *world) {
			w.server().Env = []backends.EnvVar{{Name: "*", From: "secret db", Unseen: "not permitted: get secrets"}}
		}, unkn, "DB_PASSWORD may be among them"},
		{"not declared", func(w *world) { w.Settings.Env = nil }, unkn, "which ones it needs is not declared"},
	},
	"secrets": {
		{"from a secret", nil, pass, "1 values come from secrets"},
		{"literal", func(w *world) {
			w.server().Env[0] = backends.EnvVar{Name: "DB_PASSWORD", From: "literal", Literal: true}
		}, fail, "the value of DB_PASSWORD of model stands in the definition"},
		{"image", func(w *world) {
			w.server().Env[0] = backends.EnvVar{Name: "API_KEY", From: "image", Literal: true}
		}, fail, "API_KEY of model stands in the image"},
		{"config map", func(w *world) {
			w.server().Env[0] = backends.EnvVar{Name: "API_KEY", From: "config map keys/API_KEY"}
		}, fail, "API_KEY of model stands in the config map keys/API_KEY"},
		{"a path to one", func(w *world) {
			w.server().Env[0] = backends.EnvVar{Name: "DB_PASSWORD_FILE", From: "file"}
		}, pass, "1 values"},
		{"inherited", func(w *world) {
			w.server().Env[0] = backends.EnvVar{Name: "STRIPE_KEY", From: "environment"}
		}, warn, "STRIPE_KEY of model is inherited"},
		{"other names", func(w *world) {
			w.server().Env = []backends.EnvVar{{Name: "PGPASSWORD", From: "literal", Literal: true}, {Name: "DB_PASS", From: "literal", Literal: true}}
		}, fail, "PGPASSWORD"},
		{"none", func(w *world) { w.server().Env = nil }, pass, "no variable's name"},
	},
	"health.configured": {
		{"ready", nil, pass, "2 of 2 replicas are ready, the youngest for 9m0s"},
		{"no probe", func(w *world) { w.server().Readiness = "" }, fail, "no readiness probe, only liveness"},
		{"nothing", func(w *world) { w.server().Readiness, w.server().Liveness = "", "" }, fail, "nothing probes model"},
		{"not all", func(w *world) { w.Deployment.Variants[1].Ready = 1 }, fail, "1 of 2 replicas are ready"},
		{"none wanted", func(w *world) { w.Deployment.Variants[1].Desired, w.Deployment.Variants[1].Ready = 0, 0 }, warn, "no replica is asked for"},
	},
	"health.answers": {
		{"answers", nil, pass, "b-1 answers /health in"},
		{"broken", answers(http.StatusServiceUnavailable, ""), fail, "answers 503 to /health"},
		{"has none", answers(http.StatusNotFound, ""), warn, "has no /health"},
		{"away", func(w *world) { w.url = "http://127.0.0.1:1" }, fail, "does not answer"},
		{"no way", func(w *world) { w.reachErr = errors.New("not permitted: create pods/portforward") }, unkn, "not permitted"},
		{"none ready", func(w *world) { w.Deployment.Variants[1].Replicas = nil }, fail, "no replica of B is ready"},
	},
	"health.orchestration": {
		{"two", nil, pass, "readiness GET :8080/ready"},
		{"same", func(w *world) { w.server().Liveness = w.server().Readiness }, warn, "ask the same"},
		{"one", func(w *world) { w.server().Liveness = "" }, fail, "lacks a liveness probe"},
	},
	"model.run": {
		{"good", nil, pass, "accuracy is 0.93; measured on churn-test"},
		{"below", func(w *world) { w.model.Metrics["accuracy"] = 0.7 }, fail, "accuracy is 0.7, below 0.9"},
		{"not a number", func(w *world) { w.model.Metrics["accuracy"] = nan }, fail, "accuracy is NaN"},
		{"not there", func(w *world) { w.model.Metrics = nil }, fail, "accuracy is not documented"},
		{"endless", func(w *world) { w.model.Metrics["accuracy"] = math.Inf(1) }, fail, "accuracy is +Inf"},
		{"no number, no bounds", func(w *world) { w.Settings.Metrics, w.model.Metrics["accuracy"] = nil, nan }, fail, "documents no metric; accuracy is NaN"},
		{"one no number", func(w *world) { w.Settings.Metrics, w.model.Metrics["loss"] = nil, nan }, warn, "loss is NaN: that documents nothing"},
		{"undocumented", func(w *world) { w.Settings.Metrics, w.model.Metrics = nil, nil }, fail, "documents no metric"},
		{"no bounds", func(w *world) { w.Settings.Metrics = nil }, warn, "no metric has a bound"},
		{"no data set", func(w *world) { w.model.Dataset = "" }, warn, "names no data set"},
		{"running", func(w *world) { w.model.RunStatus = "RUNNING" }, fail, "the run of version 2 is RUNNING"},
		{"rejected", func(w *world) { w.model.Validation = "rejected" }, fail, `validation_status is "rejected"`},
		{"pending", func(w *world) { w.model.Status = "PENDING_REGISTRATION" }, fail, "PENDING_REGISTRATION"},
		{"not registered", func(w *world) { w.modelErr = fmt.Errorf("%w: no version 1.2.0 of churn", ErrNotRegistered) }, unkn, "no version 1.2.0"},
		{"registry away", func(w *world) { w.modelErr = errors.New("connection refused") }, unkn, "connection refused"},
		{"no registry", func(w *world) { w.Sources.Registry = nil }, unkn, "no model registry"},
	},
	"model.size": {
		{"small", nil, pass, "the model has 12 MB, less than 500 MB"},
		{"large", grown(500e6, "file"), fail, "not less than 500 MB"},
		{"by the registry", func(w *world) {
			w.variant().ModelBytes = backends.NotKnown[int64]("volume", errors.New("a volume"))
		}, pass, "12 MB"},
		{"nowhere", func(w *world) {
			w.variant().ModelBytes = backends.NotKnown[int64]("volume", errors.New("it is in a volume"))
			w.model.Bytes = -1
		}, unkn, "it is in a volume"},
	},
	"rolling.configured": {
		{"surge", nil, pass, "leaves when its replacement serves"},
		{"recreate", func(w *world) { w.variant().Replacing.Value.Strategy = "Recreate" }, fail, "every replica stops before"},
		{"single", func(w *world) {
			w.variant().Replacing.Value.StartsFirst, w.Deployment.Variants[1].Desired = false, 1
		}, fail, "the only replica stops"},
		{"not gated", func(w *world) { w.variant().Replacing.Value.Gated = false }, fail, "no readiness probe tells"},
		{"no drain", func(w *world) { w.variant().Replacing.Value.Drains = false }, warn, "nothing waits"},
		{"no budget", func(w *world) { w.variant().Replacing.Value.Disruption = "" }, warn, "no PodDisruptionBudget"},
	},
	"rolling.measured": {
		{"none failed", nil, pass, "0 of 3000 requests failed while the last rollback"},
		{"failed", func(w *world) { w.intervals[0].Errors["B"] = 2 }, fail, "2 of 3000 requests failed"},
		{"no rollout", func(w *world) { w.records = nil }, unkn, "has no rollout of B"},
		{"nobody asked", func(w *world) { w.intervals = nil }, unkn, "no request was counted"},
		{"not told", func(w *world) { w.intervals[0].Errors = nil }, unkn, "do not tell requests that failed"},
	},
	"monitoring.metrics": {
		{"up", nil, pass, "series of B are 2s old; 1 targets are up"},
		{"down", func(w *world) { w.targets[0].Up, w.targets[0].Err = false, "connection refused" }, fail, "is down: connection refused"},
		{"late", func(w *world) { w.targets[0].Scraped = noon.Add(-time.Minute) }, fail, "was scraped last 1m0s ago"},
		{"no series", func(w *world) { w.Signals = nil }, fail, "has no series of B"},
		{"no series yet", func(w *world) { w.Signals = nil; w.started(noon.Add(-30 * time.Second)) }, unkn, "has no series of B yet: its replicas run since 30s"},
		{"no series yet, one is down", func(w *world) {
			w.Signals, w.targets[0].Up = nil, false
			w.started(noon.Add(-30 * time.Second))
		}, fail, "is down"},
		{"nothing runs", func(w *world) { w.Signals = nil; w.Deployment.Variants[1].Replicas = nil }, unkn, "no series of B, of which nothing runs"},
		{"not named", func(w *world) { w.targets = nil }, warn, "none of the targets names churn"},
		{"no Prometheus", func(w *world) { w.Sources.Metrics = nil }, unkn, "no Prometheus"},
	},
	"monitoring.dashboard": {
		{"none", nil, na, "no Grafana"},
		{"there", both(service(grafana, "churn"), answers(200, `{"dashboard":{"uid":"churn"}}`)), pass, "has the dashboard churn"},
		{"gone", both(service(grafana, "{deployment}-x"), answers(404, "")), fail, "no dashboard churn-x"},
		{"login page", both(service(grafana, "churn"), answers(200, "<html>")), unkn, "a login page, perhaps"},
		{"login", both(service(grafana, "churn"), answers(401, "s3cret")), unkn, "answers 401"},
		{"no token", both(service(grafana, "churn"), func(w *world) { w.env = nil }), unkn, "TOKEN with its token is not set"},
	},
	"logging": {
		{"not known", nil, unkn, "goes to json-file"},
		{"thrown away", func(w *world) { w.variant().Logging = backends.Known("none", "engine") }, fail, "thrown away"},
		{"loki", both(service(loki, ""), answers(200, `{"data":{"result":[{"values":[["`+fmt.Sprint(noon.Add(-time.Minute).UnixNano())+`","x"]]}]}}`)), pass, "the newest line is"},
		{"loki old", both(service(loki, ""), answers(200, `{"data":{"result":[{"values":[["1600000000000000000","x"]]}]}}`)), unkn, "the newest line that Loki tells of"},
		{"loki empty", both(service(loki, ""), answers(200, `{"data":{"result":[]}}`)), fail, "no line of the last 5m0s"},
		{"loki html", both(service(loki, ""), answers(200, `<html>`)), unkn, "cannot be read"},
		{"elastic", both(service(elastic, ""), answers(200, `{"count":7}`)), pass, "7 lines"},
		{"elastic empty", both(service(elastic, ""), answers(200, `{"count":0}`)), fail, "no line"},
		{"elastic odd", both(service(elastic, ""), answers(200, `{}`)), unkn, "has no count"},
		{"elastic down", both(service(elastic, ""), answers(503, ``)), unkn, "answers 503"},
	},
	"alerts.rules": {
		{"watch", nil, pass, "2 alerts watch it: HighLatency, Drift"},
		{"none", func(w *world) { w.rules = nil }, fail, "no alerting rule watches churn"},
		{"broken", func(w *world) { w.rules[0].Healthy, w.rules[0].Err = false, "many-to-many" }, fail, "cannot be evaluated: many-to-many"},
	},
	"alerts.receiver": {
		{"somebody", nil, warn, "who gets them there is not known"},
		{"nobody", func(w *world) { w.receivers = nil }, fail, "to nobody"},
		{"local", func(w *world) { w.receivers, w.Deployment.Backend = nil, "local" }, na, "on the screen only"},
		{"alertmanager", both(service(alertmanager, ""), answers(200, `[{"name":"null"},{"name":"pagerduty"}]`)), pass, "tells pagerduty"},
		{"not sent there", both(service(alertmanager, ""), answers(200, `[{"name":"pagerduty"}]`), func(w *world) { w.receivers = nil }), fail, "Prometheus sends its alerts to nobody"},
		{"blackhole", both(service(alertmanager, ""), answers(200, `[{"name":"null"}]`)), fail, "no receiver"},
		{"odd", both(service(alertmanager, ""), answers(200, `{`)), unkn, "cannot be read"},
	},
	"balancer": {
		{"all", nil, pass, "HTTPRoute spreads over 2 replicas of B"},
		{"nothing there", func(w *world) { w.setup.Balancer.Value = backends.Balancer{} }, fail, "nothing spreads the requests"},
		{"one missing", func(w *world) { w.setup.Balancer.Value.Endpoints[0].Ready = false }, fail, "knows 1 of 2 ready replicas"},
		{"none", func(w *world) { w.setup.Balancer.Value.Endpoints = nil }, fail, "sends 30 % to B"},
		{"single", func(w *world) {
			w.setup.Balancer.Value.Endpoints = w.setup.Balancer.Value.Endpoints[:1]
			w.Deployment.Variants[1].Ready = 1
		}, warn, "nothing takes over"},
		{"refused", func(w *world) {
			w.setup.Balancer.Value.Accepted = []backends.Condition{{Type: "Accepted", Text: "no gateway"}}
		}, fail, "HTTPRoute is not Accepted: no gateway"},
	},
	"autoscaling": {
		{"scales", nil, pass, "churn: 2 to 5 replicas, 2 now"},
		{"nothing", func(w *world) {
			w.variant().Autoscaler = backends.Known(backends.Autoscaler{}, "hpas")
		}, fail, "nothing scales B"},
		{"docker", func(w *world) {
			w.variant().Autoscaler = backends.NotHere[backends.Autoscaler]("plain Docker scales nothing")
		}, na, "plain Docker"},
		{"cannot", scaler(func(s *backends.Autoscaler) {
			s.Conditions = []backends.Condition{{Type: "ScalingActive", Text: "no metrics"}}
		}), fail, "ScalingActive: no metrics"},
		{"lacks", scaler(func(s *backends.Autoscaler) { s.Lacks = "cpu of model" }), fail, "cpu of model is not asked for"},
		{"narrow", scaler(func(s *backends.Autoscaler) { s.Max = 2 }), fail, "nothing to scale"},
		{"to one", scaler(func(s *backends.Autoscaler) { s.Min = 1 }), warn, "goes down to 1"},
		{"fixed", scaler(func(s *backends.Autoscaler) { s.FixedReplicas = true }), warn, "every apply"},
	},
	"smoke": {
		{"shape and version", smokes(checklist.Request{Path: "/predict", Body: "{}", Shape: map[string]string{"predictions.0.score": "number", "predictions": "array"}, Version: "model_version"}), pass, "answers as declared"},
		{"status", smokes(checklist.Request{Path: "/nowhere"}), fail, "status 404 instead of 200"},
		{"wanted status", smokes(checklist.Request{Path: "/nowhere", Status: 404}), pass, "as declared"},
		{"kind", smokes(checklist.Request{Path: "/predict", Shape: map[string]string{"predictions.0.label": "number"}}), fail, "predictions.0.label of the answer is string, not number"},
		{"path", smokes(checklist.Request{Path: "/predict", Shape: map[string]string{"predictions.1": "object"}}), fail, "has no predictions.1"},
		{"version", both(func(w *world) { w.Subject.Version = "1.3.0" }, smokes(checklist.Request{Path: "/predict", Version: "model_version"})), fail, `version "1.2.0" answered, not 1.3.0`},
		{"no json", both(answers(200, "hello"), smokes(checklist.Request{Path: "/x", Version: "v"})), fail, "no JSON"},
		{"own test", func(w *world) { w.smoke = backends.SmokeResult{Passed: true} }, pass, "b-1 passed"},
		{"own test fails", func(w *world) { w.smoke = backends.SmokeResult{Output: "status 1"} }, fail, "b-1: status 1"},
		{"not declared", func(w *world) { w.Sources.Smoke = nil }, unkn, "no smoke request is declared"},
	},
	"latency": {
		{"fast", nil, pass, "p95 is 20ms, below 200ms, of about 900 requests"},
		{"slow", func(w *world) { w.Signals["B"] = backends.Signals{P95: 0.2, At: noon} }, fail, "p95 is 200ms, not below 200ms"},
		{"few", func(w *world) { w.intervals = w.intervals[:1] }, unkn, "of 30 requests only"},
		{"missing", func(w *world) { w.Signals["B"] = backends.Signals{P95: nan, At: noon} }, unkn, "p95 of B is missing"},
		{"not measured", func(w *world) { w.Signals = nil }, unkn, "no latency of B"},
	},
	"drift": {
		{"little", nil, pass, "the greatest PSI is 0.050 (age), of 900 rows; the rule Drift watches it"},
		{"much", func(w *world) {
			w.Signals["B"] = backends.Signals{DriftPSI: 0.4, Feature: "age", DriftRows: 900, At: noon}
		}, fail, "PSI of age is 0.400, above 0.2"},
		{"not watched", func(w *world) { w.rules = w.rules[:1] }, fail, "no alerting rule watches it"},
		{"not measured", func(w *world) { w.Signals["B"] = backends.Signals{DriftPSI: nan, DriftRows: nan, At: noon} }, fail, "measures no drift"},
		{"few rows", func(w *world) { w.Signals["B"] = backends.Signals{DriftPSI: nan, DriftRows: 20, At: noon} }, unkn, "20 of the 300 rows"},
		{"old", func(w *world) { w.Signals["B"] = backends.Signals{DriftPSI: 0.1, At: noon.Add(-25 * time.Hour)} }, unkn, "25h0m0s ago"},
	},
	"split": {
		{"as configured", nil, pass, "B is to get 30 % and got 30.0 %, of 3000 requests"},
		{"not", func(w *world) {
			for _, i := range w.intervals {
				i.N["B"] = 20
			}
		}, fail, "B is to get 30 % and got 22.2 %"},
		{"few", func(w *world) {
			w.intervals = []prometheus.Interval{{N: map[string]float64{"A": 7, "B": 3}}}
		}, unkn, "10 requests were counted"},
		{"just changed", func(w *world) { w.Deployment.SplitAt = noon.Add(-20 * time.Second) }, unkn, "was changed 20s ago"},
		{"one variant", func(w *world) { w.Deployment.Variants = w.Deployment.Variants[1:] }, na, "one variant"},
	},
	"rollback.possible": {
		{"kept", nil, pass, "revision 3 (churn:1.1.0) is kept"},
		{"to be fetched", func(w *world) { w.variant().Earlier.Value[0].There = false }, warn, "has to be fetched"},
		{"none", func(w *world) { w.variant().Earlier.Value = nil }, fail, "no earlier revision"},
	},
	"rollback.drill": {
		{"tried", nil, pass, "rolled back on 2026-11-27 in 4.2s"},
		{"never", func(w *world) { w.records = nil }, fail, "no rollback of churn in the last 90 d"},
		{"failed", func(w *world) { w.records[1].Result = "failed" }, fail, "no rollback"},
	},
	"rollback.runbook": {
		{"not named", nil, unkn, "no runbook is named"},
		{"page", both(answers(200, ""), func(w *world) { w.Settings.Runbook = w.url + "/runbook" }), pass, "page is there"},
		{"gone", both(answers(404, ""), func(w *world) { w.Settings.Runbook = w.url }), fail, "answers 404"},
		{"login", both(answers(403, ""), func(w *world) { w.Settings.Runbook = w.url }), unkn, "asks for a login"},
		{"file", both(hasFile("RUNBOOK.md", "# Rollback\n"), func(w *world) { w.Settings.Runbook = "RUNBOOK.md" }), pass, "speaks of the rollback"},
		{"silent", both(hasFile("RUNBOOK.md", "# Hello\n"), func(w *world) { w.Settings.Runbook = "RUNBOOK.md" }), fail, "does not speak"},
		{"no file", func(w *world) { w.Settings.Runbook = "../RUNBOOK.md" }, unkn, "read ../RUNBOOK.md"},
	},
	"on-call": {
		{"not named", nil, unkn, "no rotation is named"},
		{"file", both(hasFile("oncall", "Ana until Friday\n"), func(w *world) { w.Settings.OnCall = "oncall" }), pass, "on call: Ana until Friday"},
		{"empty", both(hasFile("oncall", "\n"), func(w *world) { w.Settings.OnCall = "oncall" }), fail, "empty"},
		{"pagerduty", both(service(pagerDuty, "P1"), answers(200, `{"oncalls":[{"user":{"summary":"Ana"},"end":"2026-11-28T00:00:00Z"}]}`)), pass, "on call: Ana until 2026-11-28T00:00:00Z"},
		{"nobody", both(service(pagerDuty, "P1"), answers(200, `{"oncalls":[]}`)), fail, "nobody is on call"},
		{"no token", both(service(pagerDuty, "P1"), func(w *world) { w.env = nil }), unkn, "token is not set"},
	},
	"dockerfile.stages": {
		{"not named", nil, unkn, "no Dockerfile is named"},
		{"two", dockerfile("FROM golang:1.26 AS build\nFROM scratch\nCOPY --from=build /x /x\n"), pass, "2 stages, the last copies from build (line 3)"},
		{"of an image", dockerfile("FROM golang:1.26\nFROM scratch\nCOPY --from=nginx:latest /x /x\n"), fail, "one stage builds"},
		{"one", dockerfile("FROM python:3.12\nRUN pip install x\n"), fail, "one stage builds and runs (line 1)"},
		{"broken", dockerfile("FORM x\n"), fail, "cannot be parsed"},
		{"gone", func(w *world) { w.Settings.Dockerfile = "Dockerfile" }, unkn, "read Dockerfile"},
	},
	"dockerfile.pinned": {
		{"digest", dockerfile("FROM golang@" + digest + " AS build\nFROM build\nFROM scratch\n"), pass, "pinned by its digest"},
		{"tag", dockerfile("FROM python:3.12\n"), warn, "a tag can be moved"},
		{"latest", dockerfile("FROM python\n"), fail, "line 1: FROM python can be another image"},
		{"loose", requirements("numpy>=1\n"), fail, "not pinned: numpy>=1"},
		{"elsewhere", requirements("-r dev.txt\n"), fail, "not pinned: -r dev.txt"},
		{"empty", requirements("\n"), warn, "names no package"},
		{"half a digest", dockerfile("FROM x@sha256:zz\n"), fail, "names no whole digest"},
		{"no hashes", requirements("numpy==1.26.4\n"), warn, "1 of 1 packages have no hash"},
		{"hashes", requirements("# x\n-i https://x\nnumpy[all]==1.26.4 ; python_version > '3' \\\n    --hash=sha256:aa\n"), pass, "1 packages are pinned with hashes"},
	},
	"image.pinned": {
		{"digest", nil, pass, "model is pinned by its digest"},
		{"tag", func(w *world) { w.server().Image = "localhost:5000/churn:1.2.0" }, warn, "tag 1.2.0"},
		{"latest", func(w *world) { w.server().Image = "localhost:5000/churn" }, fail, "can be another image tomorrow"},
		{"id", func(w *world) { w.server().Image = digest }, pass, "by the image's ID"},
		{"a process", process, na, "it has no image"},
	},
	"secrets.committed": {
		{"not named", nil, unkn, "no directory"},
		{"clean", both(hasFile("src/main.py", "print(1)"), hasFile("src/.env.example", "A="), hasFile("src/.git/id_rsa", "x"), func(w *world) { w.Settings.Source = "src" }), pass, "none of 2 files has the name or the look of a secret; the history was not looked at"},
		{"by name", both(hasFile("src/.env", "A=1"), func(w *world) { w.Settings.Source = "src" }), fail, "src/.env (its name)"},
		{"by look", both(hasFile("src/a.py", "\nkey = '-----BEGIN RSA PRIVATE KEY-----s3cret'"), func(w *world) { w.Settings.Source = "src" }), fail, "src/a.py (line 2)"},
		{"in an address", both(hasFile("src/a.py", "db = 'postgres://app:s3cret@db/x'"), func(w *world) { w.Settings.Source = "src" }), fail, "src/a.py (line 1)"},
		{"gone", func(w *world) { w.Settings.Source = "src" }, unkn, "look through the sources"},
	},
	"usage": {
		{"below", nil, pass, "at most 39 % of a memory limit is in use"},
		{"near", func(w *world) { w.usage["b-1"] = backends.Usage{Memory: 250e6, MemoryLimit: 256e6} }, fail, "b-1 uses 98 % of its memory limit"},
		{"no limit", func(w *world) { w.usage["b-1"] = backends.Usage{Memory: 250e6, MemoryLimit: nan} }, warn, "nothing limits it"},
		{"not known", func(w *world) { w.usage = nil }, unkn, "what no replica of B uses is known"},
	},
	"user": {
		{"number", nil, pass, "model runs as user 65532 (as the image says)"},
		{"root", func(w *world) { w.server().User.Value.UID = 0 }, fail, "model runs as root"},
		{"name", func(w *world) { w.server().User.Value = backends.User{UID: -1, Name: "app", From: "image"} }, unkn, `runs as "app"`},
		{"refused to be root", func(w *world) { w.server().User.Value = backends.User{UID: -1, NotRoot: true, From: "pod"} }, pass, "model is refused to run as root (as the pod says)"},
		{"of the image", func(w *world) { w.server().User.Value = backends.User{UID: -1, From: "image"} }, unkn, "runs as the user of its image"},
		{"not known", func(w *world) {
			w.server().User = backends.NotKnown[backends.User]("image", errors.New("no such image"))
		}, unkn, "no such image"},
	},
}

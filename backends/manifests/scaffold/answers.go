package scaffold

import (
	"cmp"
	"math"
	"path"
	"strings"
	"time"

	"github.com/distribution/reference"
)

// Runtime is what serves the model.
type Runtime string

// The runtimes.
const (
	Python  Runtime = "python"  // a FastAPI application with ONNX Runtime
	Pitwall Runtime = "pitwall" // pitwall's own serving binary, from scratch
)

// Runtimes lists them.
func Runtimes() []Runtime { return []Runtime{Pitwall, Python} }

// Answers say what the files are written for. The zero value of a field that
// has a default is replaced by WithDefaults.
type Answers struct {
	Name      string        `yaml:"name"`      // of the deployment: a DNS label of at most 40 characters
	Runtime   Runtime       `yaml:"runtime"`   // pitwall when empty
	Model     string        `yaml:"model"`     // the model file, relative to the directory; an element that is the version changes with it
	Version   string        `yaml:"version"`   // of the model; a tag of an image too
	Image     string        `yaml:"image"`     // registry and repository, with the digest where one is built already
	Namespace string        `yaml:"namespace"` // of Kubernetes; the name when empty
	Host      string        `yaml:"host"`      // by which clients reach it; NAME.example.com when empty
	Gateway   string        `yaml:"gateway"`   // of the Gateway API, that the route is of; "gateway" when empty
	Replicas  int           `yaml:"replicas"`  // of the stable variant, from 2 to 100; 3 when 0
	CPU       int           `yaml:"cpu"`       // that a replica asks for, in millicores; 100 when 0
	Memory    int           `yaml:"memory"`    // that a replica may use, in MiB; 256 when 0, 512 for Python
	Latency   time.Duration `yaml:"latency"`   // of the 95th percentile, above which somebody is woken; 200ms when 0
	Errors    float64       `yaml:"errors"`    // percent of the requests, above which somebody is woken; 1 when 0
	Candidate int           `yaml:"candidate"` // percent of the requests that the candidate gets, from 1 to 99; 10 when 0
	Metric    string        `yaml:"metric"`    // of metrics.json, that the model gate asks for; accuracy when empty
	Minimum   float64       `yaml:"minimum"`   // that the metric must reach; 0.9 when 0
	Claim     string        `yaml:"claim"`     // PersistentVolumeClaim with the model file; in the image when empty
	About     string        `yaml:"about"`     // one line: what the model is for
	OnCall    string        `yaml:"on_call"`   // one line: who is called; "the team's on-call rotation" when empty
	Given     Numbers       `yaml:"-"`         // the numbers that were answered: their 0 is an answer, and no default is put in
}

// WithDefaults fills in what nobody answered.
func (a Answers) WithDefaults() Answers {
	a.Runtime = cmp.Or(a.Runtime, Pitwall)
	a.Namespace = cmp.Or(a.Namespace, a.Name)
	a.Host = cmp.Or(a.Host, a.Name+".example.com")
	a.Gateway = cmp.Or(a.Gateway, "gateway")
	memory := 256
	if a.Runtime == Python {
		memory = 512
	}
	a.Replicas = numberOr(a, "replicas", a.Replicas, 3)
	a.CPU = numberOr(a, "cpu", a.CPU, 100)
	a.Memory = numberOr(a, "memory", a.Memory, memory)
	a.Latency = numberOr(a, "latency", a.Latency, 200*time.Millisecond)
	a.Errors = numberOr(a, "errors", a.Errors, 1)
	a.Candidate = numberOr(a, "candidate", a.Candidate, 10)
	a.Metric = cmp.Or(a.Metric, "accuracy")
	a.Minimum = numberOr(a, "minimum", a.Minimum, 0.9)
	a.Given = everyNumber
	a.About = cmp.Or(a.About, "The model "+a.Name+".")
	a.OnCall = cmp.Or(a.OnCall, "the team's on-call rotation")
	return a
}

// noDigest stands in the manifests until an image is built: deploy/deploy.sh
// puts the real one in.
const noDigest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

// Repository is the image without its digest.
func (a Answers) Repository() string {
	name, _, _ := strings.Cut(a.Image, "@")
	return name
}

// Digest is that of the image, zeros where none is built.
func (a Answers) Digest() string {
	_, digest, _ := strings.Cut(a.Image, "@")
	return cmp.Or(digest, noDigest)
}

// Tagged is the image by its version.
func (a Answers) Tagged() string { return a.Repository() + ":" + a.Version }

// Pinned is the image by its version and its digest.
func (a Answers) Pinned() string { return a.Tagged() + "@" + a.Digest() }

// Registry is the host that the image is pushed to.
func (a Answers) Registry() string {
	named, err := reference.ParseNormalizedNamed(a.Repository())
	if err != nil {
		return ""
	}
	return reference.Domain(named)
}

// OnGitHub reports whether the registry is GitHub's own, which takes the token
// of a workflow.
func (a Answers) OnGitHub() bool { return a.Registry() == "ghcr.io" }

// Python reports whether the runtime is Python.
func (a Answers) Python() bool { return a.Runtime == Python }

// ModelSource is where a Dockerfile copies the model from: elements of the
// path that are the version are its build argument.
func (a Answers) ModelSource() string { return versioned(a.Model, a.Version, buildVersion) }

// ModelOf is where the runbook says that a new version's model goes.
func (a Answers) ModelOf() string { return versioned(a.Model, a.Version, "VERSION") }

// MetricsOf is the same of its metrics.json.
func (a Answers) MetricsOf() string { return path.Join(path.Dir(a.ModelOf()), "metrics.json") }

// AtVersion are the answers for another version: the path of the model moves
// along where it held the one before.
func (a Answers) AtVersion(version string) Answers {
	a.Model, a.Version = versioned(a.Model, a.Version, version), version
	return a
}

// versioned is a path with other text for the directories that are a version,
// or the version behind a v.
func versioned(name, version, text string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts[:len(parts)-1] {
		switch {
		case version == "":
		case p == version:
			parts[i] = text
		case p == "v"+version:
			parts[i] = "v" + text
		}
	}
	return strings.Join(parts, "/")
}

// ModelRoot is the first element of the model's path: what the image's build
// has to see.
func (a Answers) ModelRoot() string {
	root, _, _ := strings.Cut(a.Model, "/")
	return root
}

// ModelTarget is where the model stands in a container. The ending tells its
// format.
func (a Answers) ModelTarget() string { return "/model/model" + path.Ext(a.Model) }

// MostReplicas is how far the autoscaler goes.
func (a Answers) MostReplicas() int { return a.Replicas * 3 }

// CPULimit is how much a replica may take, in millicores: four times of what
// it asks for, and a whole core at least, so that a peak is not throttled.
func (a Answers) CPULimit() int { return max(1000, 4*a.CPU) }

// Seconds is the latency in seconds.
func (a Answers) Seconds() float64 { return a.Latency.Seconds() }

// Milliseconds is the latency in milliseconds.
func (a Answers) Milliseconds() int { return int(a.Latency.Milliseconds()) }

// ErrorRatio is the share of the requests, from 0 to 1.
func (a Answers) ErrorRatio() float64 { return math.Round(a.Errors*1e6) / 1e8 }

// Stable is the percentage of the stable variant.
func (a Answers) Stable() int { return 100 - a.Candidate }

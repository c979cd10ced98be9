package scaffold

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/distribution/reference"
	"k8s.io/apimachinery/pkg/util/validation"
)

// FieldError is an answer that cannot stand.
type FieldError struct {
	Field string // as in pitwall.yaml
	Value string // foreign
	Why   string
}

func (e *FieldError) Error() string { return fmt.Sprintf("%s %q: %s", e.Field, e.Value, e.Why) }

// Bounds of the answers.
const (
	longestName = 40 // with what is put behind it, it stays within the 63 of a label
	longestText = 200
	mostBytes   = 253
)

var (
	pathText   = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.+-]*(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)*$`)
	metricText = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,63}$`)
	// Of directories that are named after a version: 1.2, v1.2.3, 1.2.3-rc.1.
	directoryVersion = regexp.MustCompile(`^v?[0-9]+(\.[0-9]+)+([-+_][A-Za-z0-9_.+-]*)?$`)
	digestText       = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

// formats are the endings of the model files that a runtime can serve.
var formats = map[Runtime][]string{Pitwall: {".onnx", ".json", ".ubj"}, Python: {".onnx"}}

// own are the first elements of paths that are written here.
var own = []string{"Dockerfile", "app", "bin", "deploy", "kubernetes", "monitoring", "nginx", "tests", "RUNBOOK.md", "requirements.txt", "compose.yaml", "compose.ab.yaml", "checklist.yaml", "reports", "pitwall.yaml"}

// Validate checks every answer of a, which has its defaults. The error joins a
// *FieldError for each that cannot stand; nil when the files can be written.
func (a Answers) Validate() error {
	var wrong []error
	check := func(field string, value any, why string) {
		if why != "" {
			wrong = append(wrong, &FieldError{Field: field, Value: fmt.Sprint(value), Why: why})
		}
	}
	check("name", a.Name, label(a.Name, longestName))
	if !slices.Contains(Runtimes(), a.Runtime) {
		check("runtime", a.Runtime, "choose pitwall or python")
	}
	check("model", a.Model, cmp.Or(modelPath(a.Model, a.Runtime), otherVersion(a.Model, a.Version)))
	check("version", a.Version, versionText(a.Version))
	check("image", a.Image, image(a.Image))
	check("namespace", a.Namespace, label(a.Namespace, validation.DNS1123LabelMaxLength))
	check("host", a.Host, hostName(a.Host))
	check("gateway", a.Gateway, first(validation.IsDNS1123Subdomain(a.Gateway)))
	check("replicas", a.Replicas, between(a.Replicas, 2, 100))
	check("cpu", a.CPU, between(a.CPU, 10, 64000))
	check("memory", a.Memory, between(a.Memory, 32, 1<<20))
	if a.Latency < time.Millisecond || a.Latency > time.Minute || a.Latency%time.Millisecond != 0 {
		check("latency", a.Latency, "give whole milliseconds from 1ms to 1m, as in 200ms")
	}
	if math.IsNaN(a.Errors) || a.Errors < 0.01 || a.Errors >= 100 || math.Round(a.Errors*100)/100 != a.Errors {
		check("errors", a.Errors, "give a percentage from 0.01 to 99.99 with at most two decimals: at 100 and above nobody is ever called")
	}
	check("candidate", a.Candidate, between(a.Candidate, 1, 99))
	if !metricText.MatchString(a.Metric) {
		check("metric", a.Metric, "give the name of a metric: letters, digits, and _ . - within")
	}
	if math.IsNaN(a.Minimum) || math.Abs(a.Minimum) > 1e9 {
		check("minimum", a.Minimum, "give a number of at most 1000000000")
	}
	if a.Claim != "" {
		check("claim", a.Claim, first(validation.IsDNS1123Subdomain(a.Claim)))
	}
	check("about", a.About, line(a.About))
	check("on_call", a.OnCall, line(a.OnCall))
	return errors.Join(wrong...)
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// hostName is why s is no host of a route: the Gateway API has names alone.
func hostName(s string) string {
	last := s[strings.LastIndexByte(s, '.')+1:]
	switch {
	case s == "" || len(validation.IsDNS1123Subdomain(s)) > 0:
		return cmp.Or(first(validation.IsDNS1123Subdomain(s)), "give a name, as in churn.example.com")
	case strings.Trim(last, "0123456789") == "": // RFC 3696: no such domain, and every IPv4 address
		return "it is an address or a number: a route has the name by which clients ask, as in churn.example.com"
	}
	return ""
}

// label is why s is no name of a Service.
func label(s string, longest int) string {
	if len(s) > longest {
		return fmt.Sprintf("it has more than %d characters", longest)
	}
	return first(validation.IsDNS1035Label(s))
}

func between(n, least, most int) string {
	if n < least || n > most {
		return fmt.Sprintf("give a whole number from %d to %d", least, most)
	}
	return ""
}

func modelPath(s string, r Runtime) string {
	switch root, _, _ := strings.Cut(s, "/"); {
	case s == "":
		return "name the model file, relative to the directory, as in models/1.0.0/model.onnx"
	case path.IsAbs(s) || strings.HasPrefix(s, "..") || strings.Contains(s, "/../"):
		return "it must be below the directory: give a relative path without .."
	case len(s) > mostBytes || !pathText.MatchString(s):
		return "an element of the path has letters, digits and _ . + - and begins with a letter, a digit or _"
	case slices.Contains(own, root):
		return root + " is written here: put the model elsewhere, as in models/"
	case formats[r] != nil && !slices.Contains(formats[r], path.Ext(s)):
		return fmt.Sprintf("the runtime %s serves %s", r, strings.Join(formats[r], ", "))
	}
	return ""
}

// otherVersion is why a path cannot be that of a version: it would be copied
// for every version that is built.
func otherVersion(model, version string) string {
	if versionText(version) != "" {
		return "" // that is told of itself
	}
	for _, p := range strings.Split(path.Dir(model), "/") {
		if directoryVersion.MatchString(p) && p != version && p != "v"+version {
			named := strings.TrimPrefix(p, "v")
			return fmt.Sprintf("it names the version %s, and the version is %s: give %s, or --version %s", named, version, versioned(model, named, version), named)
		}
	}
	return ""
}

func versionText(s string) string {
	if s == "" {
		return "name the version of the model, as in 1.0.0"
	}
	if s == "latest" {
		return "latest is no version: name one, as in 1.0.0"
	}
	return first(validation.IsValidLabelValue(s))
}

func image(s string) string {
	const want = "give registry and repository, as in registry.example.com/team/churn"
	named, err := reference.ParseNormalizedNamed(s)
	switch {
	case s == "":
		return want
	case err != nil:
		return err.Error() + ": " + want
	case len(s) > mostBytes:
		return fmt.Sprintf("it has more than %d characters", mostBytes)
	}
	if _, tagged := named.(reference.Tagged); tagged {
		return "the tag is the version of the model: leave it out"
	}
	if d, ok := named.(reference.Digested); ok && !digestText.MatchString(d.Digest().String()) {
		return "the digest must be a sha256"
	}
	return ""
}

// line is why a text is not one line that can be read.
func line(s string) string {
	switch bad := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }); {
	case !utf8.ValidString(s):
		return "it is no UTF-8"
	case utf8.RuneCountInString(s) > longestText:
		return fmt.Sprintf("it has more than %d characters", longestText)
	case s == "" || strings.TrimSpace(s) != s:
		return "give one line without spaces around it"
	case bad >= 0:
		r, _ := utf8.DecodeRuneInString(s[bad:])
		return fmt.Sprintf("%U cannot be printed: give one line of text", r)
	}
	return ""
}

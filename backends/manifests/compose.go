package manifests

import (
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v3"

	"pitwall/backends"
)

// composeFile judges a Compose file. Variables have no values: what a default
// does not give is left empty, and no file beside it is read.
func composeFile(r *report, data []byte) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		r.add("any/unreadable", yamlErrorLine(err), err.Error())
		return
	}
	project, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir: filepath.Dir(r.file), ConfigFiles: []types.ConfigFile{{Filename: r.file, Content: data}}, Environment: types.Mapping{},
	}, func(o *loader.Options) {
		o.SkipResolveEnvironment, o.SkipExtends, o.SkipInclude, o.SkipConsistencyCheck = true, true, true, false
		o.SetProjectName("lint", true)
		o.ResourceLoaders = nil
	})
	root := &doc
	if len(doc.Content) > 0 {
		root = doc.Content[0]
	}
	if err != nil {
		r.add("compose/schema", schemaLine(root, err), schemaText(err))
		return
	}
	services := child(root, "services")
	for _, name := range project.ServiceNames() {
		s := project.Services[name]
		service(r, s, composeNode{services, child(services, name), name})
	}
}

// composeNode finds the lines of a service.
type composeNode struct {
	services, node *yaml.Node
	name           string
}

// line is that of a key of the service, else of the service.
func (n composeNode) line(key string) int {
	at := 1
	if n.services != nil {
		if k := named(n.services, n.name); k != nil {
			at = k.Line
		}
	}
	if n.node != nil {
		if k := named(n.node, key); k != nil {
			at = k.Line
		}
	}
	return at
}

var schemaPath = regexp.MustCompile(`(?:services\.)?([A-Za-z0-9_.-]+)`)

// schemaText is an error of the schema in words.
func schemaText(err error) string {
	return strings.TrimPrefix(strings.ReplaceAll(err.Error(), " false schema", " is no key of Compose"), "validating ")
}

var quoted = regexp.MustCompile(`'([^']+)'`)

// schemaLine finds the line of what an error names, by its key or its path.
func schemaLine(root *yaml.Node, err error) int {
	for _, m := range quoted.FindAllStringSubmatch(err.Error(), -1) {
		if k := keyNamed(root, m[1]); k != nil {
			return k.Line
		}
	}
	for _, path := range schemaPath.FindAllString(err.Error(), -1) {
		n, line := root, 0
		for part := range strings.SplitSeq(path, ".") {
			k := (*yaml.Node)(nil)
			if n != nil {
				k = named(n, part)
			}
			if k == nil {
				break
			}
			line, n = k.Line, child(n, part)
		}
		if line > 1 {
			return line
		}
	}
	return 1
}

// dangerous capabilities are worth root.
var dangerous = []string{"ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "NET_ADMIN", "DAC_READ_SEARCH", "BPF"}

func service(r *report, s types.ServiceConfig, n composeNode) {
	if s.Image != "" && s.Build == nil && !strings.Contains(s.Image, "@sha256:") {
		if _, tag, _ := backends.SplitImage(s.Image); tag == "" || tag == "latest" {
			r.add("compose/image-latest", n.line("image"), s.Name+" runs "+s.Image+", which names no version")
		}
	}
	if s.Privileged {
		r.add("compose/privileged", n.line("privileged"), s.Name+" is privileged")
	}
	for _, c := range s.CapAdd {
		if slices.Contains(dangerous, strings.TrimPrefix(strings.ToUpper(c), "CAP_")) {
			r.add("compose/cap-add", n.line("cap_add"), s.Name+" has "+c)
		}
	}
	if s.NetworkMode == "host" {
		r.add("compose/host-network", n.line("network_mode"), s.Name+" uses the host's network")
	}
	for _, v := range s.Volumes {
		if strings.HasSuffix(v.Source, "docker.sock") {
			r.add("compose/socket", n.line("volumes"), s.Name+" has the engine's socket")
		}
	}
	if user, _, _ := strings.Cut(s.User, ":"); user == "0" || user == "root" {
		r.add("compose/root", n.line("user"), s.Name+" runs as root")
	}
	limited := s.MemLimit > 0 || s.Deploy != nil && s.Deploy.Resources.Limits != nil && s.Deploy.Resources.Limits.MemoryBytes > 0
	if !limited {
		r.add("compose/no-limits", n.line(""), s.Name+" has no memory limit")
	}
	if s.HealthCheck == nil && s.Build == nil || s.HealthCheck != nil && s.HealthCheck.Disable {
		r.add("compose/no-health", n.line("healthcheck"), s.Name+" has no health check")
	}
	if s.Restart == "" || s.Restart == "no" {
		r.add("compose/no-restart", n.line("restart"), s.Name+" is not started again")
	}
	around(r, s, n)
}

// around judges what a service has to do with others.
func around(r *report, s types.ServiceConfig, n composeNode) {
	for name, value := range s.Environment {
		if value != nil && *value != "" && isSecret(name) {
			r.add("compose/secret", n.line("environment"), "the value of "+name+" of "+s.Name+" stands here")
		}
	}
	for _, p := range s.Ports {
		if p.Published != "" && (p.HostIP == "" || p.HostIP == "0.0.0.0" || p.HostIP == "::") {
			r.add("compose/public-port", n.line("ports"), s.Name+" listens on every interface at "+p.Published)
		}
	}
	for other, d := range s.DependsOn {
		if d.Condition == types.ServiceConditionStarted {
			r.add("compose/depends", n.line("depends_on"), s.Name+" does not wait until "+other+" answers")
		}
	}
}

// yamlErrorLine is the line that an error of a YAML library names.
func yamlErrorLine(err error) int {
	var many *yaml.TypeError
	if errors.As(err, &many) && len(many.Errors) > 0 {
		err = errors.New(many.Errors[0])
	}
	if m := lineInError.FindStringSubmatch(err.Error()); m != nil {
		n, _ := strconv.Atoi(m[1])
		return n
	}
	if m := leading.FindStringSubmatch(err.Error()); m != nil {
		n, _ := strconv.Atoi(m[1])
		return n
	}
	return 1
}

// leading is how rulefmt names a place: 12:7: …
var leading = regexp.MustCompile(`^(\d+):(\d+): `)

package manifests

import (
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/compose-spec/compose-go/v2/tree"
	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v3"
)

// composeFile judges a Compose file, an override merged with the file that it
// overrides. No file beside it is read but that. What Compose refuses is told
// where it stands, and the rest is judged without it.
func composeFile(r *report, data []byte) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		r.add("any/unreadable", yamlErrorLine(err), err.Error())
		return
	}
	if len(doc.Content) == 0 {
		return
	}
	root := doc.Content[0]
	services := child(root, "services")
	base, override := r.near.overrides(r.file, withoutImage(services))
	files := []types.ConfigFile{{Filename: r.file, Content: data}}
	if base != "" {
		files = []types.ConfigFile{{Filename: base, Content: r.near.composed[base]}, files[0]}
	}
	project := composeProject(r, files, root, override && base == "" || child(root, "include") != nil)
	given := servicesOf(r.near.composed[base])
	if v := named(root, "version"); v != nil {
		r.add("compose/version", v.Line, "version is obsolete")
	}
	if project == nil || services == nil || services.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(services.Content); i += 2 {
		name, node := services.Content[i].Value, services.Content[i+1]
		if s, ok := project.Services[name]; ok {
			service(r, s, composeNode{services, followed(node), name, child(given, name) != nil || !whole(node) || child(node, "extends") != nil})
		}
	}
}

// mostRefused bounds how often a file is read without what was refused.
const mostRefused = 50

// composeProject reads files of Compose; nil when nothing can be read. What is
// refused is reported, taken out of the tree, and the rest is read again.
func composeProject(r *report, files []types.ConfigFile, root *yaml.Node, alone bool) *types.Project {
	pruned := treeCopy(root)
	elsewhere := extended(pruned)
	if elsewhere {
		text, err := yaml.Marshal(pruned)
		if err != nil {
			return nil
		}
		files[len(files)-1].Content = text
	}
	for range mostRefused {
		project, err := composeLoad(files, alone, elsewhere)
		if err == nil {
			return project
		}
		at := refusedNode(root, err)
		if at != nil || len(files) == 1 { // else the other file has it
			r.add("compose/schema", lineOr1(at), schemaText(err))
		}
		if at == nil || !prune(pruned, at) {
			project, _ = composeLoad(files, true, elsewhere)
			return project
		}
		text, err := yaml.Marshal(pruned)
		if err != nil {
			return nil
		}
		files[len(files)-1].Content = text
	}
	return nil
}

// unset stands for a variable that has no value here: it can be a tag, a port
// and a size. Where a switch is wanted it is read as true.
const unset = "59049"

// composeLoad reads files of Compose. Variables have their defaults, and else
// a value that can be anything.
func composeLoad(files []types.ConfigFile, loose, elsewhere bool) (*types.Project, error) {
	return loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir: filepath.Dir(files[0].Filename), ConfigFiles: slices.Clone(files), Environment: types.Mapping{},
	}, func(o *loader.Options) {
		o.SkipResolveEnvironment, o.SkipExtends, o.SkipInclude, o.SkipConsistencyCheck = true, elsewhere, true, loose
		o.SetProjectName("lint", true)
		o.ResourceLoaders, o.Profiles = nil, []string{"*"}
		o.Interpolate.Substitute = func(text string, m template.Mapping) (string, error) {
			return template.Substitute(variable.ReplaceAllString(text, "${1}"+unset), m)
		}
		casts := map[tree.Path]interpolation.Cast{}
		for at, cast := range o.Interpolate.TypeCastMapping {
			casts[at] = func(value string) (any, error) {
				made, err := cast(value)
				if err != nil && strings.Contains(value, unset) {
					return cast(strings.ReplaceAll(value, unset, "true"))
				}
				return made, err
			}
		}
		o.Interpolate.TypeCastMapping = casts
	})
}

// variable is one without a default.
var variable = regexp.MustCompile(`((?:^|[^$])(?:\$\$)*)\$(?:[A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*(?::?\?[^}]*)?\})`)

// composeNode finds the lines of a service.
type composeNode struct {
	services, node *yaml.Node
	name           string
	partial        bool // another file says the rest
}

// has reports whether the service says something itself.
func (n composeNode) has(key string) bool { return child(n.node, key) != nil }

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

var (
	quoted  = regexp.MustCompile(`'([^']+)'`)
	refused = regexp.MustCompile(`^service "([^"]+)" (?:.* undefined (?:build )?[a-z]+ "?([^":]+))?`)
)

// refusedNode finds what an error names: what a service refers to and is not
// there, else a key by its name or by its path; nil when there is none.
func refusedNode(root *yaml.Node, err error) *yaml.Node {
	if n := referred(root, err); n != nil {
		return n
	}
	within, last := root, (*yaml.Node)(nil)
	for _, path := range schemaPath.FindAllString(err.Error(), -1) {
		n, key := followPath(root, path)
		if key != nil {
			within, last = n, key
			break
		}
	}
	for _, m := range quoted.FindAllStringSubmatch(err.Error(), -1) {
		for _, n := range []*yaml.Node{within, root} {
			if k := keyOf(n, m[1]); k != nil {
				return k
			}
			if k := keyNamed(n, m[1]); k != nil {
				return k
			}
		}
	}
	return last
}

// followPath goes down a tree as far as the parts of a path name keys, and gives
// what stands there with its key.
func followPath(root *yaml.Node, path string) (at, key *yaml.Node) {
	at = root
	for part := range strings.SplitSeq(path, ".") {
		k := keyOf(at, part)
		if k == nil {
			break
		}
		at, key = child(at, part), k
	}
	return at, key
}

// referred finds what a service refers to and is not there, else the service;
// nil for an error that names none.
func referred(root *yaml.Node, err error) *yaml.Node {
	m := refused.FindStringSubmatch(err.Error())
	services := child(root, "services")
	if m == nil || services == nil {
		return nil
	}
	at := keyOf(services, m[1])
	if at == nil {
		return nil
	}
	var look func(*yaml.Node)
	look = func(n *yaml.Node) {
		if m[2] != "" && n.Kind == yaml.ScalarNode && (n.Value == m[2] || strings.HasPrefix(n.Value, m[2]+":")) {
			at = n
		}
		for _, c := range n.Content {
			look(c)
		}
	}
	for _, part := range []string{"networks", "volumes", "secrets", "configs", "models", "build", "depends_on"} {
		if n := child(child(services, m[1]), part); n != nil && strings.Contains(err.Error(), strings.TrimSuffix(strings.ReplaceAll(part, "depends_on", "depends on"), "s")) {
			look(n)
		}
	}
	return at
}

func lineOr1(n *yaml.Node) int {
	if n == nil {
		return 1
	}
	return n.Line
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

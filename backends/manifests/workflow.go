package manifests

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/rhysd/actionlint"
	"go.yaml.in/yaml/v3"
)

// pinned is an action that is named by a commit, with the version in a comment.
var (
	uses   = regexp.MustCompile(`^(\s*(?:-\s*)?uses:\s*)(["']?)([^@\s"']+)@([^\s"'#]+)(["']?)\s*(?:#\s*(.*))?$`)
	commit = regexp.MustCompile(`^[0-9a-f]{40}$`)
	major  = regexp.MustCompile(`^v?(\d+)(\.\d+)*\b`)
)

// workflow judges a workflow of GitHub Actions. actionlint sees a copy in which
// pins stand as tags: it knows the inputs of an action by its tag only
// (reference/registry.md §4.4).
func workflow(r *report, data []byte) {
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{Shellcheck: "", Pyflakes: ""})
	if err != nil {
		r.add("any/unreadable", 1, err.Error())
		return
	}
	for _, copied := range [][]byte{data, asTags(data)} {
		list, err := linter.Lint(r.file, copied, nil)
		if err != nil {
			r.add("any/unreadable", 1, err.Error())
			return
		}
		for _, e := range list {
			id := "workflow/lint"
			if e.Kind == "syntax-check" && strings.Contains(e.Message, "could not parse") {
				id = "any/unreadable"
			}
			r.add(id, e.Line, e.Message)
		}
	}
	pins(r, data)
	var doc yaml.Node
	if yaml.Unmarshal(data, &doc) == nil && len(doc.Content) > 0 {
		jobs(r, doc.Content[0])
	}
}

// asTags writes pins as the tags that their comments name. The lines stay.
func asTags(data []byte) []byte {
	lines := strings.Split(string(data), "\n")
	for i, line := range lines {
		m := uses.FindStringSubmatch(line)
		if m == nil || !commit.MatchString(m[4]) {
			continue
		}
		if v := major.FindStringSubmatch(m[6]); v != nil {
			lines[i] = m[1] + m[3] + "@v" + v[1]
		}
	}
	return []byte(strings.Join(lines, "\n"))
}

func pins(r *report, data []byte) {
	for i, line := range strings.Split(string(data), "\n") {
		m := uses.FindStringSubmatch(line)
		switch {
		case m == nil || strings.HasPrefix(m[3], "docker://"):
		case !commit.MatchString(m[4]):
			r.add("workflow/pin", i+1, m[3]+"@"+m[4]+" can be moved")
		case !major.MatchString(m[6]):
			r.add("workflow/pin-comment", i+1, m[3]+" is pinned, and nobody sees to what")
		}
	}
}

// jobs judges what actionlint has no opinion about.
func jobs(r *report, root *yaml.Node) {
	on := child(root, "on")
	if on == nil {
		on = child(root, "true") // YAML 1.1
	}
	if on != nil {
		if n := named(on, "pull_request_target"); n != nil {
			r.add("workflow/pr-target", n.Line, "it runs for pull requests with the rights of the repository")
		}
	}
	top := child(root, "permissions")
	rights(r, top)
	list := child(root, "jobs")
	if list == nil {
		return
	}
	for i := 0; i+1 < len(list.Content); i += 2 {
		name, job := list.Content[i], followed(list.Content[i+1])
		if top == nil && child(job, "permissions") == nil {
			r.add("workflow/permissions", name.Line, "job "+name.Value+" has the repository's default rights")
		}
		if child(job, "timeout-minutes") == nil && child(job, "uses") == nil {
			r.add("workflow/timeout", name.Line, "job "+name.Value+" may take six hours")
		}
		if on := child(job, "runs-on"); on != nil && strings.HasSuffix(on.Value, "-latest") {
			r.add("workflow/runner", on.Line, "job "+name.Value+" runs on "+on.Value)
		}
		jobRights(r, job)
		steps(r, name, job)
	}
}

// keyNamed is the first key with a name anywhere in a tree, nil for none.
func keyNamed(n *yaml.Node, name string) *yaml.Node {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && c.Value == name {
			return c
		}
		if k := keyNamed(c, name); k != nil {
			return k
		}
	}
	return nil
}

// named is a scalar of a list, or a key of a mapping, or the scalar itself.
func named(n *yaml.Node, want string) *yaml.Node {
	if n.Kind == yaml.ScalarNode && n.Value == want {
		return n
	}
	step := 1
	if n.Kind == yaml.MappingNode {
		step = 2
	}
	for i := 0; i < len(n.Content); i += step {
		if n.Content[i].Value == want {
			return n.Content[i]
		}
	}
	return nil
}

var (
	deploys  = regexp.MustCompile(`\bkubectl\s+(set image|apply|rollout restart)|\bhelm\s+(upgrade|install)\b|\bpitwall\s+deploy\b`)
	undoes   = regexp.MustCompile(`rollout undo|--atomic|--rollback-on-failure|--undo-on-failure|pitwall rollback|helm rollback`)
	byTag    = regexp.MustCompile(`(?:set image\s+\S+\s+\S+=|--image[= ])"?([^\s"]+)`)
	checkout = regexp.MustCompile(`^actions/checkout@`)
)

// steps judges the steps of a job, and what a job that deploys needs.
func steps(r *report, name, job *yaml.Node) {
	list := child(job, "steps")
	if list == nil {
		return
	}
	deploying, undoing := 0, false
	for _, s := range list.Content {
		if u := child(s, "uses"); u != nil && checkout.MatchString(u.Value) {
			if p := child(child(s, "with"), "persist-credentials"); p == nil || p.Value != "false" {
				r.add("workflow/credentials", u.Line, "the token stays in the work tree")
			}
		}
		if u := child(s, "uses"); u != nil {
			stepImage(r, u)
		}
		run := child(s, "run")
		if run == nil {
			continue
		}
		script(r, run)
		if deploys.MatchString(run.Value) && deploying == 0 {
			deploying = run.Line
		}
		undoing = undoing || undoes.MatchString(run.Value)
		if m := byTag.FindStringSubmatch(run.Value); m != nil && !strings.ContainsAny(m[1], "@$") {
			r.add("workflow/tag-deploy", run.Line, fmt.Sprintf("%s is deployed by its tag", m[1]))
		}
	}
	if deploying == 0 {
		return
	}
	for key, id := range map[string]string{"environment": "workflow/environment", "concurrency": "workflow/concurrency"} {
		if child(job, key) == nil {
			r.add(id, name.Line, "job "+name.Value+" deploys without "+key)
		}
	}
	if !undoing {
		r.add("workflow/no-undo", deploying, "job "+name.Value+" deploys, and undoes nothing when that fails")
	}
}

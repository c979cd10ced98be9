package manifests

import (
	"regexp"

	"go.yaml.in/yaml/v3"
)

var (
	// Actions that read the repository at most, and need no other right.
	onlyReads = regexp.MustCompile(`^(actions/(checkout|setup-[a-z-]+|cache|upload-artifact|download-artifact)|docker/(setup-[a-z-]+-action|build-push-action|metadata-action|login-action))@`)
	// What a step does with the repository's token, or with the one in the work tree.
	usesToken = regexp.MustCompile(`GITHUB_TOKEN|github\.token|id-token|\bgh\s+\w|\bcosign\b`)
	usesGit   = regexp.MustCompile(`\bgit\s+(push|pull|fetch|clone|submodule|lfs)\b|submodules:|\blfs:|semantic-release|create-pull-request|git-auto-commit|goreleaser`)
)

// permissions are those to read, where nothing asks for more.
func permissions(data []byte) []change {
	t := readYAML(data)
	if len(t.roots) != 1 || usesToken.Match(data) || usesGit.Match(data) {
		return nil
	}
	root := t.roots[0]
	list := child(root, "jobs")
	if list == nil || child(root, "permissions") != nil {
		return nil
	}
	for i := 1; i < len(list.Content); i += 2 {
		job := followed(list.Content[i])
		if child(job, "uses") != nil || child(job, "permissions") != nil {
			return nil
		}
		for _, s := range stepsOf(job) {
			if u := child(s, "uses"); u != nil && !onlyReads.MatchString(u.Value) {
				return nil
			}
		}
	}
	for i := 0; i < len(root.Content); i += 2 {
		if key := root.Content[i]; key.Value == "jobs" && key.Column == 1 {
			at := t.lines[key.Line-1]
			return []change{{{at, at, "permissions:" + t.end + "  contents: read" + t.end + t.end}}}
		}
	}
	return nil
}

func stepsOf(job *yaml.Node) []*yaml.Node {
	if list := child(job, "steps"); list != nil {
		return list.Content
	}
	return nil
}

// credentials do not stay in the work tree, where no later step uses them.
func credentials(data []byte) (list []change) {
	t := readYAML(data)
	if len(t.roots) != 1 || usesGit.Match(data) {
		return nil
	}
	jobs := child(t.roots[0], "jobs")
	if jobs == nil {
		return nil
	}
	for i := 1; i < len(jobs.Content); i += 2 {
		for _, s := range stepsOf(followed(jobs.Content[i])) {
			u, with := child(s, "uses"), child(s, "with")
			if u == nil || !checkout.MatchString(u.Value) || child(with, "persist-credentials") != nil {
				continue
			}
			made := t.insert(with, "persist-credentials: false")
			if with == nil {
				made = t.insert(followed(s), "with:", "  persist-credentials: false")
			}
			if made != nil {
				list = append(list, made)
			}
		}
	}
	return list
}
